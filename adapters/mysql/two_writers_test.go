package mysql_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestTwoServersAtWorkOnTheSameEventsKeepTheBooks(t *testing.T) {
	t.Parallel()
	const events, tickets, lanes, batches, commandsOfBatch = 40, 10, 4, 15, 40
	for _, isolation := range []string{mysql.Serializable, mysql.RepeatableRead, mysql.ReadCommitted} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			dsn := mysqltest.DSN(t)
			first := openStore(t, mysql.Config{DSN: dsn, Isolation: isolation})
			second := openStore(t, mysql.Config{DSN: dsn, Isolation: isolation})
			sale := make([]domain.Event, events)
			for i := range sale {
				sale[i] = newEvent(t, first, tickets)
			}

			var lanesAtWork errgroup.Group
			for _, store := range []*mysql.Store{first, second} {
				for range lanes {
					lanesAtWork.Go(func() error {
						return workALane(t.Context(), store, sale, batches, commandsOfBatch)
					})
				}
			}
			require.NoError(t, lanesAtWork.Wait())

			accepted := 0
			for _, event := range sale {
				accepted += checkBooks(t, second, event.ID)
			}
			require.Positive(t, accepted)
			a, b := first.Stats(), second.Stats()
			t.Logf("%d bookings, %d deadlocks, %d lock waits", accepted, a.Deadlocks+b.Deadlocks, a.LockWaits+b.LockWaits)
			// Where locks are taken in one order, deadlocks are the server's own
			// affair and rare; one in ten batches means that the order is lost.
			require.Less(t, a.Deadlocks+b.Deadlocks, uint64(2*lanes*batches/10))
		})
	}
}

// workALane books for new people, and cancels and leaves for some of them.
func workALane(ctx context.Context, store ports.Store, sale []domain.Event, batches, size int) error {
	var leaving []domain.Command
	for range batches {
		commands := leaving
		leaving = nil
		for len(commands) < size {
			person, event := newPerson(), sale[rand.IntN(len(sale))].ID
			commands = append(commands, domain.Book{EventID: event, Person: person, Quantity: 1 + rand.IntN(2)})
			if rand.IntN(4) == 0 {
				leaving = append(leaving, domain.CancelTickets{EventID: event, Person: person})
			}
		}
		bookings, err := run(ctx, store, commands...)
		for isLocked(err) { // by the other server, for longer than a store waits
			bookings, err = run(ctx, store, commands...)
		}
		if err != nil && !isRefusal(err) {
			return err
		}
		for _, b := range bookings {
			if b.Status == domain.BookingWaiting && rand.IntN(3) == 0 {
				leaving = append(leaving, domain.LeaveWaitlist{EventID: b.EventID, BookingID: b.ID})
			}
		}
	}
	return nil
}

func isLocked(err error) bool {
	_, locked := errors.AsType[*ports.LockedError](err)
	return locked
}

// checkBooks holds an event's rows to the rules of package domain, and returns
// how many bookings it has.
func checkBooks(tb testing.TB, store ports.Store, id domain.EventID) int {
	tb.Helper()
	event, err := store.Event(tb.Context(), id)
	require.NoError(tb, err)
	bookings, err := store.Bookings(tb.Context(), ports.BookingQuery{EventID: id, Limit: 1 << 20})
	require.NoError(tb, err)

	booked, waits, firstWaits := 0, 0, 0
	for i, b := range bookings {
		require.EqualValues(tb, i+1, b.Sequence)
		for _, ticket := range b.Tickets {
			if ticket.Status == domain.TicketBooked {
				booked++
			}
		}
		if b.Status == domain.BookingWaiting {
			waits++
			require.Equal(tb, waits, b.Position)
			if waits == 1 {
				firstWaits = b.Quantity
			}
		}
	}
	require.Equal(tb, event.TotalTickets, booked+event.AvailableTickets)
	require.Equal(tb, event.Line.Waiting, waits)
	if waits > 0 {
		require.Less(tb, event.AvailableTickets, firstWaits, "the head fits, so it must have been promoted")
	}
	return len(bookings)
}
