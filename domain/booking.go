package domain

import "time"

// BookingStatus is what became of a booking so far.
type BookingStatus string

// A booking is booked at once, or waits and is then promoted or leaves. It is
// cancelled when it left the line or its last ticket is cancelled.
const (
	BookingBooked    BookingStatus = "BOOKED"
	BookingWaiting   BookingStatus = "WAITING"
	BookingCancelled BookingStatus = "CANCELLED"
)

// Booking is one accepted request for tickets by one person.
type Booking struct {
	ID         BookingID
	EventID    EventID
	UserID     UserID
	Identifier string // as the person gave it
	Quantity   int    // tickets asked for, 1 to MaxQuantity
	// Sequence is the booking's place in the event's order of acceptance,
	// from 1, never reused; gaps don't happen.
	Sequence int64
	Status   BookingStatus
	// Position is 1 at the head of the line, and 0 if the booking doesn't wait.
	Position int
	// Tickets are in their fixed order. A booking that never was promoted has
	// none; a cancelled booking keeps its cancelled ones.
	Tickets   []Ticket
	CreatedAt time.Time // when it was accepted
}

// TicketStatus says whether a ticket admits anybody.
type TicketStatus string

// A cancelled ticket never comes back; its place in the capacity does.
const (
	TicketBooked    TicketStatus = "BOOKED"
	TicketCancelled TicketStatus = "CANCELLED"
)

// Ticket is one admission.
type Ticket struct {
	ID        TicketID
	EventID   EventID
	BookingID BookingID
	UserID    UserID
	// Sequence is the booking's; Ordinal is the ticket's place in the
	// booking, from 1. Together they order all tickets of an event.
	Sequence    int64
	Ordinal     int
	Status      TicketStatus
	BookedAt    time.Time // when it was booked or, after waiting, promoted
	CancelledAt time.Time // zero while it is booked
}

// StatusOfTickets is the status of a booking that has these tickets.
func StatusOfTickets(tickets []Ticket) BookingStatus {
	for _, t := range tickets {
		if t.Status == TicketBooked {
			return BookingBooked
		}
	}
	return BookingCancelled
}

// OfEvent returns the booking as its event makes it: in a cancelled event all
// bookings and tickets are cancelled, since the event's last change, though
// the store keeps them as they were.
func (b Booking) OfEvent(e Event) Booking {
	if e.Status != EventCancelled {
		return b
	}
	b.Status, b.Position = BookingCancelled, 0
	tickets := make([]Ticket, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = t.OfEvent(e)
	}
	b.Tickets = tickets
	return b
}

// OfEvent is [Booking.OfEvent] for one ticket.
func (t Ticket) OfEvent(e Event) Ticket {
	if e.Status == EventCancelled && t.Status == TicketBooked {
		t.Status, t.CancelledAt = TicketCancelled, e.UpdatedAt
	}
	return t
}

// Position is the rank in the line of the booking that joined it as the
// joined-th, when promoted bookings were promoted so far and leftBefore left
// the line from places before it. Only the head is ever promoted, so all who
// were promoted stood before it; nothing is renumbered when the line moves.
func Position(joined, promoted, leftBefore int64) int {
	return int(joined - promoted - leftBefore)
}
