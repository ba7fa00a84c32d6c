package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestBatchOfEventsLeftByTheSameStoreTakesTwoRoundTrips(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	store := openStore(t, mysql.Config{DSN: dsn})
	events := []domain.Event{newEvent(t, store, 100), newEvent(t, store, 100)}
	_, err := run(t.Context(), store, books(2, events...)...)
	require.NoError(t, err)

	tap.take()
	_, err = run(t.Context(), store, books(20, events...)...)
	require.NoError(t, err)
	packets := tap.take()
	require.Len(t, packets, 2, packets)
	require.Contains(t, packets[0], "FOR UPDATE;\n", "all the same, the events are locked before anything is written")
	require.Equal(t, "COMMIT", packets[1])
}

func TestWhatAnotherServerChangedIsNotDecidedFromMemory(t *testing.T) {
	t.Parallel()
	noLine, one := domain.AtMost(0), domain.Book{Person: newPerson()}
	// What another server does to an event of two tickets of which the first
	// is booked, and what a booking comes to then.
	tests := map[string]struct {
		others []domain.Command
		status domain.BookingStatus
		err    error
	}{
		"booked":       {[]domain.Command{domain.Book{Person: newPerson()}}, "", domain.ErrWaitlistFull},
		"cancelled":    {[]domain.Command{domain.Book{Person: newPerson()}, domain.CancelTickets{Person: one.Person}}, domain.BookingBooked, nil},
		"opened":       {[]domain.Command{domain.Book{Person: newPerson()}, domain.ChangeEvent{MaxWaitlist: new(domain.AtMost(1))}}, domain.BookingWaiting, nil},
		"called off":   {[]domain.Command{domain.CancelEvent{}}, "", domain.ErrEventCancelled},
		"only renamed": {[]domain.Command{domain.ChangeEvent{Name: new("Another name")}}, domain.BookingBooked, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := mysqltest.DSN(t)
			store, other := openStore(t, mysql.Config{DSN: dsn}), openStore(t, mysql.Config{DSN: dsn})
			event := newEvent(t, store, 2)
			_, err := run(t.Context(), store, of(event, domain.ChangeEvent{MaxWaitlist: &noLine}, one)...)
			require.NoError(t, err)
			before, err := store.Event(t.Context(), event.ID)
			require.NoError(t, err)

			_, err = run(t.Context(), other, of(event, test.others...)...)
			require.NoError(t, err)
			bookings, err := run(t.Context(), store, of(event, domain.Book{Person: newPerson()})...)

			require.ErrorIs(t, err, test.err)
			changes := len(test.others)
			if test.err == nil {
				require.Equal(t, test.status, bookings[0].Status)
				changes++
			}
			after, err := store.Event(t.Context(), event.ID)
			require.NoError(t, err)
			require.EqualValues(t, changes, after.Version-before.Version)
		})
	}
}

// Of a rename nothing collides with a booking but the version: the guess is found
// by the lock, and could not be kept in the journal either.
func TestWhatAnotherServerChangesMeanwhileIsFound(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]domain.Command{
		"booked": domain.Book{Person: newPerson()}, "only renamed": domain.ChangeEvent{Name: new("Another name")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := mysqltest.DSN(t)
			store, other := openStore(t, mysql.Config{DSN: dsn}), openStore(t, mysql.Config{DSN: dsn})
			event := newEvent(t, store, 2)
			_, err := run(t.Context(), store, books(1, event)...)
			require.NoError(t, err)

			now, attempts := stamp(), 0
			book := domain.Book{EventID: event.ID, Person: newPerson()}
			var booked domain.Result
			err = store.Update(t.Context(), []domain.EventID{event.ID}, func(events []domain.Event) []domain.Need {
				return domain.NeedsOf(now.At, events, []domain.Command{book})
			}, func(batch *domain.Batch) error {
				if attempts++; attempts == 1 { // before anything is locked
					_, err := run(t.Context(), other, of(event, change)...)
					require.NoError(t, err)
				}
				booked, err = batch.Decide(book, now)
				return err
			})
			require.NoError(t, err)
			require.Equal(t, 2, attempts)
			require.EqualValues(t, 4, booked.Event.Version)
			journal, err := store.Journal(t.Context(), ports.JournalQuery{EventID: event.ID})
			require.NoError(t, err)
			for i, r := range journal {
				require.EqualValues(t, i+1, r.Version)
			}
			require.Len(t, journal, 4)
		})
	}
}

// of makes the commands those of an event.
func of(event domain.Event, commands ...domain.Command) []domain.Command {
	all := make([]domain.Command, len(commands))
	for i, command := range commands {
		switch c := command.(type) {
		case domain.Book:
			c.EventID = event.ID
			all[i] = c
		case domain.CancelTickets:
			c.EventID = event.ID
			all[i] = c
		case domain.ChangeEvent:
			c.EventID = event.ID
			all[i] = c
		case domain.CancelEvent:
			c.EventID = event.ID
			all[i] = c
		}
	}
	return all
}
