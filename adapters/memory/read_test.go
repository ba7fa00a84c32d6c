package memory_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/system"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Several chunks of bookings, some without a booking that waits or one that is
// cancelled, are searched as if every booking were looked at.
func TestBookingsAreFoundAsByLookingAtEach(t *testing.T) {
	t.Parallel()
	const tickets, bookings, regulars = 2500, 4500, 7
	store := memory.New()
	event := create(t, store, tickets)
	people := make([]domain.Person, regulars)
	for i := range people {
		people[i] = person(t, fmt.Sprint("regular ", i))
	}
	for i := range bookings {
		update(t, store, domain.Book{EventID: event, Person: people[i%regulars], Quantity: 1})
	}
	all, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: event, Limit: bookings})
	require.NoError(t, err)
	for _, i := range []int{0, 1, 2, 1022, 1023, 1024, 2047, 2048} {
		update(t, store, domain.CancelTicket{EventID: event, Person: people[i%regulars], TicketID: all[i].Tickets[0].ID})
	}
	for i := 3000; i < 4300; i += 2 {
		update(t, store, domain.LeaveWaitlist{EventID: event, BookingID: all[i].ID})
	}
	all, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event, Limit: bookings})
	require.NoError(t, err)
	require.Len(t, all, bookings)

	stranger := person(t, "stranger")
	for _, userID := range []domain.UserID{{}, people[0].UserID(), people[3].UserID(), stranger.UserID()} {
		for _, status := range []domain.BookingStatus{"", domain.BookingBooked, domain.BookingWaiting, domain.BookingCancelled} {
			for _, after := range []int64{-1, 0, 1, 1023, 1024, 1025, 2503, 3001, 4499, 4500, 4501, math.MaxInt64} {
				query := ports.BookingQuery{EventID: event, UserID: userID, Status: status, AfterSequence: after, Limit: 60}
				found, err := store.Bookings(t.Context(), query)
				require.NoError(t, err)
				require.Equal(t, lookAtEach(all, query), found, "%+v", query)
			}
		}
	}
}

func lookAtEach(all []domain.Booking, query ports.BookingQuery) (found []domain.Booking) {
	for _, b := range all {
		if len(found) < query.Limit && b.Sequence > query.AfterSequence &&
			(query.UserID == domain.UserID{} || b.UserID == query.UserID) &&
			(query.Status == "" || b.Status == query.Status) {
			found = append(found, b)
		}
	}
	return found
}

func TestEventsNeverShowsHalfABatch(t *testing.T) {
	t.Parallel()
	store := memory.New()
	one, two := create(t, store, 1), create(t, store, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for total := 2; total < 500; total++ {
			update(t, store,
				domain.ChangeEvent{EventID: one, TotalTickets: &total},
				domain.ChangeEvent{EventID: two, TotalTickets: &total})
		}
	}()
	t.Cleanup(func() { <-done })
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		events, err := store.Events(t.Context(), ports.EventQuery{Limit: 2})
		require.NoError(t, err)
		require.Len(t, events, 2)
		require.Equal(t, events[0].TotalTickets, events[1].TotalTickets)
	}
}

func TestCreateRefusesAnIDThatIsTakenWithoutTheSameKey(t *testing.T) {
	t.Parallel()
	store := memory.New()
	taken := domain.NewEvent{Name: "Concert", TotalTickets: 1}.
		Event(domain.EventID{UUID: system.IDs{}.NewID()}, system.Clock{}.Now())
	_, err := store.Create(t.Context(), taken, domain.IdempotencyKey{})
	require.NoError(t, err)
	for _, key := range []domain.IdempotencyKey{{}, {Key: [32]byte{1}, Request: [32]byte{2}}} {
		_, err := store.Create(t.Context(), taken, key)
		require.ErrorContains(t, err, taken.ID.String())
	}
}

func person(tb testing.TB, identifier string) domain.Person {
	tb.Helper()
	p, err := domain.NewPerson(identifier)
	if err != nil {
		tb.Error(err)
	}
	return p
}

func create(tb testing.TB, store *memory.Store, totalTickets int) domain.EventID {
	tb.Helper()
	id := domain.EventID{UUID: system.IDs{}.NewID()}
	event := domain.NewEvent{Name: "Concert", TotalTickets: totalTickets}.Event(id, system.Clock{}.Now())
	if _, err := store.Create(tb.Context(), event, domain.IdempotencyKey{}); err != nil {
		tb.Error(err)
	}
	return id
}

// update decides commands in one batch, none of which may be refused.
func update(tb testing.TB, store *memory.Store, commands ...domain.Command) {
	tb.Helper()
	var ids []domain.EventID
	for _, c := range commands {
		ids = append(ids, c.Event())
	}
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(events, commands) }
	err := store.Update(tb.Context(), ids, need, func(batch *domain.Batch) error {
		stamp := domain.Stamp{At: system.Clock{}.Now(), NewID: system.IDs{}.NewID}
		for _, command := range commands {
			var err error
			switch c := command.(type) {
			case domain.Book:
				_, err = batch.Book(c, stamp)
			case domain.CancelTicket:
				_, err = batch.CancelTicket(c, stamp)
			case domain.LeaveWaitlist:
				err = batch.LeaveWaitlist(c, stamp)
			case domain.ChangeEvent:
				_, err = batch.ChangeEvent(c, stamp)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
}
