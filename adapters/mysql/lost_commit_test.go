package mysql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// commit is a way in which a COMMIT can go wrong.
type commit struct {
	name  string
	fails func(c *tappedConn, packet []byte) error
}

// late lets COMMIT reach the server on a connection that the driver has given
// up, when the store already asks what became of it.
func late(c *tappedConn, packet []byte) error {
	go func() {
		for asking := false; !asking; { // until somebody waits for the lock
			time.Sleep(time.Millisecond)
			for _, statement := range c.tap.take() {
				asking = asking || strings.HasSuffix(statement, "FOR UPDATE")
			}
		}
		_, _ = c.Conn.Write(packet) // the test fails if it doesn't arrive
		_, _ = c.Read(make([]byte, 64))
		_ = c.Close()
	}()
	return errCut
}

var commits = []commit{{"lost on its way", loseRequest}, {"answer lost", loseAnswer}, {"late", late}}

func TestBatchWhoseCommitIsLostIsAppliedOnce(t *testing.T) {
	t.Parallel()
	// Each makes a change of an event with one ticket, held by the first of
	// the bookings, for which the others wait.
	changes := map[string]func(e domain.Event, bookings []domain.Booking, holder domain.Person) domain.Command{
		"booking": func(e domain.Event, _ []domain.Booking, _ domain.Person) domain.Command {
			return domain.Book{EventID: e.ID, Person: newPerson()}
		},
		"cancelling": func(e domain.Event, _ []domain.Booking, holder domain.Person) domain.Command {
			return domain.CancelTickets{EventID: e.ID, Person: holder}
		},
		"leaving": func(e domain.Event, bookings []domain.Booking, _ domain.Person) domain.Command {
			return domain.LeaveWaitlist{EventID: e.ID, BookingID: bookings[2].ID}
		},
		"renaming": func(e domain.Event, _ []domain.Booking, _ domain.Person) domain.Command {
			name := "Another name"
			return domain.ChangeEvent{EventID: e.ID, Name: &name}
		},
		"calling off": func(e domain.Event, _ []domain.Booking, _ domain.Person) domain.Command {
			return domain.CancelEvent{EventID: e.ID}
		},
	}
	for _, commit := range commits {
		for name, change := range changes {
			t.Run(commit.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				tap, dsn := tapped(t, mysqltest.DSN(t))
				store := openStore(t, mysql.Config{DSN: dsn})
				event := newEvent(t, store, 1)
				holder := newPerson()
				commands := append([]domain.Command{domain.Book{EventID: event.ID, Person: holder}}, books(2, event)...)
				bookings, err := run(t.Context(), store, commands...)
				require.NoError(t, err)
				before, err := store.Event(t.Context(), event.ID)
				require.NoError(t, err)

				tap.onCommit(commit.fails)
				_, err = run(t.Context(), store, change(event, bookings, holder))
				require.NoError(t, err)

				after, err := store.Event(t.Context(), event.ID)
				require.NoError(t, err)
				require.Equal(t, before.Version+1, after.Version, "the change must be there, once")
				require.EqualValues(t, 1, store.Stats().LostCommits)
			})
		}
	}
}

func TestCreationWhoseCommitIsLostIsAppliedOnce(t *testing.T) {
	t.Parallel()
	keys := map[string]func() domain.IdempotencyKey{
		"without a key": func() (none domain.IdempotencyKey) { return none },
		"with a key":    func() domain.IdempotencyKey { return domain.NewIdempotencyKey("a caller", uuid.NewString()) },
	}
	for _, commit := range commits {
		for name, key := range keys {
			t.Run(commit.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				tap, dsn := tapped(t, mysqltest.DSN(t))
				store := openStore(t, mysql.Config{DSN: dsn})
				made := creationOf(t, domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 1}, Key: key()})
				event := made.Event

				tap.onCommit(commit.fails)
				created, err := store.Create(t.Context(), made)
				require.NoError(t, err)
				require.Equal(t, event, created)

				kept, err := store.Event(t.Context(), event.ID)
				require.NoError(t, err)
				require.Equal(t, event, kept)
			})
		}
	}
}

func TestOutcomeIsUnknownWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	store := openStore(t, mysql.Config{DSN: dsn})
	event := newEvent(t, store, 1)

	tap.onCommit(func(c *tappedConn, packet []byte) error {
		defer tap.setAway(true)
		return loseAnswer(c, packet)
	})
	defer tap.setAway(false)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := run(ctx, store, books(1, event)...)
	require.ErrorIs(t, err, ports.ErrOutcomeUnknown)
}

// Others may have changed the event since, even to the same version at the same
// time: where the event's time is ahead of their clocks, all changes have one.
func TestLostCommitIsToldFromAnothersOfTheSameVersionAndTime(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*tappedConn, []byte) error{"lost on its way": loseRequest, "answer lost": loseAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := mysqltest.DSN(t)
			tap, tappedDSN := tapped(t, dsn)
			store, other := openStore(t, mysql.Config{DSN: tappedDSN}), openStore(t, mysql.Config{DSN: dsn})
			event := newEvent(t, store, 1)
			_, err := runAt(t.Context(), store, later(8*time.Second), books(1, event)...)
			require.NoError(t, err)

			ours, theirs := "Our name", "Their name"
			tap.onCommit(func(c *tappedConn, packet []byte) error {
				err := fails(c, packet)
				_, others := run(t.Context(), other, domain.ChangeEvent{EventID: event.ID, Name: &theirs})
				return errors.Join(err, others)
			})
			_, err = run(t.Context(), store, domain.ChangeEvent{EventID: event.ID, Name: &ours})
			require.NoError(t, err)

			var names []string
			for _, r := range journalOf(t, store, event.ID) {
				if r.Kind == domain.EventWasChanged {
					names = append(names, r.Event.Name)
				}
			}
			require.ElementsMatch(t, []string{ours, theirs}, names)
			require.EqualValues(t, 1, store.Stats().LostCommits)
		})
	}
}

// What changes no event leaves only its key.
func TestLostCommitOfNothingButAKeyIsSettled(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*tappedConn, []byte) error{"lost on its way": loseRequest, "answer lost": loseAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tap, dsn := tapped(t, mysqltest.DSN(t))
			store := openStore(t, mysql.Config{DSN: dsn})
			event := newEvent(t, store, 1)
			bookings, err := run(t.Context(), store, books(1, event)...)
			require.NoError(t, err)

			tap.onCommit(fails)
			confirm := domain.Confirm{EventID: event.ID, BookingID: bookings[0].ID, Key: domain.NewIdempotencyKey("a caller", "a key")}
			_, err = run(t.Context(), store, confirm)
			require.NoError(t, err)
			require.EqualValues(t, 1, store.Stats().LostCommits)

			var repeat *domain.Repeat
			_, err = run(t.Context(), store, confirm)
			require.ErrorAs(t, err, &repeat)
		})
	}
}

// later is a stamp by a clock that is so far ahead.
func later(d time.Duration) domain.Stamp {
	s := stamp()
	s.At = s.At.Add(d)
	return s
}
