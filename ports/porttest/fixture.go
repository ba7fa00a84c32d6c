package porttest

import (
	"context"
	"errors"
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
	domain.Result
	Err error
}

// decide decides a command.
func decide(b *domain.Batch, c domain.Command, s domain.Stamp) answer {
	r, err := b.Decide(c, s)
	return answer{r, err}
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func stampAt(at time.Time) domain.Stamp { return domain.Stamp{At: at, NewID: newID} }

// now is a stamp of the store's time.
func (f *fixture) now() domain.Stamp { return stampAt(f.store.Now()) }

// creation is a new event before it is kept.
func (f *fixture) creation(c domain.CreateEvent, s domain.Stamp) domain.Creation {
	f.Helper()
	for {
		creation, err := c.Decide(s)
		require.NoError(f, err)
		if c.Key != (domain.IdempotencyKey{}) || f.isNear(creation.Event.ID) { // a key decides on the id
			return creation
		}
	}
}

// isNear reports whether an event may be in one batch with the others. They all
// are on one shard, if the store has shards, which it knows once it was asked
// something.
func (f *fixture) isNear(event domain.EventID) bool {
	f.store.Now()
	store, ok := f.store.(interface {
		ShardOf(event domain.EventID) string
	})
	return !ok || store.ShardOf(event) == store.ShardOf(domain.EventID{})
}

// missing is the id of an event that nobody has created.
func (f *fixture) missing() domain.EventID {
	for {
		if id := (domain.EventID{UUID: newID()}); f.isNear(id) {
			return id
		}
	}
}

// create keeps a new event.
func (f *fixture) create(c domain.CreateEvent) domain.Event {
	f.Helper()
	return f.createAt(c, f.store.Now())
}

func (f *fixture) createAt(c domain.CreateEvent, at time.Time) domain.Event {
	f.Helper()
	event, err := f.store.Create(f.Context(), f.creation(c, stampAt(at)))
	require.NoError(f, err, "Create keeps a new event")
	return event
}

// sale keeps a published event; settings change what it is otherwise.
func (f *fixture) sale(totalTickets int, settings ...func(*domain.Settings)) domain.Event {
	f.Helper()
	return f.create(domain.CreateEvent{Settings: concert(totalTickets, settings...)})
}

func concert(totalTickets int, settings ...func(*domain.Settings)) domain.Settings {
	s := domain.Settings{Name: "Concert", TotalTickets: totalTickets}
	for _, change := range settings {
		change(&s)
	}
	return s
}

func perUser(most int) func(*domain.Settings) {
	return func(s *domain.Settings) { s.MaxTicketsPerUser = domain.AtMost(most) }
}

// held lets bookings and claims be held for so many seconds.
func held(hold, claim int) func(*domain.Settings) {
	return func(s *domain.Settings) { s.HoldSeconds, s.ClaimSeconds = hold, claim }
}

// try decides commands in one batch, at the store's time.
func (f *fixture) try(commands ...domain.Command) ([]answer, error) {
	return f.tryAt(f.store.Now, commands...)
}

// tryAt decides commands in one batch. The time is taken before the need, and it
// is that of all of them.
func (f *fixture) tryAt(clock func() time.Time, commands ...domain.Command) (answers []answer, err error) {
	var at time.Time
	need := func(events []domain.Event) []domain.Need {
		at = clock()
		return domain.NeedsOf(at, events, commands)
	}
	err = f.store.Update(f.Context(), eventsOf(commands), need, func(b *domain.Batch) error {
		answers = make([]answer, len(commands))
		for i, c := range commands {
			answers[i] = decide(b, c, stampAt(at))
		}
		return b.Err()
	})
	return answers, err
}

func eventsOf(commands []domain.Command) []domain.EventID {
	var ids []domain.EventID
	seen := make(map[domain.EventID]bool)
	for _, c := range commands {
		if id := domain.EventOf(c); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// do decides commands in one batch, which has to be saved; any of them may be
// refused.
func (f *fixture) do(commands ...domain.Command) []answer {
	f.Helper()
	answers, err := f.try(commands...)
	require.NoError(f, err, "Update saves a batch")
	return answers
}

// doAt is do when the store's clock says at.
func (f *fixture) doAt(at time.Time, commands ...domain.Command) []answer {
	f.Helper()
	answers, err := f.tryAt(func() time.Time { return at }, commands...)
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
		require.NoError(f, last.Err, "this command is to be accepted: %s", words(c))
	}
	return last
}

// acceptAt is accept when the store's clock says at.
func (f *fixture) acceptAt(at time.Time, c domain.Command) answer {
	f.Helper()
	a := f.doAt(at, c)[0]
	require.NoError(f, a.Err, "this command is to be accepted: %s", words(c))
	return a
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

func (f *fixture) booking(b domain.Booking) domain.Booking {
	f.Helper()
	booking, err := f.store.Booking(f.Context(), b.EventID, b.ID)
	require.NoError(f, err, "Booking finds a booking that was kept")
	return booking
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

// state is all that a store tells of an event, but for its journal.
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
func (f *fixture) cancel(e domain.Event, who string, t domain.Ticket) domain.CancelTickets {
	f.Helper()
	return domain.CancelTickets{EventID: e.ID, Person: f.person(who), TicketID: t.ID}
}

func leave(b domain.Booking) domain.LeaveWaitlist {
	return domain.LeaveWaitlist{EventID: b.EventID, BookingID: b.ID}
}

func giveBack(b domain.Booking) domain.GiveBack {
	return domain.GiveBack{EventID: b.EventID, BookingID: b.ID}
}

func confirm(b domain.Booking) domain.Confirm {
	return domain.Confirm{EventID: b.EventID, BookingID: b.ID}
}

func extend(b domain.Booking, seconds int) domain.Extend {
	return domain.Extend{EventID: b.EventID, BookingID: b.ID, Seconds: seconds}
}

func (f *fixture) transfer(b domain.Booking, to string) domain.Transfer {
	f.Helper()
	return domain.Transfer{EventID: b.EventID, BookingID: b.ID, Person: f.person(to)}
}

func (f *fixture) erase(e domain.Event, who string, force bool) domain.ErasePerson {
	f.Helper()
	return domain.ErasePerson{EventID: e.ID, Person: f.person(who), NewUserID: domain.UserID{UUID: newID()}, Force: force}
}

func resize(e domain.Event, totalTickets int) domain.ChangeEvent {
	return domain.ChangeEvent{EventID: e.ID, TotalTickets: &totalTickets}
}

func rename(e domain.Event, name string) domain.ChangeEvent {
	return domain.ChangeEvent{EventID: e.ID, Name: &name}
}

func key(key string) domain.IdempotencyKey { return domain.NewIdempotencyKey("caller", key) }

// journal is all of an event's journal.
func (f *fixture) journal(id domain.EventID) []domain.Record {
	f.Helper()
	records, err := f.store.Journal(f.Context(), ports.JournalQuery{EventID: id, Limit: everything})
	require.NoError(f, err, "Journal lists the records of an event that was kept")
	return records
}
