package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// sale is whether an event's tickets can be booked on its page.
type sale string

const (
	saleOpen      sale = "open"
	saleSoon      sale = "soon"
	saleEnded     sale = "ended"
	saleElsewhere sale = "elsewhere" // only who has an API key books
	saleDraft     sale = "draft"
	saleCancelled sale = "cancelled"
)

// eventPage is what the page of an event shows.
type eventPage struct {
	Event      domain.Event
	Sale       sale
	ChangesAt  time.Time // when Sale changes by itself; zero is never
	Now        time.Time
	Booked     int
	FreeNow    bool // who books now gets tickets, if there are enough
	NoLine     bool // nobody can wait
	Most       int  // tickets that one person can ask for
	Identifier string
	Quantity   string
	Key        string
	BookedBy   bool // the form was sent already, and its booking is somebody else's now
}

// saleOf says whether an event's tickets can be booked now, and when that changes.
func saleOf(e domain.Event, now time.Time, isOpen bool) (sale, time.Time) {
	switch {
	case e.Status == domain.EventCancelled:
		return saleCancelled, time.Time{}
	case e.Status == domain.EventDraft:
		return saleDraft, time.Time{}
	case !isOpen:
		return saleElsewhere, time.Time{}
	case now.Before(e.SalesStartAt):
		return saleSoon, e.SalesStartAt
	case !e.SalesEndAt.IsZero() && !now.Before(e.SalesEndAt):
		return saleEnded, time.Time{}
	default:
		return saleOpen, e.SalesEndAt
	}
}

// bookedOf counts the tickets that are booked for good.
func bookedOf(e domain.Event) int {
	if e.Status == domain.EventCancelled {
		return 0
	}
	return e.TotalTickets - e.AvailableTickets - e.HeldTickets
}

func (h *handler) eventPage(e domain.Event) eventPage {
	now, _ := e.TimeAt(h.service.Now())
	most := min(domain.MaxQuantity, e.TotalTickets)
	if limit, limited := e.MaxTicketsPerUser.Max(); limited {
		most = min(most, limit)
	}
	line, limited := e.MaxWaitlist.Max()
	p := eventPage{
		Event: e, Now: now, Most: most, Quantity: "1", Key: newFormKey(), Booked: bookedOf(e),
		FreeNow: e.AvailableTickets > 0 && e.Line.Waiting == 0,
		NoLine:  limited && line == 0,
	}
	p.Sale, p.ChangesAt = saleOf(e, now, h.base.Keys() == nil || e.SelfService)
	return p
}

// publicEvent reads the event that an address names. Where keys are asked for,
// nobody but their holders sees a draft.
func (h *handler) publicEvent(c echo.Context) (domain.Event, error) {
	id, err := eventID(c)
	if err != nil {
		return domain.Event{}, err
	}
	e, err := h.service.Event(c.Request().Context(), id)
	if err == nil && e.Status == domain.EventDraft && h.base.Keys() != nil {
		err = domain.ErrEventNotFound
	}
	return e, err
}

func (h *handler) event(c echo.Context) error {
	e, err := h.publicEvent(c)
	if err != nil {
		return err
	}
	html := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(html)
	html.Reset()
	if err := h.cache.write(html, h.eventPage(e)); err != nil {
		return err
	}
	return send(c, http.StatusOK, html.Bytes())
}

// book books, and leads to the booking's own page.
func (h *handler) book(c echo.Context) error {
	e, err := h.publicEvent(c)
	if err != nil {
		return err
	}
	form := sent(c)
	p := h.eventPage(e)
	p.Identifier, p.Quantity = form.Get("identifier"), form.Get("quantity")
	onRefusal(c, func(problem httpbase.Problem) error {
		return render(c, problem.Status, "event", view{Title: e.Name, Problem: &problem, Data: p})
	})
	if !e.SelfService {
		if refusal := h.base.Refusal(c, httpbase.Sellers); refusal != nil {
			return refusal
		}
	}
	key, err := form.key()
	if err != nil {
		return err
	}
	person, personErr := domain.NewPerson(form.Get("identifier"))
	quantity, quantityErr := form.positive("quantity")
	command := domain.Book{EventID: e.ID, Person: person, Quantity: quantity, Key: key, By: callerName(c)}
	if err := domain.Invalid(personErr, quantityErr); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.links.Load(ctx); err != nil {
		return err
	}
	b, err := h.service.Book(ctx, command)
	if err != nil {
		return err
	}
	if b.UserID != person.UserID() { // sent before, and transferred since
		p.BookedBy = true
		return render(c, http.StatusOK, "event", view{Title: e.Name, Data: p})
	}
	link, err := h.links.Of(ctx, &b)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/b/"+link)
}
