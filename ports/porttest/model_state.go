package porttest

import (
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Event is what a store should tell of the event.
func (m *Model) Event(id domain.EventID) domain.Event {
	e := domain.Event{
		ID: id, Settings: m.Settings, Status: m.Status, AvailableTickets: m.Available(),
		Version: m.Version, SettingsVersion: m.SettingsVersion,
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, CancelledAt: m.CancelledAt, ClockAhead: m.ClockAhead,
		LastSequence: int64(len(m.Bookings)),
	}
	for i := range m.Bookings {
		b := &m.Bookings[i]
		switch b.Status {
		case domain.BookingHeld:
			e.HeldTickets += b.Live()
			if e.NextReleaseAt.IsZero() || b.ExpiresAt.Before(e.NextReleaseAt) {
				e.NextReleaseAt = b.ExpiresAt
			}
		case domain.BookingWaiting:
			e.Line.Waiting++
			e.Line.WaitingTickets += b.Quantity
			e.Line.ByQuantity[b.Quantity]++
		case domain.BookingBooked, domain.BookingExpired, domain.BookingCancelled:
		}
		if b.Asked > 0 {
			e.Line.Joined++
			e.Line.JoinedTickets += int64(b.Asked)
		}
		if b.Asked > 0 && len(b.Tickets) > 0 {
			e.Line.Promoted++
			e.Line.PromotedTickets += int64(b.Quantity)
			e.Line.LastPromoted = b.Sequence
		}
	}
	if m.Status == domain.EventCancelled {
		e.AvailableTickets, e.HeldTickets, e.NextReleaseAt = 0, 0, time.Time{}
		e.Line.Waiting, e.Line.WaitingTickets, e.Line.ByQuantity = 0, 0, domain.QuantityCounts{}
	}
	return e
}

// List is what a store should tell of the bookings, without ids.
func (m *Model) List() []domain.Booking {
	var list []domain.Booking
	position, ahead := 0, 0
	for i := range m.Bookings {
		b := m.shown(&m.Bookings[i])
		if b.Status == domain.BookingWaiting {
			position++
			b.Position, b.TicketsAhead = position, ahead
			ahead += b.Quantity
		}
		list = append(list, b)
	}
	return list
}

// shown is a booking as the event makes it: in a cancelled event everything is
// cancelled that hasn't expired.
func (m *Model) shown(b *ModelBooking) domain.Booking {
	s := b.Booking
	s.Tickets = slices.Clone(s.Tickets)
	if m.Status != domain.EventCancelled {
		return s
	}
	if s.Status != domain.BookingExpired {
		s.Status, s.ExpiresAt = domain.BookingCancelled, time.Time{}
	}
	for i := range s.Tickets {
		if t := &s.Tickets[i]; t.Status != domain.TicketCancelled {
			t.Status, t.CancelledAt = domain.TicketCancelled, m.CancelledAt
		}
	}
	return s
}
