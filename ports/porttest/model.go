package porttest

import (
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Model is one event, told in the plainest way: a list of all its bookings, in
// which everything is counted afresh whenever it is asked for. What the rules
// of the contract mean can be read here, and checked by eye. It knows no ids
// and no times: a booking is named by its sequence, a ticket by that and its
// ordinal. It makes no steps: it is right for lines shorter than
// [domain.PromotionStep]. It is not safe for concurrent use.
type Model struct {
	domain.NewEvent // the settings, as they are now; the status may be EventCancelled
	Version         int64
	Bookings        []ModelBooking // the one with sequence 1 first
	accepted        map[[sha256.Size]byte]acceptedRequest
}

// ModelBooking is one booking. It waits, or it has left the line, or it has
// tickets, booked or cancelled.
type ModelBooking struct {
	Person   domain.Person
	Quantity int
	Joined   bool // the line, when it was made
	Left     bool // the line
	Tickets  []domain.TicketStatus
}

// Answer is what a command is answered with.
type Answer struct {
	Refusal  domain.Code // empty if it was accepted
	Repeat   bool        // it was accepted before, and nothing was done now
	Sequence int64       // of the booking that was made, or whose ticket was cancelled
	Ordinal  int         // of the ticket that was cancelled
	Tickets  int         // that the booking got
	Position int         // that the booking got instead
	Version  int64       // of the event that was changed or cancelled
}

// NewModel is an event that nobody has booked yet.
func NewModel(n domain.NewEvent) *Model {
	if n.Status == "" {
		n.Status = domain.EventPublished
	}
	return &Model{NewEvent: n, Version: 1, accepted: make(map[[sha256.Size]byte]acceptedRequest)}
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
	return m.NewEvent == o.NewEvent && m.Version == o.Version && maps.Equal(m.accepted, o.accepted) &&
		slices.EqualFunc(m.Bookings, o.Bookings, func(a, b ModelBooking) bool {
			return a.Person == b.Person && a.Quantity == b.Quantity && a.Joined == b.Joined && a.Left == b.Left &&
				slices.Equal(a.Tickets, b.Tickets)
		})
}

// Waits reports whether a booking has neither tickets nor left.
func (b *ModelBooking) Waits() bool { return !b.Left && len(b.Tickets) == 0 }

// Booked counts its booked tickets.
func (b *ModelBooking) Booked() int {
	booked := 0
	for _, status := range b.Tickets {
		if status == domain.TicketBooked {
			booked++
		}
	}
	return booked
}

// Available counts the tickets that are free.
func (m *Model) Available() int {
	available := m.TotalTickets
	for i := range m.Bookings {
		available -= m.Bookings[i].Booked()
	}
	return available
}

// Waiting lists the line by sequence, the head first.
func (m *Model) Waiting() []int64 {
	var line []int64
	for i := range m.Bookings {
		if m.Bookings[i].Waits() {
			line = append(line, int64(i+1))
		}
	}
	return line
}

// Book accepts a booking, with tickets or with a place in the line.
func (m *Model) Book(who domain.Person, quantity int, key domain.IdempotencyKey) Answer {
	if answer, done := m.repeat(key); done {
		return answer
	}
	if m.Status != domain.EventPublished {
		return m.closed()
	}
	if quantity > m.TotalTickets {
		return Answer{Refusal: domain.CodeQuantityExceedsCapacity}
	}
	holds := 0
	for _, b := range m.Bookings {
		if b.Person.UserID() == who.UserID() {
			holds += b.Booked()
			if b.Waits() {
				holds += b.Quantity
			}
		}
	}
	if over(m.MaxTicketsPerUser, holds+quantity) {
		return Answer{Refusal: domain.CodeUserLimitReached}
	}
	line := len(m.Waiting())
	booking := ModelBooking{Person: who, Quantity: quantity, Joined: line > 0 || quantity > m.Available()}
	if booking.Joined && over(m.MaxWaitlist, line+1) {
		return Answer{Refusal: domain.CodeWaitlistFull}
	}

	answer := Answer{Sequence: int64(len(m.Bookings) + 1)}
	if booking.Joined {
		answer.Position = line + 1
	} else {
		answer.Tickets = quantity
		booking.getTickets()
	}
	m.Bookings = append(m.Bookings, booking)
	m.Version++
	m.remember(key, Answer{Sequence: answer.Sequence})
	return answer
}

// CancelTicket gives a ticket back: the one that sequence and ordinal name, or
// the person's latest if they are 0. A ticket that isn't there has a negative
// sequence.
func (m *Model) CancelTicket(who domain.Person, sequence int64, ordinal int, key domain.IdempotencyKey) Answer {
	if answer, done := m.repeat(key); done {
		return answer
	}
	named := sequence != 0
	if !named {
		sequence, ordinal = m.latest(who)
	}
	found := sequence > 0 && m.Bookings[sequence-1].Person.UserID() == who.UserID()
	answer := Answer{Sequence: sequence, Ordinal: ordinal}
	if named && found && m.isCancelled(sequence, ordinal) {
		m.remember(key, answer)
		return answer
	}
	if m.Status != domain.EventPublished {
		return m.closed()
	}
	if !found {
		return Answer{Refusal: domain.CodeTicketNotFound}
	}
	m.Bookings[sequence-1].Tickets[ordinal-1] = domain.TicketCancelled
	m.Version++
	m.promote()
	m.remember(key, answer)
	return answer
}

// LeaveWaitlist takes a booking out of the line. One that isn't there has a
// negative sequence.
func (m *Model) LeaveWaitlist(sequence int64) Answer {
	if sequence < 0 {
		return Answer{Refusal: domain.CodeBookingNotFound}
	}
	booking := &m.Bookings[sequence-1]
	switch {
	case m.Status == domain.EventCancelled, booking.Left:
		return Answer{}
	case len(booking.Tickets) > 0:
		return Answer{Refusal: domain.CodeBookingNotWaiting}
	}
	booking.Left = true
	m.Version++
	m.promote()
	return Answer{}
}

// ChangeEvent changes settings, all of them or none.
func (m *Model) ChangeEvent(c domain.ChangeEvent) Answer {
	if c.IfVersions != nil && !slices.Contains(c.IfVersions, m.Version) {
		return Answer{Refusal: domain.CodePreconditionFailed}
	}
	if m.Status == domain.EventCancelled {
		return m.closed()
	}
	settings := m.NewEvent
	if c.Name != nil {
		settings.Name = *c.Name
	}
	if c.MaxTicketsPerUser != nil {
		settings.MaxTicketsPerUser = *c.MaxTicketsPerUser
	}
	if c.MaxWaitlist != nil {
		settings.MaxWaitlist = *c.MaxWaitlist
	}
	if c.Publish {
		settings.Status = domain.EventPublished
	}
	if c.TotalTickets != nil {
		settings.TotalTickets = *c.TotalTickets
		if m.TotalTickets-m.Available() > *c.TotalTickets {
			return Answer{Refusal: domain.CodeCapacityBelowBooked}
		}
		for _, sequence := range m.Waiting() {
			if m.Bookings[sequence-1].Quantity > *c.TotalTickets {
				return Answer{Refusal: domain.CodeCapacityBelowWaiting}
			}
		}
	}
	if settings != m.NewEvent {
		m.NewEvent = settings
		m.Version++
		m.promote()
	}
	return Answer{Version: m.Version}
}

// CancelEvent cancels the event for good.
func (m *Model) CancelEvent() Answer {
	if m.Status != domain.EventCancelled {
		m.Status = domain.EventCancelled
		m.Version++
	}
	return Answer{Version: m.Version}
}

// promote gives tickets to the head of the line for as long as it fits.
func (m *Model) promote() {
	for _, sequence := range m.Waiting() {
		head := &m.Bookings[sequence-1]
		if head.Quantity > m.Available() {
			return
		}
		head.getTickets()
	}
}

func (b *ModelBooking) getTickets() {
	for range b.Quantity {
		b.Tickets = append(b.Tickets, domain.TicketBooked)
	}
}

// latest finds the last booked ticket of a person's last booking that has one.
func (m *Model) latest(who domain.Person) (sequence int64, ordinal int) {
	for i, b := range m.Bookings {
		for j, status := range b.Tickets {
			if b.Person.UserID() == who.UserID() && status == domain.TicketBooked {
				sequence, ordinal = int64(i+1), j+1
			}
		}
	}
	return sequence, ordinal
}

func (m *Model) isCancelled(sequence int64, ordinal int) bool {
	return m.Status == domain.EventCancelled || m.Bookings[sequence-1].Tickets[ordinal-1] == domain.TicketCancelled
}

// closed refuses what only a published event allows.
func (m *Model) closed() Answer {
	if m.Status == domain.EventCancelled {
		return Answer{Refusal: domain.CodeEventCancelled}
	}
	return Answer{Refusal: domain.CodeEventNotPublished}
}

func over(limit domain.Limit, n int) bool {
	most, limited := limit.Max()
	return limited && n > most
}
