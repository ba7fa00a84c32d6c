package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var people atomic.Int64

// newPerson is somebody who never came before.
func newPerson() domain.Person {
	person, err := domain.NewPerson(fmt.Sprintf("person%d@example.com", people.Add(1)))
	if err != nil {
		panic(err)
	}
	return person
}

func stamp() domain.Stamp {
	return domain.Stamp{At: ports.SystemClock{}.Now(), NewID: ports.RandomIDs{}.NewID}
}

// creation is that of an event with so many tickets, and nothing else.
func creation(tb testing.TB, tickets int) domain.Creation {
	tb.Helper()
	return creationOf(tb, domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: tickets}})
}

func creationOf(tb testing.TB, c domain.CreateEvent) domain.Creation {
	tb.Helper()
	made, err := c.Decide(stamp())
	require.NoError(tb, err)
	return made
}

func newEvent(tb testing.TB, store ports.Store, tickets int) domain.Event {
	tb.Helper()
	return newEventOf(tb, store, domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: tickets}})
}

// newEventOf creates an event that may be in one batch with the others: on the same
// shard, if the store has shards, which it knows once it was asked something.
func newEventOf(tb testing.TB, store ports.Store, c domain.CreateEvent) domain.Event {
	tb.Helper()
	store.Now()
	sharded, _ := store.(interface {
		ShardOf(event domain.EventID) string
	})
	for {
		made := creationOf(tb, c)
		if sharded != nil && sharded.ShardOf(made.Event.ID) != sharded.ShardOf(domain.EventID{}) {
			continue
		}
		created, err := store.Create(tb.Context(), made)
		require.NoError(tb, err)
		return created
	}
}

// run decides commands in one batch, at one time, and returns the bookings that
// were made or named and the first refusal.
func run(ctx context.Context, store ports.Store, commands ...domain.Command) ([]domain.Booking, error) {
	return runAt(ctx, store, stamp(), commands...)
}

func runAt(ctx context.Context, store ports.Store, at domain.Stamp, commands ...domain.Command) ([]domain.Booking, error) {
	events := make(map[domain.EventID]bool)
	for _, c := range commands {
		events[domain.EventOf(c)] = true
	}
	var bookings []domain.Booking
	var refusal error
	err := store.Update(ctx, slices.Collect(maps.Keys(events)), func(events []domain.Event) []domain.Need {
		return domain.NeedsOf(at.At, events, commands)
	}, func(batch *domain.Batch) error {
		bookings, refusal = nil, nil // of an attempt before
		for _, c := range commands {
			result, err := batch.Decide(c, at)
			if result.Booking.ID != (domain.BookingID{}) {
				bookings = append(bookings, result.Booking)
			}
			if refusal == nil {
				refusal = err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bookings, refusal
}

// books are bookings of one ticket each, by new people, of the events in turn.
func books(n int, events ...domain.Event) []domain.Command {
	commands := make([]domain.Command, n)
	for i := range commands {
		commands[i] = domain.Book{EventID: events[i%len(events)].ID, Person: newPerson()}
	}
	return commands
}

// isRefusal reports whether the domain refused a command, which the store has
// nothing to do with.
func isRefusal(err error) bool {
	var refusal *domain.Error
	return errors.As(err, &refusal) && !errors.Is(err, ports.ErrStoreUnavailable) && !errors.Is(err, ports.ErrOutcomeUnknown)
}

// journalOf reads all records of an event.
func journalOf(tb testing.TB, store ports.Store, event domain.EventID) []domain.Record {
	tb.Helper()
	var all []domain.Record
	query := ports.JournalQuery{EventID: event, Limit: 100}
	for {
		page, err := store.Journal(tb.Context(), query)
		require.NoError(tb, err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		query.After = ports.CursorOfRecord(page[len(page)-1])
	}
}

// bookingsOf reads all bookings that a query finds, in small pages.
func bookingsOf(tb testing.TB, store ports.Store, query ports.BookingQuery) []domain.Booking {
	tb.Helper()
	var all []domain.Booking
	for {
		page, err := store.Bookings(tb.Context(), query)
		require.NoError(tb, err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		query.AfterSequence = page[len(page)-1].Sequence
	}
}
