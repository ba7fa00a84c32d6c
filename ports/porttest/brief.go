package porttest

import (
	"fmt"

	"github.com/boxoffice-go/boxoffice/domain"
)

// briefEvent tells an event without its id and times.
func briefEvent(e domain.Event) string {
	return fmt.Sprintf("%q %s, %d of %d available, %d waiting, limits %v %v, version %d, %d accepted, %d joined, %d promoted up to %d",
		e.Name, e.Status, e.AvailableTickets, e.TotalTickets, e.WaitingCount, e.MaxTicketsPerUser, e.MaxWaitlist,
		e.Version, e.LastSequence, e.JoinedCount, e.PromotedCount, e.LastPromoted)
}

// brief tells a booking without its ids and times.
func brief(b domain.Booking) string {
	tickets := make([]domain.TicketStatus, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = t.Status
	}
	place := ""
	if b.Position > 0 {
		place = fmt.Sprintf(" at %d", b.Position)
	}
	return fmt.Sprintf("#%d %s ×%d %s%s %v", b.Sequence, b.Identifier, b.Quantity, b.Status, place, tickets)
}

// briefState tells an event with its bookings, without ids and times.
func briefState(e domain.Event, bookings []domain.Booking) string {
	lines := []string{briefEvent(e)}
	for _, b := range bookings {
		lines = append(lines, brief(b))
	}
	return text(lines...)
}

// event is what a store should return.
func (m *Model) event() domain.Event {
	e := m.Event(domain.EventID{}, now())
	e.Version, e.LastSequence = m.Version, int64(len(m.Bookings))
	for i, b := range m.Bookings {
		if b.Joined {
			e.JoinedCount++
		}
		if b.Joined && len(b.Tickets) > 0 {
			e.PromotedCount++
			e.LastPromoted = int64(i + 1)
		}
	}
	e.AvailableTickets, e.WaitingCount = m.Available(), len(m.Waiting())
	if m.Status == domain.EventCancelled {
		e.AvailableTickets, e.WaitingCount = 0, 0
	}
	return e
}

// bookings are what a store should list.
func (m *Model) bookings() []domain.Booking {
	var list []domain.Booking
	position := 0
	for i, b := range m.Bookings {
		booking := domain.Booking{
			Identifier: b.Person.Identifier(), Quantity: b.Quantity, Sequence: int64(i + 1), Status: domain.BookingCancelled,
		}
		for _, status := range b.Tickets {
			if m.Status == domain.EventCancelled {
				status = domain.TicketCancelled
			}
			booking.Tickets = append(booking.Tickets, domain.Ticket{Status: status})
		}
		switch {
		case m.Status == domain.EventCancelled: // then all its bookings are
		case b.Waits():
			position++
			booking.Status, booking.Position = domain.BookingWaiting, position
		case b.Booked() > 0:
			booking.Status = domain.BookingBooked
		}
		list = append(list, booking)
	}
	return list
}
