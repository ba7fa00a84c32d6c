package domain_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var start = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// newEvent is a published event of so many tickets, unless a setting says
// otherwise.
func newEvent(tickets int, settings ...func(*domain.NewEvent)) domain.Event {
	n := domain.NewEvent{Name: "Concert 2025", TotalTickets: tickets}
	for _, set := range settings {
		set(&n)
	}
	return n.Event(domain.EventID{UUID: testID(-1, tickets)}, start)
}

func draft(n *domain.NewEvent) { n.Status = domain.EventDraft }

func atMostPerUser(most int) func(*domain.NewEvent) {
	return func(n *domain.NewEvent) { n.MaxTicketsPerUser = domain.AtMost(most) }
}

func atMostWaiting(most int) func(*domain.NewEvent) {
	return func(n *domain.NewEvent) { n.MaxWaitlist = domain.AtMost(most) }
}

func person(t require.TestingT, identifier string) domain.Person {
	p, err := domain.NewPerson(identifier)
	require.NoError(t, err)
	return p
}

func key(name, request string) domain.IdempotencyKey {
	return domain.IdempotencyKey{Key: sha256.Sum256([]byte(name)), Request: sha256.Sum256([]byte(request))}
}

// box is a store with one event, and what people do with it, a batch each.
type box struct {
	*store
	t *testing.T
	*stored
}

func newBox(t *testing.T, e domain.Event) box {
	t.Helper()
	s := newStore(e)
	return box{s, t, s.events[0]}
}

func (b box) booking(identifier string, quantity int) domain.Book {
	b.t.Helper()
	return domain.Book{EventID: b.head.ID, Person: person(b.t, identifier), Quantity: quantity}
}

func (b box) latestOf(identifier string) domain.CancelTicket {
	b.t.Helper()
	return domain.CancelTicket{EventID: b.head.ID, Person: person(b.t, identifier)}
}

func (b box) try(c domain.Command) outcome {
	b.t.Helper()
	return b.run(b.t, c)[0]
}

func (b box) book(identifier string, quantity int) domain.Booking {
	b.t.Helper()
	return must[domain.Booking](b.t, b.try(b.booking(identifier, quantity)))
}

func (b box) cancelLatest(identifier string) domain.Ticket {
	b.t.Helper()
	return must[domain.Ticket](b.t, b.try(b.latestOf(identifier)))
}

func (b box) leave(id domain.BookingID) {
	b.t.Helper()
	require.NoError(b.t, b.try(domain.LeaveWaitlist{EventID: b.head.ID, BookingID: id}).err)
}

func (b box) change(c domain.ChangeEvent) domain.Event {
	b.t.Helper()
	c.EventID = b.head.ID
	return must[domain.Event](b.t, b.try(c))
}

func (b box) callOff() domain.Event {
	b.t.Helper()
	return must[domain.Event](b.t, b.try(domain.CancelEvent{EventID: b.head.ID}))
}

// now is a booking as it is now.
func (b box) now(id domain.BookingID) domain.Booking {
	b.t.Helper()
	kept := b.stored.booking(id)
	require.NotNil(b.t, kept)
	found := kept.Booking
	if found.Status == domain.BookingWaiting {
		found.Position = b.position(kept)
	}
	return found.OfEvent(b.head)
}

// unchanged fails if anything happens to the event meanwhile.
func (b box) unchanged(do func()) {
	b.t.Helper()
	before, facts := b.head, len(b.facts)
	do()
	require.Equal(b.t, before, b.head)
	require.Len(b.t, b.facts, facts)
}

func must[T any](t *testing.T, o outcome) T {
	t.Helper()
	require.NoError(t, o.err)
	value, ok := o.value.(T)
	require.True(t, ok)
	return value
}
