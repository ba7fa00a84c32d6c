package domain_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// store keeps a few events. All it knows of them after their creation it has
// from facts, and a batch gets from it what its need asks for and no more.
type store struct {
	events   []*stored
	facts    []domain.Fact
	commands int // run so far
}

// stored is one event.
type stored struct {
	head     domain.Event
	bookings []*storedBooking // by sequence
	keys     map[[sha256.Size]byte]domain.KeyRecord
}

type storedBooking struct {
	domain.Booking
	joined int64 // 0 if it never waited
}

// outcome is a command's answer: a booking, a ticket, an event or nothing.
type outcome struct {
	value any
	err   error
}

func newStore(events ...domain.Event) *store {
	s := &store{}
	for _, e := range events {
		s.events = append(s.events, &stored{head: e, keys: make(map[[sha256.Size]byte]domain.KeyRecord)})
	}
	return s
}

// run decides the commands in one batch and keeps what came out of it.
func (s *store) run(t require.TestingT, commands ...domain.Command) []outcome {
	var heads []domain.Event
	for _, e := range s.events {
		heads = append(heads, e.head)
	}
	batch := domain.NewBatch(heads)
	for _, need := range domain.NeedsOf(heads, commands) {
		batch.Load(need, s.event(need.EventID).load(need))
	}
	outcomes := make([]outcome, len(commands))
	for i, c := range commands {
		outcomes[i] = apply(batch, c, stamp(s.commands))
		s.commands++
	}
	require.NoError(t, batch.Err())

	for _, f := range batch.Facts() {
		s.event(eventOf(f)).fold(f)
	}
	s.facts = append(s.facts, batch.Facts()...)
	for _, changed := range batch.Changed() {
		e := s.event(changed.ID)
		require.False(t, changed.UpdatedAt.Before(e.head.UpdatedAt), "time went back")
		e.head.UpdatedAt = changed.UpdatedAt // no fact tells when a booking left
		require.Equal(t, e.head, changed, "the facts tell another head")
	}
	return outcomes
}

// stamp is the world at the n-th command: its clock jumps back at times.
func stamp(n int) domain.Stamp {
	made := 0
	minutes := n - n%4*2
	return domain.Stamp{
		At: time.Date(2025, 6, 1, 12, minutes, 0, 0, time.UTC),
		NewID: func() uuid.UUID {
			made++
			return testID(n, made)
		},
	}
}

func testID(n, made int) uuid.UUID {
	var bytes [16]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(n))
	binary.BigEndian.PutUint64(bytes[8:], uint64(made))
	return uuid.NewSHA1(uuid.Nil, bytes[:])
}

func apply(b *domain.Batch, c domain.Command, s domain.Stamp) (o outcome) {
	switch c := c.(type) {
	case domain.Book:
		o.value, o.err = b.Book(c, s)
	case domain.CancelTicket:
		o.value, o.err = b.CancelTicket(c, s)
	case domain.LeaveWaitlist:
		o.err = b.LeaveWaitlist(c, s)
	case domain.ChangeEvent:
		o.value, o.err = b.ChangeEvent(c, s)
	case domain.CancelEvent:
		o.value, o.err = b.CancelEvent(c, s)
	}
	return o
}

func (s *store) event(id domain.EventID) *stored {
	i := slices.IndexFunc(s.events, func(e *stored) bool { return e.head.ID == id })
	return s.events[i]
}

func (e *stored) booking(id domain.BookingID) *storedBooking {
	i := slices.IndexFunc(e.bookings, func(b *storedBooking) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return e.bookings[i]
}

// tickets returns all tickets in their order.
func (e *stored) tickets() []domain.Ticket {
	var tickets []domain.Ticket
	for _, b := range e.bookings {
		tickets = append(tickets, b.Tickets...)
	}
	return tickets
}

// line returns the bookings that wait, the head first.
func (e *stored) line() []domain.Booking {
	var line []domain.Booking
	for _, b := range e.bookings {
		if b.Status == domain.BookingWaiting && e.head.Status != domain.EventCancelled {
			waiting := b.Booking
			waiting.Position = e.position(b)
			line = append(line, waiting)
		}
	}
	return line
}

func (e *stored) position(b *storedBooking) int {
	var leftBefore int64
	for _, other := range e.bookings {
		if other.joined > 0 && other.joined < b.joined && other.Status == domain.BookingCancelled && len(other.Tickets) == 0 {
			leftBefore++
		}
	}
	return domain.Position(b.joined, e.head.PromotedCount, leftBefore)
}

func (e *stored) load(n domain.Need) *domain.Loaded {
	l := domain.NewLoaded(n)
	for _, key := range n.Keys {
		if record, used := e.keys[key]; used {
			l.Keys[key] = &record
		}
	}
	for _, b := range e.bookings {
		if _, asked := l.Bookings[b.ID]; asked {
			found := b.Booking
			l.Bookings[b.ID] = &found
		}
		if _, asked := l.Holdings[b.UserID]; asked && b.Status == domain.BookingWaiting {
			l.Holdings[b.UserID] += b.Quantity
		}
		if n.Quantities && b.Status == domain.BookingWaiting {
			l.Quantities[b.Quantity]++
		}
	}
	tickets := e.tickets()
	slices.Reverse(tickets)
	for _, t := range tickets {
		if _, asked := l.Tickets[t.ID]; asked {
			l.Tickets[t.ID] = &t
		}
		if t.Status == domain.TicketCancelled {
			continue
		}
		if _, asked := l.Holdings[t.UserID]; asked {
			l.Holdings[t.UserID]++
		}
		if len(l.Latest[t.UserID]) < n.Latest[t.UserID] {
			l.Latest[t.UserID] = append(l.Latest[t.UserID], t)
		}
	}
	l.Front = e.line()[:n.Front]
	return l
}

func eventOf(f domain.Fact) domain.EventID {
	switch f := f.(type) {
	case domain.TicketsBooked:
		return f.Booking.EventID
	case domain.WaitlistJoined:
		return f.Booking.EventID
	case domain.WaitlistLeft:
		return f.Booking.EventID
	case domain.BookingPromoted:
		return f.Booking.EventID
	case domain.TicketGivenBack:
		return f.Ticket.EventID
	case domain.EventChanged:
		return f.Event.ID
	case domain.EventCalledOff:
		return f.Event.ID
	case domain.KeyUsed:
		return f.EventID
	}
	panic("an unknown fact")
}

// fold takes over what a fact says.
func (e *stored) fold(f domain.Fact) {
	switch f := f.(type) {
	case domain.TicketsBooked:
		e.accept(f.Booking, 0)
		e.head.AvailableTickets -= f.Booking.Quantity
	case domain.WaitlistJoined:
		e.accept(f.Booking, f.Joined)
		e.head.WaitingCount++
		e.head.JoinedCount++
	case domain.WaitlistLeft:
		e.booking(f.Booking.ID).Booking = f.Booking
		e.head.WaitingCount--
		e.head.Version++
	case domain.BookingPromoted:
		e.booking(f.Booking.ID).Booking = f.Booking
		e.head.WaitingCount--
		e.head.PromotedCount++
		e.head.LastPromoted = f.Booking.Sequence
		e.head.AvailableTickets -= f.Booking.Quantity
	case domain.TicketGivenBack:
		b := e.booking(f.Ticket.BookingID)
		b.Tickets = slices.Clone(b.Tickets)
		b.Tickets[f.Ticket.Ordinal-1] = f.Ticket
		b.Status = domain.StatusOfTickets(b.Tickets)
		e.head.AvailableTickets++
		e.head.Version++
	case domain.EventChanged:
		e.head = f.Event
	case domain.EventCalledOff:
		e.head = f.Event
	case domain.KeyUsed:
		e.keys[f.Record.Key] = f.Record
	}
}

func (e *stored) accept(b domain.Booking, joined int64) {
	e.bookings = append(e.bookings, &storedBooking{b, joined})
	e.head.LastSequence = b.Sequence
	e.head.Version++
}
