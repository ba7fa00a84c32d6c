package view

import "github.com/boxoffice-go/boxoffice/domain"

// Ticket is a ticket.
type Ticket struct {
	ID      domain.TicketID     `json:"id"`
	EventID domain.EventID      `json:"eventId"`
	UserID  *domain.UserID      `json:"userId,omitempty"`
	Status  domain.TicketStatus `json:"status"`
}

// TicketOf shows a ticket.
func TicketOf(t domain.Ticket) Ticket {
	return Ticket{ID: t.ID, EventID: t.EventID, UserID: &t.UserID, Status: t.Status}
}

// Booking is a booking with all that a seller may see.
type Booking struct {
	ID           domain.BookingID     `json:"id"`
	EventID      domain.EventID       `json:"eventId"`
	UserID       domain.UserID        `json:"userId"`
	Identifier   *string              `json:"identifier"` // null if the person was erased
	Quantity     int                  `json:"quantity"`
	Sequence     int64                `json:"sequence"`
	Status       domain.BookingStatus `json:"status"`
	Reference    string               `json:"reference,omitzero"`
	Link         string               `json:"link,omitzero"`
	Position     *int                 `json:"position,omitempty"`
	TicketsAhead *int                 `json:"ticketsAhead,omitempty"`
	ExpiresAt    *Timestamp           `json:"expiresAt,omitempty"`
	Tickets      []DatedTicket        `json:"tickets"`
	CreatedAt    Timestamp            `json:"createdAt"`
}

// DatedTicket is a ticket of a [Booking].
type DatedTicket struct {
	Ticket
	BookedAt    Timestamp `json:"bookedAt"`
	CancelledAt Timestamp `json:"cancelledAt,omitzero"`
}

// BookingOf shows a booking; an empty link is left out.
func BookingOf(b domain.Booking, link string) Booking {
	tickets := make([]DatedTicket, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = DatedTicket{TicketOf(t), Timestamp{t.BookedAt}, Timestamp{t.CancelledAt}}
	}
	shown := Booking{
		ID:        b.ID,
		EventID:   b.EventID,
		UserID:    b.UserID,
		Quantity:  b.Quantity,
		Sequence:  b.Sequence,
		Status:    b.Status,
		Reference: b.Reference,
		Link:      link,
		ExpiresAt: ExpiryOf(b),
		Tickets:   tickets,
		CreatedAt: Timestamp{b.CreatedAt},
	}
	if b.Identifier != "" {
		shown.Identifier = &b.Identifier
	}
	if b.Status == domain.BookingWaiting {
		shown.Position, shown.TicketsAhead = &b.Position, &b.TicketsAhead
	}
	return shown
}

// ExpiryOf is when a booking expires that is held, else null.
func ExpiryOf(b domain.Booking) *Timestamp {
	if b.Status != domain.BookingHeld {
		return nil
	}
	return TimeOf(b.ExpiresAt)
}
