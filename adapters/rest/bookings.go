package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// bookBody is the body of POST /book.
type bookBody struct {
	EventID    text    `json:"eventId"`
	Identifier text    `json:"identifier"`
	Quantity   whole   `json:"quantity"`
	Unknown    unknown `json:",embed"`
}

func (b bookBody) command() (domain.Book, error) {
	event, eventErr := id("eventId", b.EventID, domain.ParseEventID)
	person, personErr := b.Identifier.person()
	c := domain.Book{EventID: event, Person: person, Quantity: 1}
	if b.Quantity.given {
		c.Quantity = b.Quantity.value
	}
	return c, invalid(eventErr, personErr, c.Validate(), b.Unknown.check("eventId", "identifier", "quantity"))
}

// cancelBody is the body of POST /cancel.
type cancelBody struct {
	EventID    text    `json:"eventId"`
	Identifier text    `json:"identifier"`
	TicketID   text    `json:"ticketId"`
	Unknown    unknown `json:",embed"`
}

func (b cancelBody) command() (domain.CancelTicket, error) {
	event, eventErr := id("eventId", b.EventID, domain.ParseEventID)
	person, personErr := b.Identifier.person()
	c := domain.CancelTicket{EventID: event, Person: person}
	var ticketErr error
	if b.TicketID.given {
		c.TicketID, ticketErr = domain.ParseTicketID(b.TicketID.value)
	}
	return c, invalid(eventErr, personErr, ticketErr, c.Validate(), b.Unknown.check("eventId", "identifier", "ticketId"))
}

// ticketJSON is a ticket of a booking that was just made.
type ticketJSON struct {
	ID      domain.TicketID     `json:"id"`
	EventID domain.EventID      `json:"eventId"`
	UserID  domain.UserID       `json:"userId"`
	Status  domain.TicketStatus `json:"status"`
}

func ticketOf(t domain.Ticket) ticketJSON {
	return ticketJSON{ID: t.ID, EventID: t.EventID, UserID: t.UserID, Status: t.Status}
}

// bookedJSON is the answer of POST /book to who got tickets.
type bookedJSON struct {
	BookingID  domain.BookingID `json:"bookingId"`
	Tickets    []ticketJSON     `json:"tickets"`
	Waitlisted bool             `json:"waitlisted"`
}

// waitingJSON is the answer of POST /book to who waits.
type waitingJSON struct {
	BookingID    domain.BookingID `json:"bookingId"`
	WaitingEntry entryJSON        `json:"waitingEntry"`
	Waitlisted   bool             `json:"waitlisted"`
}

type entryJSON struct {
	ID       domain.BookingID `json:"id"`
	EventID  domain.EventID   `json:"eventId"`
	UserID   domain.UserID    `json:"userId"`
	Position int              `json:"position"`
}

// bookingJSON is a booking of a list, or alone.
type bookingJSON struct {
	ID         domain.BookingID     `json:"id"`
	EventID    domain.EventID       `json:"eventId"`
	UserID     domain.UserID        `json:"userId"`
	Identifier string               `json:"identifier"`
	Quantity   int                  `json:"quantity"`
	Sequence   int64                `json:"sequence"`
	Status     domain.BookingStatus `json:"status"`
	Position   int                  `json:"position,omitzero"`
	Tickets    []datedTicketJSON    `json:"tickets"`
	CreatedAt  timestamp            `json:"createdAt"`
}

type datedTicketJSON struct {
	ticketJSON
	BookedAt    timestamp `json:"bookedAt"`
	CancelledAt timestamp `json:"cancelledAt,omitzero"`
}

func bookingOf(b domain.Booking) bookingJSON {
	tickets := make([]datedTicketJSON, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = datedTicketJSON{ticketOf(t), timestamp{t.BookedAt}, timestamp{t.CancelledAt}}
	}
	return bookingJSON{
		ID:         b.ID,
		EventID:    b.EventID,
		UserID:     b.UserID,
		Identifier: b.Identifier,
		Quantity:   b.Quantity,
		Sequence:   b.Sequence,
		Status:     b.Status,
		Position:   b.Position,
		Tickets:    tickets,
		CreatedAt:  timestamp{b.CreatedAt},
	}
}

func (h *handler) book(c echo.Context) error {
	var body bookBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	command, fieldErr := body.command()
	key, keyErr := idempotencyKey(c, scopeEvent, func() []string { return requestToBook(command) })
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	command.Key = key
	booking, err := h.service.Book(c.Request().Context(), command)
	if err != nil {
		return err
	}
	if booking.Status == domain.BookingWaiting {
		return h.base.JSON(c, http.StatusCreated, waitingJSON{
			BookingID:    booking.ID,
			WaitingEntry: entryJSON{booking.ID, booking.EventID, booking.UserID, booking.Position},
			Waitlisted:   true,
		})
	}
	tickets := make([]ticketJSON, len(booking.Tickets))
	for i, t := range booking.Tickets {
		tickets[i] = ticketOf(t)
	}
	return h.base.JSON(c, http.StatusCreated, bookedJSON{BookingID: booking.ID, Tickets: tickets})
}

func (h *handler) cancelTicket(c echo.Context) error {
	var body cancelBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	command, fieldErr := body.command()
	key, keyErr := idempotencyKey(c, scopeEvent, func() []string { return requestToCancel(command) })
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	command.Key = key
	ticket, err := h.service.CancelTicket(c.Request().Context(), command)
	if err != nil {
		return err
	}
	type cancelledTicket struct {
		ID     domain.TicketID     `json:"id"`
		Status domain.TicketStatus `json:"status"`
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Ticket cancelledTicket `json:"ticket"`
	}{cancelledTicket{ticket.ID, ticket.Status}})
}

func (h *handler) bookings(c echo.Context) error {
	event, eventErr := eventID(c)
	q, queryErr := readQuery(c, "identifier", "status", "limit", "cursor")
	size, sizeErr := q.limit()
	status, statusErr := statusOf(q, domain.BookingBooked, domain.BookingWaiting, domain.BookingCancelled)
	after, cursorErr := q.afterSequence()
	user, userErr := q.user()
	if err := invalid(eventErr, queryErr, sizeErr, statusErr, cursorErr, userErr); err != nil {
		return err
	}
	bookings, err := h.service.Bookings(c.Request().Context(), ports.BookingQuery{
		EventID:       event,
		UserID:        user,
		Status:        status,
		AfterSequence: after,
		Limit:         size + 1,
	})
	if err != nil {
		return err
	}
	shown, next := page(bookings, size, bookingCursor)
	list := make([]bookingJSON, len(shown))
	for i, b := range shown {
		list[i] = bookingOf(b)
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Bookings   []bookingJSON `json:"bookings"`
		NextCursor *string       `json:"nextCursor"`
	}{list, next})
}

func (h *handler) booking(c echo.Context) error {
	event, eventErr := eventID(c)
	id, idErr := bookingID(c)
	if err := invalid(eventErr, idErr); err != nil {
		return err
	}
	booking, err := h.service.Booking(c.Request().Context(), event, id)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, bookingOf(booking))
}

func (h *handler) leaveWaitlist(c echo.Context) error {
	event, eventErr := eventID(c)
	id, idErr := bookingID(c)
	if err := invalid(eventErr, idErr); err != nil {
		return err
	}
	if err := h.service.LeaveWaitlist(c.Request().Context(), domain.LeaveWaitlist{EventID: event, BookingID: id}); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
