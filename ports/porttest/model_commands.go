package porttest

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Target names what a command is about, instead of the ids in it: a booking by
// its sequence, a ticket by that and its ordinal. A negative sequence is one
// that there is not; 0 is none, so that a cancellation takes the latest tickets.
type Target struct {
	Sequence int64
	Ordinal  int
}

// Answer is what a command is answered with, without ids.
type Answer struct {
	Refusal    domain.Code // empty if it was accepted
	RetryAfter time.Duration
	Repeat     bool // it was accepted before, and nothing was done now
	// Booking is the one that was made or named, with its place in the line if it
	// was made. Of a repeat only its sequence is told.
	Booking domain.Booking
	// Tickets are those that were cancelled. Of a repeat only their sequences and
	// ordinals are told.
	Tickets []domain.Ticket
	Erased  int
	Version int64 // of the event, unless it is a repeat or a refusal
}

func refuse(code domain.Code) Answer { return Answer{Refusal: code} }

// Do does a command when the store's clock says at. Commands of one transaction
// have the same time.
func (m *Model) Do(at time.Time, c domain.Command, about Target) Answer {
	m.setClock(at)
	m.catchUp()
	m.changed = false
	var booking *ModelBooking
	switch c.(type) {
	case domain.GiveBack, domain.LeaveWaitlist, domain.Confirm, domain.Extend, domain.Transfer, domain.ChangeBooking:
		if about.Sequence < 0 {
			return refuse(domain.CodeBookingNotFound)
		}
		booking = &m.Bookings[about.Sequence-1]
	}
	if answer, done := m.repeat(c, about); done {
		return answer
	}
	answer := m.decide(c, about, booking)
	if answer.Refusal != "" {
		return answer
	}
	if booking != nil {
		answer.Booking = m.shown(booking)
	}
	answer.Version = m.Version
	m.remember(c, about, answer)
	return answer
}

func (m *Model) decide(c domain.Command, about Target, b *ModelBooking) Answer {
	switch c := c.(type) {
	case domain.Book:
		return m.book(c)
	case domain.CancelTickets:
		return m.cancel(c, about)
	case domain.GiveBack:
		return m.giveBack(b)
	case domain.LeaveWaitlist:
		return m.leave(b)
	case domain.Confirm:
		return m.confirm(b)
	case domain.Extend:
		return m.extend(c, b)
	case domain.Transfer:
		return m.transfer(c, b)
	case domain.ChangeBooking:
		return m.changeBooking(c, b)
	case domain.ChangeEvent:
		return m.changeEvent(c)
	case domain.CancelEvent:
		return m.cancelEvent()
	case domain.ErasePerson:
		return m.erasePerson(c)
	case domain.CatchUp:
		return Answer{}
	}
	panic("a command that the model doesn't know")
}

// closed refuses what only a published event allows.
func (m *Model) closed() domain.Code {
	switch m.Status {
	case domain.EventCancelled:
		return domain.CodeEventCancelled
	case domain.EventDraft:
		return domain.CodeEventNotPublished
	default:
		return ""
	}
}

// over refuses what only a booking that isn't over allows.
func (m *Model) over(b *ModelBooking) domain.Code {
	switch {
	case m.Status == domain.EventCancelled:
		return domain.CodeEventCancelled
	case b.Status == domain.BookingExpired:
		return domain.CodeHoldExpired
	case b.Status == domain.BookingCancelled:
		return domain.CodeBookingCancelled
	default:
		return ""
	}
}

// limits refuses so many tickets more for one person.
func (m *Model) limits(who domain.Person, tickets int) bool {
	for i := range m.Bookings {
		if b := &m.Bookings[i]; b.UserID == who.UserID() {
			tickets += b.claims()
		}
	}
	return over(m.MaxTicketsPerUser, tickets)
}

// book accepts a booking, with tickets or with a place in the line.
func (m *Model) book(c domain.Book) Answer {
	quantity, line := max(1, c.Quantity), m.Waiting()
	waits := len(line) > 0 || quantity > m.Available()
	switch {
	case m.closed() != "":
		return refuse(m.closed())
	case m.now.Before(m.SalesStartAt):
		return Answer{Refusal: domain.CodeSalesNotStarted, RetryAfter: m.SalesStartAt.Sub(m.now)}
	case !m.SalesEndAt.IsZero() && !m.now.Before(m.SalesEndAt):
		return refuse(domain.CodeSalesEnded)
	case quantity > m.TotalTickets:
		return refuse(domain.CodeQuantityExceedsCapacity)
	case m.limits(c.Person, quantity):
		return refuse(domain.CodeUserLimitReached)
	case waits && c.NoWait:
		return refuse(domain.CodeSoldOut)
	case waits && over(m.MaxWaitlist, len(line)+1):
		return refuse(domain.CodeWaitlistFull)
	}
	b := ModelBooking{Booking: domain.Booking{
		UserID: c.Person.UserID(), Identifier: c.Person.Identifier(), Quantity: quantity, Reference: c.Reference,
		Sequence: int64(len(m.Bookings) + 1), CreatedAt: m.now,
	}}
	if waits {
		b.Status, b.Asked = domain.BookingWaiting, quantity
		b.Joined.Number = 1
		for _, earlier := range m.Bookings {
			if earlier.Asked > 0 {
				b.Joined.Number++
				b.Joined.TicketsBefore += int64(earlier.Asked)
			}
		}
	} else {
		m.giveTickets(&b, m.HoldSeconds)
	}
	m.Bookings = append(m.Bookings, b)
	m.change()
	return Answer{Booking: m.List()[b.Sequence-1]}
}

// cancel gives tickets back: the one that is named, or the person's latest.
func (m *Model) cancel(c domain.CancelTickets, about Target) Answer {
	if about.Sequence != 0 {
		return m.cancelNamed(c, about)
	}
	if refusal := m.closed(); refusal != "" {
		return refuse(refusal)
	}
	var has int
	for i := range m.Bookings {
		if b := &m.Bookings[i]; b.UserID == c.Person.UserID() {
			has += b.Live()
		}
	}
	quantity := max(1, c.Quantity)
	switch {
	case has == 0:
		return refuse(domain.CodeTicketNotFound)
	case has < quantity:
		return refuse(domain.CodeTooFewTickets)
	}
	var cancelled []domain.Ticket
	for i := len(m.Bookings) - 1; i >= 0; i-- {
		if b := &m.Bookings[i]; b.UserID == c.Person.UserID() {
			cancelled = append(cancelled, m.cancelTickets(b, quantity-len(cancelled))...)
		}
	}
	m.change()
	m.promote()
	return Answer{Tickets: cancelled}
}

func (m *Model) cancelNamed(c domain.CancelTickets, about Target) Answer {
	found := about.Sequence > 0 && m.Bookings[about.Sequence-1].UserID == c.Person.UserID()
	if found {
		ticket := m.shown(&m.Bookings[about.Sequence-1]).Tickets[about.Ordinal-1]
		if ticket.Status == domain.TicketCancelled {
			return Answer{Tickets: []domain.Ticket{ticket}}
		}
	}
	switch {
	case m.closed() != "":
		return refuse(m.closed())
	case !found:
		return refuse(domain.CodeTicketNotFound)
	}
	cancelled := m.cancelTicket(&m.Bookings[about.Sequence-1], about.Ordinal)
	m.change()
	m.promote()
	return Answer{Tickets: []domain.Ticket{cancelled}}
}

// giveBack gives a whole booking back; it may be over already.
func (m *Model) giveBack(b *ModelBooking) Answer {
	if m.over(b) != "" {
		return Answer{}
	}
	m.cancelTickets(b, len(b.Tickets))
	b.Status, b.ExpiresAt = domain.BookingCancelled, time.Time{}
	m.change()
	m.promote()
	return Answer{}
}

// leave takes a booking out of the line; it may have left already.
func (m *Model) leave(b *ModelBooking) Answer {
	switch {
	case m.Status == domain.EventCancelled:
		return Answer{}
	case len(b.Tickets) > 0:
		return refuse(domain.CodeBookingNotWaiting)
	case b.Status == domain.BookingCancelled:
		return Answer{}
	}
	b.Status = domain.BookingCancelled
	m.change()
	m.promote()
	return Answer{}
}

// confirm books what is held; it may be booked already.
func (m *Model) confirm(b *ModelBooking) Answer {
	switch {
	case m.over(b) != "":
		return refuse(m.over(b))
	case b.Status == domain.BookingWaiting:
		return refuse(domain.CodeBookingNotHeld)
	case b.Status == domain.BookingBooked:
		return Answer{}
	}
	b.Status, b.ExpiresAt = domain.BookingBooked, time.Time{}
	for i := range b.Tickets {
		if t := &b.Tickets[i]; t.Status == domain.TicketHeld {
			t.Status, t.BookedAt = domain.TicketBooked, m.now
		}
	}
	m.change()
	return Answer{}
}

// extend lets a hold expire so many seconds from now, not earlier than it would
// and not later than it may.
func (m *Model) extend(c domain.Extend, b *ModelBooking) Answer {
	switch {
	case m.over(b) != "":
		return refuse(m.over(b))
	case b.Status != domain.BookingHeld:
		return refuse(domain.CodeBookingNotHeld)
	}
	until := m.now.Add(time.Duration(c.Seconds) * time.Second)
	if until.After(b.LatestExpiresAt) {
		until = b.LatestExpiresAt
	}
	if until.After(b.ExpiresAt) {
		b.ExpiresAt = until
		m.change()
	}
	return Answer{}
}

// transfer gives the booking to another person, or writes its own person's
// identifier as it is now.
func (m *Model) transfer(c domain.Transfer, b *ModelBooking) Answer {
	own := b.UserID == c.Person.UserID()
	switch {
	case m.over(b) != "":
		return refuse(m.over(b))
	case own && b.Identifier == c.Person.Identifier():
		return Answer{}
	case !own && m.limits(c.Person, b.claims()):
		return refuse(domain.CodeUserLimitReached)
	}
	b.wear(c.Person.UserID(), c.Person.Identifier())
	if !own {
		b.Transfers++
	}
	m.change()
	return Answer{}
}

func (b *ModelBooking) wear(user domain.UserID, identifier string) {
	b.UserID, b.Identifier = user, identifier
	for i := range b.Tickets {
		b.Tickets[i].UserID = user
	}
}

// changeBooking changes a reference, or lets a booking that waits ask for less.
func (m *Model) changeBooking(c domain.ChangeBooking, b *ModelBooking) Answer {
	quantity, reference := b.Quantity, b.Reference
	set(&quantity, c.Quantity)
	set(&reference, c.Reference)
	switch {
	case m.Status == domain.EventCancelled:
		return refuse(domain.CodeEventCancelled)
	case c.Quantity != nil && b.Status != domain.BookingWaiting:
		return refuse(domain.CodeBookingNotWaiting)
	case quantity > b.Quantity:
		return refuse(domain.CodeValidation)
	case quantity == b.Quantity && reference == b.Reference:
		return Answer{}
	}
	b.Quantity, b.Reference = quantity, reference
	m.change()
	m.promote()
	return Answer{}
}

// erasePerson makes all bookings of a person nobody's, which is a zero user id
// here.
func (m *Model) erasePerson(c domain.ErasePerson) Answer {
	var theirs []*ModelBooking
	for i := range m.Bookings {
		b := &m.Bookings[i]
		if b.UserID != c.Person.UserID() {
			continue
		}
		if m.over(b) == "" && !c.Force {
			return refuse(domain.CodePersonHasBookings)
		}
		theirs = append(theirs, b)
	}
	for _, b := range theirs {
		b.wear(domain.UserID{}, "")
		m.change()
	}
	return Answer{Erased: len(theirs)}
}
