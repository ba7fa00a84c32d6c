package domain

import (
	"slices"
	"time"
)

// BookingStatus is what became of a booking so far.
type BookingStatus string

// A booking is booked, held or waiting at first; see [Booking].
const (
	BookingBooked    BookingStatus = "BOOKED"    // has tickets for good
	BookingHeld      BookingStatus = "HELD"      // has tickets until ExpiresAt
	BookingWaiting   BookingStatus = "WAITING"   // has a place in the line
	BookingExpired   BookingStatus = "EXPIRED"   // was held too long
	BookingCancelled BookingStatus = "CANCELLED" // left the line, or all its tickets are cancelled
)

// Booking is one accepted request for tickets by one person. Its status is
// kept, not guessed from its tickets.
type Booking struct {
	ID         BookingID
	EventID    EventID
	UserID     UserID
	Identifier string // as the person gave it, trimmed; empty if they were erased
	Quantity   int    // tickets asked for, 1 to MaxQuantity
	// Sequence is the booking's place in the event's order of acceptance,
	// from 1, never reused; gaps don't happen.
	Sequence  int64
	Status    BookingStatus
	Reference string // the seller's own note; may be empty
	// Transfers is how often the booking was given to another person.
	Transfers int

	// ExpiresAt is when a held booking expires, and when an expired one did;
	// else zero. LatestExpiresAt is the latest that it can be extended to.
	ExpiresAt       time.Time
	LatestExpiresAt time.Time

	// Position is 1 at the head of the line, and TicketsAhead is what those
	// before it ask for; both are 0 if the booking doesn't wait. A store fills
	// them in when it is asked for bookings.
	Position     int
	TicketsAhead int
	// Joined is where the booking joined the line; zero if it never waited.
	Joined Joined

	// Tickets are in their fixed order. A booking that never was promoted has
	// none; others keep their cancelled ones.
	Tickets   []Ticket
	CreatedAt time.Time // when it was accepted
}

// Joined is the place at which a booking joined its event's line.
type Joined struct {
	Number        int64 // it was the so many-th that ever joined, from 1
	TicketsBefore int64 // that all who joined before it asked for then
}

// TicketStatus says whether a ticket admits anybody.
type TicketStatus string

// A cancelled ticket never comes back; its place in the capacity does.
const (
	TicketHeld      TicketStatus = "HELD"
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
	Sequence int64
	Ordinal  int
	Status   TicketStatus
	// BookedAt is when the ticket was booked; until then, when it began to be
	// held.
	BookedAt    time.Time
	CancelledAt time.Time // zero until it is cancelled
}

// live counts the tickets that are not cancelled.
func (b *Booking) live() int {
	live := 0
	for i := range b.Tickets {
		if b.Tickets[i].Status != TicketCancelled {
			live++
		}
	}
	return live
}

// claims is how many tickets the booking counts against a person's limit.
func (b *Booking) claims() int {
	if b.Status == BookingWaiting {
		return b.Quantity
	}
	return b.live()
}

// isOver reports whether nothing can become of the booking any more.
func (b *Booking) isOver() bool { return b.Status == BookingCancelled || b.Status == BookingExpired }

// Clone returns a copy that shares nothing with the booking.
func (b Booking) Clone() Booking {
	b.Tickets = slices.Clone(b.Tickets)
	return b
}

// OfEvent returns the booking as its event makes it: in a cancelled event all
// bookings that have not expired, and all tickets, are cancelled, since the
// event was, though the store keeps them as they were.
func (b Booking) OfEvent(e Event) Booking {
	if e.Status != EventCancelled {
		return b
	}
	if b.Status != BookingExpired {
		b.Status, b.ExpiresAt = BookingCancelled, time.Time{}
	}
	b.Position, b.TicketsAhead = 0, 0
	b = b.Clone()
	for i := range b.Tickets {
		if t := &b.Tickets[i]; t.Status != TicketCancelled {
			t.Status, t.CancelledAt = TicketCancelled, e.CancelledAt
		}
	}
	return b
}

// wear gives the booking and its tickets to a person.
func (b *Booking) wear(user UserID, identifier string) {
	b.UserID, b.Identifier = user, identifier
	for i := range b.Tickets {
		b.Tickets[i].UserID = user
	}
}

// cancelTickets cancels those tickets that are not yet and that match, and
// returns them.
func (b *Booking) cancelTickets(at time.Time, match func(*Ticket) bool) []Ticket {
	var cancelled []Ticket
	for i := range b.Tickets {
		t := &b.Tickets[i]
		if t.Status != TicketCancelled && match(t) {
			t.Status, t.CancelledAt = TicketCancelled, at
			cancelled = append(cancelled, *t)
		}
	}
	return cancelled
}

func anyTicket(*Ticket) bool { return true }
