package porttest

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Model is one event, told in the plainest way: a list of all its bookings, in
// which everything is counted afresh whenever it is asked for. What the rules
// of the contract mean can be read here, and checked by eye. It knows no ids:
// a booking is named by its sequence, a ticket by that and its ordinal. It makes
// no steps: it is right while no more than [domain.MostExpiries] tickets are due
// and no more than [domain.MostPromoted] tickets go to the line at a time. It is
// not safe for concurrent use.
type Model struct {
	domain.Settings // as they are now
	Status          domain.EventStatus
	Version         int64
	SettingsVersion int64
	CreatedAt       time.Time
	UpdatedAt       time.Time
	CancelledAt     time.Time // zero until it is
	ClockAhead      time.Duration
	Bookings        []ModelBooking // the one with sequence 1 first

	accepted map[usedKey]acceptedRequest

	// Of the command that is being done.
	now     time.Time // the event's
	ahead   time.Duration
	changed bool
}

// ModelBooking is one booking, without ids and without its place in the line,
// as its row is: also in a cancelled event.
type ModelBooking struct {
	domain.Booking
	Asked int // tickets, when it joined the line; 0 if it never waited
}

// NewModel is an event that nobody has booked yet.
func NewModel(c domain.CreateEvent, at time.Time) *Model {
	if c.Status == "" {
		c.Status = domain.EventPublished
	}
	return &Model{
		Settings: c.Settings, Status: c.Status, Version: 1, SettingsVersion: 1, CreatedAt: at, UpdatedAt: at,
		accepted: make(map[usedKey]acceptedRequest),
	}
}

// Clone returns a copy that shares nothing with the model.
func (m *Model) Clone() *Model {
	c := *m
	c.Bookings = slices.Clone(m.Bookings)
	for i := range c.Bookings {
		c.Bookings[i].Tickets = slices.Clone(c.Bookings[i].Tickets)
	}
	c.accepted = maps.Clone(m.accepted)
	return &c
}

// Equal reports whether two models will always answer alike.
func (m *Model) Equal(o *Model) bool {
	return m.Version == o.Version && reflect.DeepEqual(m.Event(domain.EventID{}), o.Event(domain.EventID{})) &&
		reflect.DeepEqual(m.Bookings, o.Bookings) && reflect.DeepEqual(m.accepted, o.accepted)
}

// setClock finds the event's own time. Time never runs backwards: behind the
// last change it is the time of that. If it is behind by more than 10 s, it goes
// on from there at real speed.
func (m *Model) setClock(at time.Time) {
	m.ahead = m.ClockAhead
	m.now = at.Add(m.ahead)
	if behind := m.UpdatedAt.Sub(m.now); behind > 10*time.Second {
		m.ahead += behind
	}
	if m.now.Before(m.UpdatedAt) {
		m.now = m.UpdatedAt
	}
}

// catchUp lets everything expire that is due, in a version of its own.
func (m *Model) catchUp() {
	m.changed = false
	if m.Status == domain.EventCancelled {
		return
	}
	if m.ahead != m.ClockAhead { // that it goes on from there must be kept
		m.change()
	}
	for i := range m.Bookings {
		b := &m.Bookings[i]
		if b.Status == domain.BookingHeld && !m.now.Before(b.ExpiresAt) {
			b.Status = domain.BookingExpired
			m.cancelTickets(b, len(b.Tickets))
			m.change()
		}
	}
	if m.changed {
		m.promote()
	}
}

// change makes the event another version, once.
func (m *Model) change() {
	if !m.changed {
		m.changed = true
		m.Version++
		m.UpdatedAt, m.ClockAhead = m.now, m.ahead
	}
}

// promote gives tickets to the head of the line for as long as it fits.
func (m *Model) promote() {
	ended := !m.PromotionEndAt.IsZero() && !m.now.Before(m.PromotionEndAt)
	if m.Status != domain.EventPublished || ended {
		return
	}
	for _, sequence := range m.Waiting() {
		head := &m.Bookings[sequence-1]
		if head.Quantity > m.Available() {
			return
		}
		m.giveTickets(head, m.ClaimSeconds)
		m.change()
	}
}

// giveTickets lets a booking have its tickets: held for so many seconds, or
// booked if that is 0.
func (m *Model) giveTickets(b *ModelBooking, seconds int) {
	b.Status = domain.BookingBooked
	status := domain.TicketBooked
	if seconds > 0 {
		window := time.Duration(seconds) * time.Second
		b.Status, status = domain.BookingHeld, domain.TicketHeld
		b.ExpiresAt = m.now.Add(window)
		b.LatestExpiresAt = m.now.Add(max(time.Hour, 2*window))
	}
	for i := range b.Quantity {
		b.Tickets = append(b.Tickets, domain.Ticket{
			UserID: b.UserID, Sequence: b.Sequence, Ordinal: i + 1, Status: status, BookedAt: m.now,
		})
	}
}

// cancelTickets cancels so many of a booking's tickets, the last ones first. One
// that has none left is cancelled, unless it has expired.
func (m *Model) cancelTickets(b *ModelBooking, most int) []domain.Ticket {
	var cancelled []domain.Ticket
	for i := len(b.Tickets) - 1; i >= 0 && len(cancelled) < most; i-- {
		if b.Tickets[i].Status != domain.TicketCancelled {
			cancelled = append(cancelled, m.cancelTicket(b, i+1))
		}
	}
	return cancelled
}

func (m *Model) cancelTicket(b *ModelBooking, ordinal int) domain.Ticket {
	t := &b.Tickets[ordinal-1]
	t.Status, t.CancelledAt = domain.TicketCancelled, m.now
	if b.Live() == 0 && b.Status != domain.BookingExpired {
		b.Status, b.ExpiresAt = domain.BookingCancelled, time.Time{}
	}
	return *t
}

// Live counts the tickets that a booking has, held or booked.
func (b *ModelBooking) Live() int {
	live := 0
	for _, t := range b.Tickets {
		if t.Status != domain.TicketCancelled {
			live++
		}
	}
	return live
}

// claims counts what a booking takes of its person's limit.
func (b *ModelBooking) claims() int {
	if b.Status == domain.BookingWaiting {
		return b.Quantity
	}
	return b.Live()
}

// Available counts the tickets that are free.
func (m *Model) Available() int {
	available := m.TotalTickets
	for i := range m.Bookings {
		available -= m.Bookings[i].Live()
	}
	return available
}

// Waiting lists the line by sequence, the head first.
func (m *Model) Waiting() []int64 {
	var line []int64
	for i := range m.Bookings {
		if m.Bookings[i].Status == domain.BookingWaiting {
			line = append(line, int64(i+1))
		}
	}
	return line
}

func over(limit domain.Limit, n int) bool {
	most, limited := limit.Max()
	return limited && n > most
}
