package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// lastEventID is what a client that comes back says it had.
const lastEventID = "Last-Event-ID"

// eventStream streams an event's status.
func (h *handler) eventStream(c echo.Context) error {
	id, err := eventID(c)
	if err != nil {
		return err
	}
	had := c.Request().Header.Get(lastEventID)
	event, err := h.service.Event(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if event.Status == domain.EventCancelled && had == strconv.FormatInt(event.Version, 10) {
		return c.NoContent(http.StatusNoContent) // so that it doesn't come back again
	}
	watch := func(ctx context.Context) (<-chan *app.EventState, error) {
		return h.service.WatchEvent(ctx, id, encodeStatus)
	}
	return httpbase.Stream(h.base, c, watch, func(s *app.EventState) (m httpbase.Message, send, last bool, err error) {
		m.ID = strconv.FormatInt(s.Version, 10)
		m.Data, err = s.Encoded()
		return m, m.ID != had, s.Status == domain.EventCancelled, err
	})
}

func encodeStatus(e domain.Event) ([]byte, error) { return json.Marshal(statusOf(e)) }

// idOfLast is the id of the last message of a booking's stream.
const idOfLast = "last"

func isOver(b domain.Booking) bool {
	return b.Status == domain.BookingCancelled || b.Status == domain.BookingExpired
}

// bookingStateJSON is what is streamed of a booking: nothing that names anybody.
type bookingStateJSON struct {
	ID           domain.BookingID     `json:"id"`
	EventID      domain.EventID       `json:"eventId"`
	Status       domain.BookingStatus `json:"status"`
	Quantity     int                  `json:"quantity"`
	Tickets      int                  `json:"tickets"` // that are not cancelled
	Position     *int                 `json:"position,omitempty"`
	TicketsAhead *int                 `json:"ticketsAhead,omitempty"`
	ExpiresAt    *view.Timestamp      `json:"expiresAt,omitempty"`
}

func bookingStateOf(b domain.Booking) bookingStateJSON {
	s := bookingStateJSON{ID: b.ID, EventID: b.EventID, Status: b.Status, Quantity: b.Quantity, Tickets: liveTickets(b), ExpiresAt: view.ExpiryOf(b)}
	if b.Status == domain.BookingWaiting {
		s.Position, s.TicketsAhead = &b.Position, &b.TicketsAhead
	}
	return s
}

func encodeBookingState(b domain.Booking) ([]byte, error) { return json.Marshal(bookingStateOf(b)) }

// bookingStream streams what becomes of a booking.
func (h *handler) bookingStream(c echo.Context) error {
	event, id, err := named(c)
	if err != nil {
		return err
	}
	return h.streamBooking(c, event, id, func(*domain.Booking) (bool, error) { return true, nil })
}

// linkStream is the stream of the booking that a link opens. It ends when the link
// is void.
func (h *handler) linkStream(c echo.Context) error {
	ctx, link := c.Request().Context(), c.Param("link")
	event, id, ok := h.links.Parse(link)
	if !ok {
		return domain.ErrBookingNotFound
	}
	beyond := context.WithoutCancel(ctx) // a stream may go on when its request is over
	opens := func(b *domain.Booking) (bool, error) { return h.links.Opens(beyond, link, b) }
	booking, err := h.service.Booking(ctx, event, id)
	if errors.Is(err, domain.ErrEventNotFound) {
		return domain.ErrBookingNotFound // like any other link that opens nothing
	}
	if err != nil {
		return err
	}
	if open, err := opens(&booking); err != nil || !open {
		return orNotFound(err)
	}
	return h.streamBooking(c, event, id, opens)
}

// orNotFound is why a link can't be told to be true, or that it isn't.
func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return domain.ErrBookingNotFound
}

func (h *handler) streamBooking(
	c echo.Context, event domain.EventID, id domain.BookingID, opens func(*domain.Booking) (bool, error),
) error {
	ctx, had := c.Request().Context(), c.Request().Header.Get(lastEventID)
	if had == idOfLast {
		if booking, err := h.service.Booking(ctx, event, id); err == nil && isOver(booking) {
			return c.NoContent(http.StatusNoContent) // so that it doesn't come back again
		}
	}
	watch := func(ctx context.Context) (<-chan *app.BookingState, error) {
		return h.service.WatchBooking(ctx, event, id, encodeBookingState)
	}
	first := true
	return httpbase.Stream(h.base, c, watch, func(s *app.BookingState) (m httpbase.Message, send, last bool, err error) {
		if open, err := opens(&s.Booking); err != nil || !open {
			return m, false, true, err
		}
		m.ID = strconv.FormatInt(s.Version, 10)
		if s.Over { // the version goes on, but not this booking
			m.ID = idOfLast
		}
		m.Data, err = s.Encoded()
		send = !first || m.ID != had
		first = false
		return m, send, s.Over, err
	})
}
