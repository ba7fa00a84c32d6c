package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// bookingPage is what the page of a booking shows.
type bookingPage struct {
	Event   domain.Event
	Booking domain.Booking
	Link    string // of the booking
	Now     time.Time
	Live    []domain.Ticket // not cancelled
	Idle    bool            // nobody is promoted any more
	Key     string
}

// Stream is where changes of the booking are told; empty if nothing can change.
func (p bookingPage) Stream() string {
	if !hasTickets(p.Booking.Status) && p.Booking.Status != domain.BookingWaiting {
		return ""
	}
	return "/b/" + p.Link + "/stream"
}

// State is the booking as the page shows it, in one word: another one is another
// page.
func (p bookingPage) State() string {
	return fmt.Sprintf("%s-%d", p.Booking.Status, len(p.Live))
}

func (h *handler) bookingPage(e domain.Event, b domain.Booking, link string) bookingPage {
	now, _ := e.TimeAt(h.service.Now())
	p := bookingPage{Event: e, Booking: b, Link: link, Now: now, Key: newFormKey()}
	for _, t := range b.Tickets {
		if t.Status != domain.TicketCancelled {
			p.Live = append(p.Live, t)
		}
	}
	p.Idle = isOver(e.PromotionEndAt, now)
	return p
}

// isOver reports whether an end has come; zero is none.
func isOver(end, now time.Time) bool { return !end.IsZero() && !now.Before(end) }

// linked reads the booking that an address opens. Any other link, whether it is
// made up, cut or void, opens nothing, and always in the same way.
func (h *handler) linked(c echo.Context) (bookingPage, error) {
	link := c.Param("link")
	eventID, id, ok := h.links.Parse(link)
	if !ok {
		return bookingPage{}, domain.ErrBookingNotFound
	}
	ctx := c.Request().Context()
	b, err := h.service.Booking(ctx, eventID, id)
	if err != nil {
		return bookingPage{}, asBookingNotFound(err)
	}
	opens, err := h.links.Opens(ctx, link, &b)
	if err != nil {
		return bookingPage{}, err
	}
	if !opens {
		return bookingPage{}, domain.ErrBookingNotFound
	}
	e, err := h.service.Event(ctx, eventID)
	if err != nil {
		return bookingPage{}, err
	}
	return h.bookingPage(e, b, link), nil
}

func (h *handler) booking(c echo.Context) error {
	p, err := h.linked(c)
	if err != nil {
		return err
	}
	return renderBooking(c, http.StatusOK, p, nil)
}

func renderBooking(c echo.Context, status int, p bookingPage, problem *httpbase.Problem) error {
	return render(c, status, "booking", view{Title: p.Event.Name, Problem: problem, Data: p})
}

// change does something to the booking that an address opens, and leads back to
// its page. A refusal shows the booking as it is then.
func (h *handler) change(c echo.Context, do func(domain.Booking, domain.IdempotencyKey) error) error {
	p, err := h.linked(c)
	if err != nil {
		return err
	}
	onRefusal(c, func(problem httpbase.Problem) error {
		now, err := h.linked(c)
		if err != nil {
			return err
		}
		return renderBooking(c, problem.Status, now, &problem)
	})
	key, err := sent(c).key()
	if err != nil {
		return err
	}
	if err := do(p.Booking, key); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/b/"+p.Link)
}

func (h *handler) confirm(c echo.Context) error {
	return h.change(c, func(b domain.Booking, key domain.IdempotencyKey) error {
		_, err := h.service.Confirm(c.Request().Context(), domain.Confirm{EventID: b.EventID, BookingID: b.ID, Key: key, By: domain.ByLink})
		return err
	})
}

func (h *handler) giveBack(c echo.Context) error {
	return h.change(c, func(b domain.Booking, key domain.IdempotencyKey) error {
		_, err := h.service.GiveBack(c.Request().Context(), domain.GiveBack{EventID: b.EventID, BookingID: b.ID, Key: key, By: domain.ByLink})
		return err
	})
}

func (h *handler) leave(c echo.Context) error {
	return h.change(c, func(b domain.Booking, _ domain.IdempotencyKey) error {
		return h.service.LeaveWaitlist(c.Request().Context(), domain.LeaveWaitlist{EventID: b.EventID, BookingID: b.ID, By: domain.ByLink})
	})
}
