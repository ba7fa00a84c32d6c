package porttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
)

// move is a random command, before it is known which ids it names: the same
// moves can be made in several events, and in a [Model].
type move struct {
	event   int
	command domain.Command // without ids
	pick    int            // what the command is about, of what there is
	about   Target         // what was picked
}

// String tells the move in the log of a failure.
func (m move) String() string {
	return fmt.Sprintf("event %d: %s, about %d.%d", m.event, words(m.command), m.about.Sequence, m.about.Ordinal)
}

// GoString keeps the log short of what is drawn before it's picked what it is
// about.
func (m move) GoString() string { return words(m.command) }

// among picks what the move is about, of the bookings that there are before its
// batch.
func (m move) among(bookings []domain.Booking) move {
	switch c := m.command.(type) {
	case domain.CancelTickets:
		if c.Quantity == 0 {
			m.about = m.pickTicket(c.Person, bookings)
		}
	case domain.LeaveWaitlist:
		m.about = m.pickBooking(bookings, domain.BookingWaiting)
	case domain.ChangeBooking:
		m.about = m.pickBooking(bookings, domain.BookingWaiting)
	case domain.Confirm, domain.Extend:
		m.about = m.pickBooking(bookings, domain.BookingHeld)
	case domain.GiveBack, domain.Transfer:
		m.about = m.pickBooking(bookings, domain.BookingHeld, domain.BookingWaiting, domain.BookingBooked)
	}
	return m
}

// pickTicket picks none, one of the person's, one that there is not, or one of
// somebody else's.
func (m move) pickTicket(who domain.Person, bookings []domain.Booking) Target {
	var mine, others []Target
	for _, b := range bookings {
		for _, t := range b.Tickets {
			if b.UserID == who.UserID() {
				mine = append(mine, Target{b.Sequence, t.Ordinal})
			} else {
				others = append(others, Target{b.Sequence, t.Ordinal})
			}
		}
	}
	named := slices.Concat([]Target{{}}, mine, []Target{{-1, 0}}, others[:min(2, len(others))])
	return named[m.pick%len(named)]
}

// pickBooking picks one of these statuses, one that there is not, or another one.
func (m move) pickBooking(bookings []domain.Booking, statuses ...domain.BookingStatus) Target {
	var fit, others []Target
	for _, b := range bookings {
		if slices.Contains(statuses, b.Status) {
			fit = append(fit, Target{Sequence: b.Sequence})
		} else {
			others = append(others, Target{Sequence: b.Sequence})
		}
	}
	named := slices.Concat(fit, []Target{{-1, 0}}, others[max(0, len(others)-4):])
	return named[m.pick%len(named)]
}

// in makes the move a command on an event with these bookings.
func (m move) in(event domain.EventID, bookings []domain.Booking) domain.Command {
	booking, ticket := domain.BookingID{UUID: newID()}, domain.TicketID{}
	switch {
	case m.about.Ordinal > 0:
		ticket = bookings[m.about.Sequence-1].Tickets[m.about.Ordinal-1].ID
	case m.about.Sequence < 0:
		ticket.UUID = newID()
	case m.about.Sequence > 0:
		booking = bookings[m.about.Sequence-1].ID
	}
	switch c := m.command.(type) {
	case domain.Book:
		c.EventID = event
		return c
	case domain.CancelTickets:
		c.EventID, c.TicketID = event, ticket
		return c
	case domain.GiveBack:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.LeaveWaitlist:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.Confirm:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.Extend:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.Transfer:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.ChangeBooking:
		c.EventID, c.BookingID = event, booking
		return c
	case domain.ChangeEvent:
		c.EventID = event
		return c
	case domain.CancelEvent:
		c.EventID = event
		return c
	case domain.ErasePerson:
		c.EventID, c.NewUserID.UUID = event, newID()
		return c
	case domain.CatchUp:
		c.EventID = event
		return c
	}
	panic("a command that the moves don't know")
}

// answerOf tells an answer of a store as a model does; bookings are those that
// there are after it.
func answerOf(a answer, bookings []domain.Booking) Answer {
	var refusal *domain.Error
	var repeat *domain.Repeat
	switch {
	case errors.As(a.Err, &refusal):
		return Answer{Refusal: refusal.Code, RetryAfter: refusal.RetryAfter}
	case errors.As(a.Err, &repeat):
		return repeatOf(repeat, bookings)
	}
	told := Answer{Booking: withoutIDs(a.Booking), Erased: a.Erased, Version: a.Event.Version}
	for _, t := range a.Tickets {
		told.Tickets = append(told.Tickets, ticketWithoutIDs(t))
	}
	return told
}

func repeatOf(r *domain.Repeat, bookings []domain.Booking) Answer {
	told := Answer{Repeat: true}
	for _, b := range bookings {
		if b.ID == r.BookingID {
			told.Booking.Sequence = b.Sequence
		}
	}
	for _, id := range r.TicketIDs {
		for _, b := range bookings {
			for _, t := range b.Tickets {
				if t.ID == id {
					told.Tickets = append(told.Tickets, domain.Ticket{Sequence: t.Sequence, Ordinal: t.Ordinal})
				}
			}
		}
	}
	return told
}
