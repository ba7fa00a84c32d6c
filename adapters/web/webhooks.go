package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	api "github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const webhooksPath = organizerPath + "/webhooks"

func webhookPath(id domain.WebhookID) string { return webhooksPath + "/" + id.String() }

// webhookList is a page of webhooks.
type webhookList struct {
	Webhooks []eventWebhook
	After    string // the webhook after which the next page begins; empty at the end
}

// eventWebhook is a webhook and what it is told of.
type eventWebhook struct {
	domain.Webhook
	Event domain.Event // zero: all events
}

func (h *handler) withEvent(c echo.Context, w domain.Webhook) (eventWebhook, error) {
	if w.EventID == (domain.EventID{}) {
		return eventWebhook{Webhook: w}, nil
	}
	e, err := h.service.Event(c.Request().Context(), w.EventID)
	return eventWebhook{w, e}, err
}

// parseWebhookID reads the webhook that an address names. What is no id is no
// webhook's.
func parseWebhookID(text string) (domain.WebhookID, error) {
	id, err := domain.ParseWebhookID(text)
	if err != nil {
		return domain.WebhookID{}, domain.ErrWebhookNotFound
	}
	return id, nil
}

func (h *handler) listWebhooks(c echo.Context) error {
	ctx := c.Request().Context()
	query := ports.WebhookQuery{Limit: bookingsOnPage + 1}
	if after := c.QueryParam("after"); after != "" {
		id, err := parseWebhookID(after)
		if err != nil {
			return err
		}
		last, err := h.webhooks.Webhook(ctx, id)
		if err != nil {
			return err
		}
		query.After = ports.CursorOfWebhook(last)
	}
	found, err := h.webhooks.List(ctx, query)
	if err != nil {
		return err
	}
	var list webhookList
	if len(found) > bookingsOnPage {
		found = found[:bookingsOnPage]
		list.After = found[bookingsOnPage-1].ID.String()
	}
	for _, w := range found {
		shown, err := h.withEvent(c, w)
		if err != nil {
			return err
		}
		list.Webhooks = append(list.Webhooks, shown)
	}
	return answer(c, "webhooks", "Webhooks", list)
}

// webhookPage is what the page of a webhook shows.
type webhookPage struct {
	eventWebhook
	// Secret is shown once: right after it was made.
	Secret     string
	Again      bool // the form that made the webhook was sent before
	Deliveries []ports.Delivery
	After      string // the attempt after which the next page begins; empty at the end
	Later      bool   // the page isn't the first
	Key        string
}

// Live reports whether the page may be asked for again: what it shows once would
// be gone.
func (p webhookPage) Live() bool { return p.Secret == "" && !p.Again && !p.Later }

// Version is when the webhook was changed last, for a form.
func (p eventWebhook) Version() string { return strconv.FormatInt(p.UpdatedAt.UnixMicro(), 10) }

// EntryBefore is where the journal goes on with the entry of an attempt.
func (webhookPage) EntryBefore(d ports.Delivery) int { return d.Record.Number - 1 }

// readWebhook reads the webhook that an address names.
func (h *handler) readWebhook(c echo.Context) (domain.Webhook, error) {
	id, err := parseWebhookID(c.Param("webhookId"))
	if err != nil {
		return domain.Webhook{}, err
	}
	return h.webhooks.Webhook(c.Request().Context(), id)
}

func (h *handler) webhook(c echo.Context) error {
	w, err := h.readWebhook(c)
	if err != nil {
		return err
	}
	return h.answerWebhook(c, http.StatusOK, w, webhookPage{}, nil)
}

// answerWebhook answers with the page of a webhook.
func (h *handler) answerWebhook(c echo.Context, status int, w domain.Webhook, p webhookPage, problem *httpbase.Problem) error {
	var err error
	if p.eventWebhook, err = h.withEvent(c, w); err != nil {
		return err
	}
	query := ports.DeliveryQuery{WebhookID: w.ID, Limit: bookingsOnPage + 1}
	if after := c.QueryParam("after"); after != "" {
		p.Later = true
		if query.After, err = uuid.Parse(after); err != nil {
			return domain.InvalidField("after", "must be what a page before has in its address")
		}
	}
	if p.Deliveries, err = h.webhooks.Deliveries(c.Request().Context(), query); err != nil {
		return err
	}
	if len(p.Deliveries) > bookingsOnPage {
		p.Deliveries = p.Deliveries[:bookingsOnPage]
		p.After = p.Deliveries[bookingsOnPage-1].ID.String()
	}
	v := organizerView(c, "Webhook")
	v.Problem, v.Data = problem, p
	return render(c, status, "webhook", v)
}

// webhookForm is the form of a webhook's settings.
type webhookForm struct {
	ID      domain.WebhookID // zero for a new one
	Version string           // that the form began with
	URL     string
	EventID string
	Events  []domain.Event // that a new one can be about
	Types   []string       // that are chosen
	Kinds   []domain.Kind  // that can be
	Links   bool
	Key     string
}

// IsNew reports whether the webhook is yet to be made.
func (f webhookForm) IsNew() bool { return f.ID == (domain.WebhookID{}) }

// Has reports whether a kind is chosen.
func (f webhookForm) Has(k domain.Kind) bool { return slices.Contains(f.Types, string(k)) }

func (h *handler) renderWebhookForm(c echo.Context, status int, f webhookForm, problem *httpbase.Problem) error {
	title := "Webhook"
	if f.IsNew() {
		title = "New webhook"
		events, err := h.listEvents(c, "")
		if err != nil {
			return err
		}
		f.Events = events.Events
	}
	f.Kinds, f.Key = domain.Kinds, newFormKey()
	v := organizerView(c, title)
	v.Problem, v.Data = problem, f
	return render(c, status, "webhook_settings", v)
}

// showWebhookAgain shows the form again if it is refused.
func (h *handler) showWebhookAgain(c echo.Context, id domain.WebhookID) {
	onRefusal(c, func(problem httpbase.Problem) error {
		f := sent(c)
		return h.renderWebhookForm(c, problem.Status, webhookForm{
			ID: id, Version: f.Get("version"), URL: f.Get("url"), EventID: f.Get("eventId"), Types: f.Values["types"], Links: f.Get("links") != "",
		}, &problem)
	})
}

func (h *handler) newWebhook(c echo.Context) error {
	return h.renderWebhookForm(c, http.StatusOK, webhookForm{}, nil)
}

// kinds reads the types that are chosen; none are all.
func (f fields) kinds(name string) []domain.Kind {
	kinds := make([]domain.Kind, len(f.Values[name]))
	for i, k := range f.Values[name] {
		kinds[i] = domain.Kind(k)
	}
	return kinds
}

// createWebhook makes a webhook. Its secret must not be in an address, so this
// answers with the page itself.
func (h *handler) createWebhook(c echo.Context) error {
	h.showWebhookAgain(c, domain.WebhookID{})
	form := sent(c)
	key, err := form.key()
	if err != nil {
		return err
	}
	command := domain.CreateWebhook{URL: form.Get("url"), Types: form.kinds("types"), Links: form.Get("links") != "", Key: key}
	if id := form.Get("eventId"); id != "" {
		if command.EventID, err = domain.ParseEventID(id); err != nil {
			return domain.Invalid(err, command.Validate(), h.webhooks.CheckURL(command.URL))
		}
	}
	w, made, err := h.webhooks.Create(c.Request().Context(), command)
	if err != nil {
		return err
	}
	if !made {
		return h.answerWebhook(c, http.StatusOK, w, webhookPage{Again: true}, nil)
	}
	return h.answerWebhook(c, http.StatusCreated, w, webhookPage{Secret: api.Secret(w.Secret)}, nil)
}

func (h *handler) webhookSettings(c echo.Context) error {
	w, err := h.readWebhook(c)
	if err != nil {
		return err
	}
	f := webhookForm{ID: w.ID, Version: eventWebhook{Webhook: w}.Version(), URL: w.URL, Links: w.Links}
	for _, k := range w.Types {
		f.Types = append(f.Types, string(k))
	}
	return h.renderWebhookForm(c, http.StatusOK, f, nil)
}

func (h *handler) changeWebhook(c echo.Context) error {
	id, err := parseWebhookID(c.Param("webhookId"))
	if err != nil {
		return err
	}
	h.showWebhookAgain(c, id)
	form := sent(c)
	version, err := form.version()
	if err != nil {
		return err
	}
	url, types, links := form.Get("url"), form.kinds("types"), form.Get("links") != ""
	_, err = h.webhooks.Change(c.Request().Context(), id, domain.ChangeWebhook{URL: &url, Types: &types, Links: &links, IfUpdatedAt: version}, false)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, webhookPath(id))
}

// version reads when what the form changes was changed last.
func (f fields) version() (time.Time, error) {
	micros, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return time.Time{}, errMalformed
	}
	return time.UnixMicro(micros).UTC(), nil
}

// changeOwnWebhook does something to the webhook that an address names. A refusal
// shows its page.
func (h *handler) changeOwnWebhook(c echo.Context, do func(domain.WebhookID) error) error {
	w, err := h.readWebhook(c)
	if err != nil {
		return err
	}
	onRefusal(c, func(problem httpbase.Problem) error {
		now, err := h.webhooks.Webhook(c.Request().Context(), w.ID)
		if err != nil {
			return err
		}
		return h.answerWebhook(c, problem.Status, now, webhookPage{}, &problem)
	})
	return do(w.ID)
}

func (h *handler) pauseWebhook(c echo.Context) error {
	return h.setWebhookStatus(c, domain.WebhookPaused)
}

func (h *handler) resumeWebhook(c echo.Context) error {
	return h.setWebhookStatus(c, domain.WebhookActive)
}

func (h *handler) setWebhookStatus(c echo.Context, s domain.WebhookStatus) error {
	return h.changeOwnWebhook(c, func(id domain.WebhookID) error {
		if _, err := h.webhooks.Change(c.Request().Context(), id, domain.ChangeWebhook{Status: s}, false); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, webhookPath(id))
	})
}

// rotateWebhook gives a webhook a new secret. A second click must not: then the
// one that receivers know would count no more.
func (h *handler) rotateWebhook(c echo.Context) error {
	return h.changeOwnWebhook(c, func(id domain.WebhookID) error {
		version, err := sent(c).version()
		if err != nil {
			return err
		}
		w, err := h.webhooks.Change(c.Request().Context(), id, domain.ChangeWebhook{IfUpdatedAt: version}, true)
		if err != nil {
			return err
		}
		return h.answerWebhook(c, http.StatusOK, w, webhookPage{Secret: api.Secret(w.Secret)}, nil)
	})
}

// testWebhook sends a test message, and leads to what came of it.
func (h *handler) testWebhook(c echo.Context) error {
	return h.changeOwnWebhook(c, func(id domain.WebhookID) error {
		if _, err := h.webhooks.Test(c.Request().Context(), id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, webhookPath(id)+"#deliveries")
	})
}

// deleteWebhook forgets a webhook; one that is gone already is no trouble.
func (h *handler) deleteWebhook(c echo.Context) error {
	id, err := parseWebhookID(c.Param("webhookId"))
	if err != nil {
		return err
	}
	if err := h.webhooks.Delete(c.Request().Context(), id); err != nil && !errors.Is(err, domain.ErrWebhookNotFound) {
		return err
	}
	return c.Redirect(http.StatusSeeOther, webhooksPath)
}
