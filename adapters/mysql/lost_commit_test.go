package mysql_test

import (
	"context"
	"crypto/sha256"
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
			return domain.Book{EventID: e.ID, Person: newPerson(), Quantity: 1}
		},
		"cancelling": func(e domain.Event, _ []domain.Booking, holder domain.Person) domain.Command {
			return domain.CancelTicket{EventID: e.ID, Person: holder}
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
				commands := append([]domain.Command{domain.Book{EventID: event.ID, Person: holder, Quantity: 1}}, books(2, event)...)
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
	keys := map[string]domain.IdempotencyKey{
		"without a key": {},
		"with a key":    {Key: sha256.Sum256([]byte("key")), Request: sha256.Sum256([]byte("request"))},
	}
	for _, commit := range commits {
		for name, key := range keys {
			t.Run(commit.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				tap, dsn := tapped(t, mysqltest.DSN(t))
				store := openStore(t, mysql.Config{DSN: dsn})
				event := domain.NewEvent{Name: "Concert", TotalTickets: 1}.Event(domain.EventID{UUID: uuid.New()}, stamp().At)

				tap.onCommit(commit.fails)
				created, err := store.Create(t.Context(), event, key)
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
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := run(ctx, store, books(1, event)...)
	require.ErrorIs(t, err, ports.ErrOutcomeUnknown)
}

// A head that somebody else has written over since can't tell who did what.
func TestOutcomeIsUnknownWhenOthersWroteOverTheOnlyTrace(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	tap, tappedDSN := tapped(t, dsn)
	store, other := openStore(t, mysql.Config{DSN: tappedDSN}), openStore(t, mysql.Config{DSN: dsn})
	event := newEvent(t, store, 1)

	tap.onCommit(func(c *tappedConn, packet []byte) error {
		if err := loseAnswer(c, packet); err != nil {
			return err
		}
		_, err := run(t.Context(), other, books(1, event)...)
		return err
	})
	name := "Another name"
	_, err := run(t.Context(), store, domain.ChangeEvent{EventID: event.ID, Name: &name})
	require.ErrorIs(t, err, ports.ErrOutcomeUnknown)
}
