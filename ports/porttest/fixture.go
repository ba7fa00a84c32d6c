package porttest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// everything is a limit that no list of the suite reaches.
const everything = 1_000_000

// errUndo makes an update leave everything as it was.
var errUndo = errors.New("this batch is only to look at, nothing of it is to be saved")

// tb is what *testing.T, *testing.B and *rapid.T have in common.
type tb interface {
	rapid.TB
	Context() context.Context
}

// fixture is a test with the store that it looks at.
type fixture struct {
	tb
	store ports.Store
}

// answer is what came of one command; Err is its refusal.
type answer struct {
	Booking domain.Booking
	Ticket  domain.Ticket
	Event   domain.Event
	Err     error
}

// decide decides one command of whatever type.
func decide(b *domain.Batch, command domain.Command, s domain.Stamp) (a answer) {
	switch c := command.(type) {
	case domain.Book:
		a.Booking, a.Err = b.Book(c, s)
	case domain.CancelTicket:
		a.Ticket, a.Err = b.CancelTicket(c, s)
	case domain.LeaveWaitlist:
		a.Err = b.LeaveWaitlist(c, s)
	case domain.ChangeEvent:
		a.Event, a.Err = b.ChangeEvent(c, s)
	case domain.CancelEvent:
		a.Event, a.Err = b.CancelEvent(c, s)
	}
	return a
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func stampAt(at time.Time) domain.Stamp { return domain.Stamp{At: at, NewID: newID} }

// create keeps a new event.
func (f *fixture) create(n domain.NewEvent) domain.Event {
	f.Helper()
	event, err := f.store.Create(f.Context(), n.Event(domain.EventID{UUID: newID()}, now()), domain.IdempotencyKey{})
	require.NoError(f, err, "Create keeps a new event")
	return event
}

// sale keeps a published event without limits.
func (f *fixture) sale(totalTickets int) domain.Event {
	f.Helper()
	return f.create(domain.NewEvent{Name: "Concert", TotalTickets: totalTickets})
}

// try decides commands in one batch, all at the same time of the day.
func (f *fixture) try(commands ...domain.Command) ([]answer, error) {
	at := now()
	return f.tryAt(func(int) time.Time { return at }, commands...)
}

// tryAt decides commands in one batch, the i-th of them at the time at(i).
func (f *fixture) tryAt(at func(i int) time.Time, commands ...domain.Command) (answers []answer, err error) {
	var ids []domain.EventID
	seen := make(map[domain.EventID]bool)
	for _, c := range commands {
		if !seen[c.Event()] {
			seen[c.Event()] = true
			ids = append(ids, c.Event())
		}
	}
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(events, commands) }
	err = f.store.Update(f.Context(), ids, need, func(b *domain.Batch) error {
		answers = make([]answer, len(commands))
		for i, c := range commands {
			answers[i] = decide(b, c, stampAt(at(i)))
		}
		return b.Err()
	})
	return answers, err
}

// do decides commands in one batch, which has to be saved; any of them may be
// refused.
func (f *fixture) do(commands ...domain.Command) []answer {
	f.Helper()
	answers, err := f.try(commands...)
	require.NoError(f, err, "Update saves a batch")
	return answers
}

// accept decides commands one after another, each of which has to be accepted,
// and returns the last one's answer.
func (f *fixture) accept(commands ...domain.Command) answer {
	f.Helper()
	var last answer
	for _, c := range commands {
		last = f.do(c)[0]
		require.NoError(f, last.Err, "this command is to be accepted: %+v", c)
	}
	return last
}

// look lets decide work on an event with what a need asks for, and undoes it.
func (f *fixture) look(event domain.EventID, n domain.Need, decide func(b *domain.Batch)) {
	f.Helper()
	n.EventID = event
	err := f.store.Update(f.Context(), []domain.EventID{event},
		func([]domain.Event) []domain.Need { return []domain.Need{n} },
		func(b *domain.Batch) error {
			decide(b)
			return errUndo
		})
	require.Equal(f, errUndo, err, "an error of decide is returned as it is")
}

func (f *fixture) event(id domain.EventID) domain.Event {
	f.Helper()
	event, err := f.store.Event(f.Context(), id)
	require.NoError(f, err, "Event finds an event that was kept")
	return event
}

func (f *fixture) bookings(q ports.BookingQuery) []domain.Booking {
	f.Helper()
	if q.Limit == 0 {
		q.Limit = everything
	}
	bookings, err := f.store.Bookings(f.Context(), q)
	require.NoError(f, err, "Bookings lists the bookings of an event that was kept")
	return bookings
}

func (f *fixture) allBookings(id domain.EventID) []domain.Booking {
	f.Helper()
	return f.bookings(ports.BookingQuery{EventID: id})
}

// state is all that a store tells of an event.
func (f *fixture) state(id domain.EventID) string {
	f.Helper()
	return text(f.event(id)) + text(f.allBookings(id)...)
}

func (f *fixture) person(identifier string) domain.Person {
	f.Helper()
	person, err := domain.NewPerson(identifier)
	require.NoError(f, err)
	return person
}

func (f *fixture) book(e domain.Event, who string, quantity int) domain.Book {
	f.Helper()
	return domain.Book{EventID: e.ID, Person: f.person(who), Quantity: quantity}
}

// cancel names a ticket; the zero ticket is the person's latest.
func (f *fixture) cancel(e domain.Event, who string, t domain.Ticket) domain.CancelTicket {
	f.Helper()
	return domain.CancelTicket{EventID: e.ID, Person: f.person(who), TicketID: t.ID}
}

func leave(b domain.Booking) domain.LeaveWaitlist {
	return domain.LeaveWaitlist{EventID: b.EventID, BookingID: b.ID}
}

func resize(e domain.Event, totalTickets int) domain.ChangeEvent {
	return domain.ChangeEvent{EventID: e.ID, TotalTickets: &totalTickets}
}

func rename(e domain.Event, name string) domain.ChangeEvent {
	return domain.ChangeEvent{EventID: e.ID, Name: &name}
}

// key is an idempotency key, used for a request.
func key(key, request string) domain.IdempotencyKey {
	return domain.IdempotencyKey{Key: sha256.Sum256([]byte(key)), Request: sha256.Sum256([]byte(request))}
}

// same compares values by their text, which shows every field, in words.
func same[V any](t tb, want, got V, rule string, args ...any) {
	t.Helper()
	require.Equal(t, text(want), text(got), append([]any{rule}, args...)...)
}

// sameList is [same] for lists.
func sameList[V any](t tb, want, got []V, rule string, args ...any) {
	t.Helper()
	require.Equal(t, text(want...), text(got...), append([]any{rule}, args...)...)
}

// text has a line for each value.
func text[V any](values ...V) string {
	var lines strings.Builder
	for _, v := range values {
		fmt.Fprintf(&lines, "%+v\n", v)
	}
	return lines.String()
}
