package mysql_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestEventsThatSomebodyKeepsLockedAreNamedAndNothingIsDone(t *testing.T) {
	t.Parallel()
	for name, remembers := range map[string]bool{"first decided": true, "first locked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := mysqltest.DSN(t)
			store := openStore(t, mysql.Config{DSN: dsn})
			free, locked := newEvent(t, store, 10), newEvent(t, store, 10)
			if remembers {
				_, err := run(t.Context(), store, books(2, free, locked)...)
				require.NoError(t, err)
			}
			before, err := store.Event(t.Context(), free.ID)
			require.NoError(t, err)

			db, err := sql.Open("mysql", dsn)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			other, err := db.Begin()
			require.NoError(t, err)
			var id []byte
			require.NoError(t, other.QueryRow("SELECT id FROM events WHERE id = ? FOR UPDATE", locked.ID.UUID[:]).Scan(&id))

			_, err = run(t.Context(), store, books(2, free, locked)...)
			var named *ports.LockedError
			require.ErrorAs(t, err, &named)
			require.ErrorIs(t, err, ports.ErrStoreUnavailable)
			require.Equal(t, []domain.EventID{locked.ID}, named.Events)
			after, err := store.Event(t.Context(), free.ID)
			require.NoError(t, err)
			require.Equal(t, before, after)

			_, err = run(t.Context(), store, books(1, free)...)
			require.NoError(t, err)
			require.NoError(t, other.Rollback())
			_, err = run(t.Context(), store, books(2, free, locked)...)
			require.NoError(t, err)
		})
	}
}

// A key that is used on what is over already changes no event, so that nothing
// but the key itself tells another server of it.
func TestKeyThatAnotherServerUsesMeanwhileIsFound(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	store, other := openStore(t, mysql.Config{DSN: dsn}), openStore(t, mysql.Config{DSN: dsn})
	event, person := newEvent(t, store, 10), newPerson()
	bookings, err := run(t.Context(), store,
		domain.Book{EventID: event.ID, Person: person}, domain.Book{EventID: event.ID, Person: person})
	require.NoError(t, err)
	cancel := func(booking int) domain.CancelTickets {
		return domain.CancelTickets{EventID: event.ID, Person: person, TicketID: bookings[booking].Tickets[0].ID}
	}
	_, err = run(t.Context(), store, cancel(0))
	require.NoError(t, err)

	key := domain.NewIdempotencyKey("a caller", "a key")
	theirs, ours := cancel(0), cancel(1)
	theirs.Key, ours.Key = key, key
	now, attempts := stamp(), 0
	var refusal error
	err = store.Update(t.Context(), []domain.EventID{event.ID}, func(events []domain.Event) []domain.Need {
		return domain.NeedsOf(now.At, events, []domain.Command{ours})
	}, func(batch *domain.Batch) error {
		if attempts++; attempts == 1 { // before anything is locked
			_, err := run(t.Context(), other, theirs)
			require.NoError(t, err)
		}
		_, refusal = batch.Decide(ours, now)
		return nil
	})
	require.NoError(t, err)
	require.ErrorIs(t, refusal, domain.ErrIdempotencyKeyReused)
	require.Equal(t, 2, attempts)
}

// The same where ours would be refused, and so not use the key: it is a repeat.
func TestKeyOfARefusalThatAnotherServerUsesMeanwhileIsFound(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	store, other := openStore(t, mysql.Config{DSN: dsn}), openStore(t, mysql.Config{DSN: dsn})
	event, person := newEvent(t, store, 10), newPerson()
	booked, err := run(t.Context(), store, domain.Book{EventID: event.ID, Person: person})
	require.NoError(t, err)
	confirm := domain.Confirm{EventID: event.ID, BookingID: booked[0].ID, Key: domain.NewIdempotencyKey("a caller", "a key")}
	ours := []domain.Command{domain.CancelTickets{EventID: event.ID, Person: person}, confirm}

	now, attempts := stamp(), 0
	var confirmed error
	err = store.Update(t.Context(), []domain.EventID{event.ID}, func(events []domain.Event) []domain.Need {
		return domain.NeedsOf(now.At, events, ours)
	}, func(batch *domain.Batch) error {
		if attempts++; attempts == 1 { // before anything is locked
			_, err := run(t.Context(), other, confirm) // which is booked already
			require.NoError(t, err)
		}
		_, err := batch.Decide(ours[0], now)
		require.NoError(t, err)
		_, confirmed = batch.Decide(confirm, now)
		return nil
	})
	require.NoError(t, err)
	var repeat *domain.Repeat
	require.ErrorAs(t, confirmed, &repeat)
	require.Equal(t, 2, attempts)
}
