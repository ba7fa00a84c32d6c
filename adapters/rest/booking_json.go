package rest

import (
	"context"

	"github.com/boxoffice-go/boxoffice/domain"
)

// ticketJSON is a ticket of a booking that was just made.
type ticketJSON struct {
	ID      domain.TicketID     `json:"id"`
	EventID domain.EventID      `json:"eventId"`
	UserID  *domain.UserID      `json:"userId,omitempty"`
	Status  domain.TicketStatus `json:"status"`
}

func ticketOf(t domain.Ticket) ticketJSON {
	return ticketJSON{ID: t.ID, EventID: t.EventID, UserID: &t.UserID, Status: t.Status}
}

// bookingJSON is a booking of a list, or alone.
type bookingJSON struct {
	ID           domain.BookingID     `json:"id"`
	EventID      domain.EventID       `json:"eventId"`
	UserID       domain.UserID        `json:"userId"`
	Identifier   *string              `json:"identifier"` // null if the person was erased
	Quantity     int                  `json:"quantity"`
	Sequence     int64                `json:"sequence"`
	Status       domain.BookingStatus `json:"status"`
	Reference    string               `json:"reference,omitzero"`
	Link         string               `json:"link"`
	Position     *int                 `json:"position,omitempty"`
	TicketsAhead *int                 `json:"ticketsAhead,omitempty"`
	ExpiresAt    *timestamp           `json:"expiresAt,omitempty"`
	Tickets      []datedTicketJSON    `json:"tickets"`
	CreatedAt    timestamp            `json:"createdAt"`
}

type datedTicketJSON struct {
	ticketJSON
	BookedAt    timestamp `json:"bookedAt"`
	CancelledAt timestamp `json:"cancelledAt,omitzero"`
}

func (h *handler) bookingOf(ctx context.Context, b domain.Booking) (bookingJSON, error) {
	link, err := h.links.Of(ctx, &b)
	if err != nil {
		return bookingJSON{}, err
	}
	tickets := make([]datedTicketJSON, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = datedTicketJSON{ticketOf(t), timestamp{t.BookedAt}, timestamp{t.CancelledAt}}
	}
	shown := bookingJSON{
		ID:         b.ID,
		EventID:    b.EventID,
		UserID:     b.UserID,
		Identifier: unlessZero(b.Identifier),
		Quantity:   b.Quantity,
		Sequence:   b.Sequence,
		Status:     b.Status,
		Reference:  b.Reference,
		Link:       link,
		ExpiresAt:  expiryOf(b),
		Tickets:    tickets,
		CreatedAt:  timestamp{b.CreatedAt},
	}
	if b.Status == domain.BookingWaiting {
		shown.Position, shown.TicketsAhead = &b.Position, &b.TicketsAhead
	}
	return shown, nil
}

// liveTickets counts the tickets of a booking that are not cancelled.
func liveTickets(b domain.Booking) int {
	live := 0
	for _, t := range b.Tickets {
		if t.Status != domain.TicketCancelled {
			live++
		}
	}
	return live
}

// expiryOf is when a booking expires that is held, else null.
func expiryOf(b domain.Booking) *timestamp {
	if b.Status != domain.BookingHeld {
		return nil
	}
	return timeOf(b.ExpiresAt)
}

// bookedJSON is the answer of POST /book: Tickets to who has or had some, else
// WaitingEntry.
type bookedJSON struct {
	BookingID    domain.BookingID     `json:"bookingId"`
	Status       domain.BookingStatus `json:"status"`
	Tickets      []ticketJSON         `json:"tickets,omitempty"`
	WaitingEntry *entryJSON           `json:"waitingEntry,omitempty"`
	Waitlisted   bool                 `json:"waitlisted"`
	ExpiresAt    *timestamp           `json:"expiresAt,omitempty"`
	Link         string               `json:"link,omitzero"`
}

type entryJSON struct {
	ID           domain.BookingID `json:"id"`
	EventID      domain.EventID   `json:"eventId"`
	UserID       *domain.UserID   `json:"userId,omitempty"`
	Position     *int             `json:"position,omitempty"`
	TicketsAhead *int             `json:"ticketsAhead,omitempty"`
}

// bookedOf shows a booking to who booked it. Whose it is now, and its link, stay
// out of it if open is false.
func (h *handler) bookedOf(ctx context.Context, b domain.Booking, open bool) (bookedJSON, error) {
	shown := bookedJSON{BookingID: b.ID, Status: b.Status, ExpiresAt: expiryOf(b)}
	user := &b.UserID
	if open {
		link, err := h.links.Of(ctx, &b)
		if err != nil {
			return bookedJSON{}, err
		}
		shown.Link = link
	} else {
		user = nil
	}
	if len(b.Tickets) == 0 {
		shown.Waitlisted = true
		shown.WaitingEntry = &entryJSON{ID: b.ID, EventID: b.EventID, UserID: user}
		if b.Status == domain.BookingWaiting {
			shown.WaitingEntry.Position, shown.WaitingEntry.TicketsAhead = &b.Position, &b.TicketsAhead
		}
		return shown, nil
	}
	shown.Tickets = make([]ticketJSON, len(b.Tickets))
	for i, t := range b.Tickets {
		shown.Tickets[i] = ticketOf(t)
		shown.Tickets[i].UserID = user
	}
	return shown, nil
}
