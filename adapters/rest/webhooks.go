package rest

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// webhookHandler has the handlers of the routes of webhooks.
type webhookHandler struct {
	base     *httpbase.Server
	webhooks *app.Webhooks
}

// MountWebhooks adds the routes of webhooks to a server.
func MountWebhooks(server *httpbase.Server, webhooks *app.Webhooks) {
	const organizers = httpbase.Organizers
	h := &webhookHandler{server, webhooks}
	add(server, []route{
		{http.MethodPost, "/webhooks", organizers, h.create, false},
		{http.MethodGet, "/webhooks", organizers, h.list, true},
		{http.MethodGet, "/webhooks/:webhookId", organizers, h.webhook, false},
		{http.MethodPatch, "/webhooks/:webhookId", organizers, h.change, false},
		{http.MethodDelete, "/webhooks/:webhookId", organizers, withoutBody(h.delete), false},
		{http.MethodGet, "/webhooks/:webhookId/deliveries", organizers, h.deliveries, true},
		{http.MethodPost, "/webhooks/:webhookId/test", organizers, withoutBody(h.test), false},
		{http.MethodPost, "/webhooks/:webhookId/resend", organizers, h.resend, false},
	})
}

func webhookID(c echo.Context) (domain.WebhookID, error) {
	return domain.ParseWebhookID(c.Param("webhookId"))
}

// webhookBody is the body of POST /webhooks.
type webhookBody struct {
	URL     text    `json:"url"`
	EventID text    `json:"eventId"`
	Types   texts   `json:"types"`
	Links   truth   `json:"links"`
	Unknown unknown `json:",embed"`
}

// changedWebhookBody is the body of PATCH /webhooks/{webhookId}.
type changedWebhookBody struct {
	URL     text    `json:"url"`
	Types   texts   `json:"types"`
	Links   truth   `json:"links"`
	Status  text    `json:"status"`
	Rotate  truth   `json:"rotateSecret"`
	Unknown unknown `json:",embed"`
}

// kinds reads the texts as types of entries.
func (t texts) kinds() ([]domain.Kind, error) {
	if t.given && len(t.value) == 0 {
		return nil, domain.InvalidField("types", "must name one at least; leave it out, or send null, for all")
	}
	kinds := make([]domain.Kind, len(t.value))
	for i, name := range t.value {
		kinds[i] = domain.Kind(name)
	}
	return kinds, nil
}

func (h *webhookHandler) create(c echo.Context) error {
	var body webhookBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	var event domain.EventID
	var eventErr error
	if body.EventID.given {
		event, eventErr = domain.ParseEventID(body.EventID.value)
	}
	types, typesErr := body.Types.kinds()
	key, keyErr := idempotencyKey(c)
	command := domain.CreateWebhook{URL: body.URL.value, EventID: event, Types: types, Links: body.Links.value, Key: key}
	err := invalid(body.URL.required("url"), eventErr, typesErr, command.Validate(), h.webhooks.CheckURL(command.URL),
		body.Unknown.check("url", "eventId", "types", "links"), keyErr)
	if err != nil {
		return err
	}
	w, made, err := h.webhooks.Create(c.Request().Context(), command)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/webhooks/"+w.ID.String())
	return h.base.JSON(c, http.StatusCreated, webhookOf(w, made))
}

func (h *webhookHandler) list(c echo.Context) error {
	q, queryErr := readQuery(c, "limit", "cursor")
	size, sizeErr := q.limit()
	at, after, cursorErr := q.afterTime()
	if err := invalid(queryErr, sizeErr, cursorErr); err != nil {
		return err
	}
	found, err := h.webhooks.List(c.Request().Context(), ports.WebhookQuery{
		After: ports.WebhookCursor{CreatedAt: at, ID: domain.WebhookID{UUID: after}}, Limit: size + 1,
	})
	if err != nil {
		return err
	}
	shown, next := page(found, size, func(w domain.Webhook) string { return timeCursor(w.CreatedAt, w.ID.UUID) })
	list := make([]webhookJSON, len(shown))
	for i, w := range shown {
		list[i] = webhookOf(w, false)
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Webhooks   []webhookJSON `json:"webhooks"`
		NextCursor *string       `json:"nextCursor"`
	}{list, next})
}

func (h *webhookHandler) webhook(c echo.Context) error {
	id, err := webhookID(c)
	if err != nil {
		return err
	}
	w, err := h.webhooks.Webhook(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, webhookOf(w, false))
}

func (h *webhookHandler) change(c echo.Context) error {
	var body changedWebhookBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	id, idErr := webhookID(c)
	types, typesErr := body.Types.kinds()
	change := domain.ChangeWebhook{
		URL: body.URL.pointer(), Types: ifNamed(body.Types.field, types), Links: body.Links.pointer(), Status: domain.WebhookStatus(body.Status.value),
	}
	var status error
	if body.Status.null || body.Status.given && change.Status == "" {
		status = domain.InvalidField("status", "must be %s or %s", domain.WebhookActive, domain.WebhookPaused)
	}
	err := invalid(idErr, body.URL.notNull("url"), typesErr, status, change.Validate(), h.webhooks.CheckURL(body.URL.value),
		body.Unknown.check("url", "types", "links", "status", "rotateSecret"))
	if err != nil {
		return err
	}
	w, err := h.webhooks.Change(c.Request().Context(), id, change, body.Rotate.value)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, webhookOf(w, body.Rotate.value))
}

func (h *webhookHandler) delete(c echo.Context) error {
	id, err := webhookID(c)
	if err == nil {
		err = h.webhooks.Delete(c.Request().Context(), id)
	}
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h *webhookHandler) deliveries(c echo.Context) error {
	id, idErr := webhookID(c)
	q, queryErr := readQuery(c, "limit", "cursor")
	size, sizeErr := q.limit()
	after, cursorErr := q.afterID()
	if err := invalid(idErr, queryErr, sizeErr, cursorErr); err != nil {
		return err
	}
	found, err := h.webhooks.Deliveries(c.Request().Context(), ports.DeliveryQuery{WebhookID: id, After: after, Limit: size + 1})
	if err != nil {
		return err
	}
	shown, next := page(found, size, func(d ports.Delivery) string { return cursors.EncodeToString(d.ID[:]) })
	list := make([]deliveryJSON, len(shown))
	for i, d := range shown {
		list[i] = deliveryOf(d)
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Deliveries []deliveryJSON `json:"deliveries"`
		NextCursor *string        `json:"nextCursor"`
	}{list, next})
}

// afterID reads a cursor that is an id.
func (q query) afterID() (uuid.UUID, error) {
	value, given := q["cursor"]
	if !given {
		return uuid.Nil, nil
	}
	raw, err := cursors.DecodeString(value)
	if err != nil || len(raw) != len(uuid.UUID{}) || slices.Max(raw) == 0 {
		return uuid.Nil, errCursor
	}
	return uuid.UUID(raw), nil
}

func (h *webhookHandler) test(c echo.Context) error {
	id, err := webhookID(c)
	if err != nil {
		return err
	}
	d, err := h.webhooks.Test(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, deliveryOf(d))
}

// resendBody is the body of POST /webhooks/{webhookId}/resend.
type resendBody struct {
	After   text    `json:"after"`
	Unknown unknown `json:",embed"`
}

func (h *webhookHandler) resend(c echo.Context) error {
	var body resendBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	id, idErr := webhookID(c)
	after, afterErr := body.After.time("after")
	if err := invalid(idErr, body.After.required("after"), afterErr, body.Unknown.check("after")); err != nil {
		return err
	}
	w, err := h.webhooks.Resend(c.Request().Context(), id, after)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, webhookOf(w, false))
}

// webhookJSON is a webhook in an answer. Secret is only in few.
type webhookJSON struct {
	ID            domain.WebhookID     `json:"id"`
	URL           string               `json:"url"`
	EventID       *domain.EventID      `json:"eventId"`
	Types         *[]domain.Kind       `json:"types"`
	Links         bool                 `json:"links"`
	Status        domain.WebhookStatus `json:"status"`
	Reason        string               `json:"reason,omitzero"`
	Secret        string               `json:"secret,omitzero"`
	OldSecretEnds *view.Timestamp      `json:"oldSecretEnds,omitempty"`
	CreatedAt     view.Timestamp       `json:"createdAt"`
	UpdatedAt     view.Timestamp       `json:"updatedAt"`
}

func webhookOf(w domain.Webhook, withSecret bool) webhookJSON {
	shown := webhookJSON{
		ID: w.ID, URL: w.URL, EventID: view.UnlessZero(w.EventID), Links: w.Links, Status: w.Status, Reason: w.Reason,
		CreatedAt: view.Timestamp{Time: w.CreatedAt}, UpdatedAt: view.Timestamp{Time: w.UpdatedAt},
	}
	if len(w.Types) > 0 {
		shown.Types = &w.Types
	}
	if withSecret {
		shown.Secret = view.Secret(w.Secret)
	}
	shown.OldSecretEnds = view.TimeOf(w.OldSecretEnds)
	return shown
}

// deliveryJSON is an attempt in an answer.
type deliveryJSON struct {
	ID           uuid.UUID       `json:"id"`
	MessageID    string          `json:"messageId"`
	EventID      *domain.EventID `json:"eventId"`
	EntryID      *string         `json:"entryId"`
	Attempt      int             `json:"attempt"`
	StartedAt    view.Timestamp  `json:"startedAt"`
	Milliseconds int64           `json:"milliseconds"`
	Status       *int            `json:"status"`
	Failure      *string         `json:"failure"`
	NextTryAt    *view.Timestamp `json:"nextTryAt"`
}

func deliveryOf(d ports.Delivery) deliveryJSON {
	shown := deliveryJSON{
		ID: d.ID, MessageID: d.MessageID, EventID: view.UnlessZero(d.EventID), Attempt: d.Attempt, StartedAt: view.Timestamp{Time: d.StartedAt},
		Milliseconds: int64(d.Duration / time.Millisecond), Status: view.UnlessZero(d.Status), Failure: view.UnlessZero(d.Failure),
		NextTryAt: view.TimeOf(d.NextTryAt),
	}
	if shown.EventID != nil {
		entry := view.EntryID(d.Record)
		shown.EntryID = &entry
	}
	return shown
}
