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

	"github.com/boxoffice-go/boxoffice/adapters/system"
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
	return domain.Stamp{At: system.Clock{}.Now(), NewID: system.IDs{}.NewID}
}

func newEvent(tb testing.TB, store ports.Store, tickets int) domain.Event {
	tb.Helper()
	event := domain.NewEvent{Name: "Concert", TotalTickets: tickets}.Event(domain.EventID{UUID: system.IDs{}.NewID()}, system.Clock{}.Now())
	created, err := store.Create(tb.Context(), event, domain.IdempotencyKey{})
	require.NoError(tb, err)
	return created
}

// run decides commands in one batch, at one time, and returns the bookings that were made
// and the first refusal.
func run(ctx context.Context, store ports.Store, commands ...domain.Command) ([]domain.Booking, error) {
	events := make(map[domain.EventID]bool)
	for _, c := range commands {
		events[c.Event()] = true
	}
	var bookings []domain.Booking
	var refusal error
	err := store.Update(ctx, slices.Collect(maps.Keys(events)), func(events []domain.Event) []domain.Need {
		return domain.NeedsOf(events, commands)
	}, func(batch *domain.Batch) error {
		bookings, refusal = nil, nil // of an attempt before
		now := stamp()
		for _, c := range commands {
			var booking domain.Booking
			var err error
			switch c := c.(type) {
			case domain.Book:
				booking, err = batch.Book(c, now)
				bookings = append(bookings, booking)
			case domain.CancelTicket:
				_, err = batch.CancelTicket(c, now)
			case domain.LeaveWaitlist:
				err = batch.LeaveWaitlist(c, now)
			case domain.ChangeEvent:
				_, err = batch.ChangeEvent(c, now)
			case domain.CancelEvent:
				_, err = batch.CancelEvent(c, now)
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
		commands[i] = domain.Book{EventID: events[i%len(events)].ID, Person: newPerson(), Quantity: 1}
	}
	return commands
}

// isRefusal reports whether the domain refused a command, which the store has
// nothing to do with.
func isRefusal(err error) bool {
	var refusal *domain.Error
	return errors.As(err, &refusal) && !errors.Is(err, ports.ErrStoreUnavailable) && !errors.Is(err, ports.ErrOutcomeUnknown)
}
