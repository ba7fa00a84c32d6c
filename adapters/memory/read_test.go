package memory_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
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
		update(t, store, domain.CancelTickets{EventID: event, Person: people[i%regulars], TicketID: all[i].Tickets[0].ID})
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

// Whoever is erased leaves no trace: neither how they were called, nor by which
// id, nor what they asked for.
func TestNothingIsLeftOfAnErasedPerson(t *testing.T) {
	t.Parallel()
	store := memory.New()
	event := create(t, store, 10)
	gone := person(t, "gone@example.com")
	book := domain.Book{EventID: event, Person: gone, Quantity: 2, Key: domain.NewIdempotencyKey("shop", "1")}
	update(t, store, book)
	update(t, store, domain.Book{EventID: event, Person: person(t, "other@example.com")})
	newID := domain.UserID{UUID: ports.RandomIDs{}.NewID()}
	update(t, store, domain.ErasePerson{EventID: event, Person: gone, NewUserID: newID, Force: true})
	require.NoError(t, store.ForgetRequests(t.Context(), gone.UserID()))

	all, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: event})
	require.NoError(t, err)
	require.Equal(t, []string{"", "other@example.com"}, []string{all[0].Identifier, all[1].Identifier})
	require.Equal(t, newID, all[0].UserID)
	require.Equal(t, newID, all[0].Tickets[1].UserID)
	theirs, err := store.PersonBookings(t.Context(), ports.PersonQuery{UserID: gone.UserID()})
	require.NoError(t, err)
	require.Empty(t, theirs)
	require.ErrorIs(t, tryUpdate(t, store, book), domain.ErrIdempotencyKeyReused)
}

func TestARepeatNamesTheTicketsThatWereCancelled(t *testing.T) {
	t.Parallel()
	store := memory.New()
	event := create(t, store, 10)
	ada := person(t, "ada@example.com")
	update(t, store, domain.Book{EventID: event, Person: ada, Quantity: 1}, domain.Book{EventID: event, Person: ada, Quantity: 2})
	bookings, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: event})
	require.NoError(t, err)
	first, second := bookings[0], bookings[1]
	for _, key := range []string{"1", "2"} { // each has tickets of its own
		cancel := domain.CancelTickets{EventID: event, Person: ada, Quantity: 1, Key: domain.NewIdempotencyKey("shop", key)}
		update(t, store, cancel)
	}
	both := domain.CancelTickets{EventID: event, Person: ada, Quantity: 2, Key: domain.NewIdempotencyKey("shop", "3")}
	update(t, store, domain.Book{EventID: event, Person: ada, Quantity: 1}, both)
	bookings, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event})
	require.NoError(t, err)
	third := bookings[2]

	for key, want := range map[string]*domain.Repeat{
		"1": {EventID: event, BookingID: second.ID, TicketIDs: []domain.TicketID{second.Tickets[1].ID}},
		"2": {EventID: event, BookingID: second.ID, TicketIDs: []domain.TicketID{second.Tickets[0].ID}},
		"3": {EventID: event, BookingID: first.ID, TicketIDs: []domain.TicketID{third.Tickets[0].ID, first.Tickets[0].ID}},
	} {
		quantity := len(want.TicketIDs)
		again := domain.CancelTickets{EventID: event, Person: ada, Quantity: quantity, Key: domain.NewIdempotencyKey("shop", key)}
		var repeat *domain.Repeat
		require.ErrorAs(t, tryUpdate(t, store, again), &repeat)
		require.Equal(t, want, repeat)
	}
}

func TestADueHoldIsFoundWhenItsTimeComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		event := createWith(t, store, domain.Settings{Name: "Concert", TotalTickets: 1, HoldSeconds: 30, ClaimSeconds: 60})
		begin := store.Now()
		update(t, store, domain.Book{EventID: event, Person: person(t, "somebody")})
		due, next, err := store.Due(t.Context(), 0)
		require.NoError(t, err)
		require.Empty(t, due)
		require.Equal(t, begin.Add(30*time.Second), next)

		time.Sleep(30 * time.Second)
		due, next, err = store.Due(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, []domain.EventID{event}, due)
		require.Zero(t, next)

		update(t, store, domain.CatchUp{EventID: event})
		due, next, err = store.Due(t.Context(), 0)
		require.NoError(t, err)
		require.Empty(t, due)
		require.Zero(t, next)
	})
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
	return createWith(tb, store, domain.Settings{Name: "Concert", TotalTickets: totalTickets})
}

func createWith(tb testing.TB, store *memory.Store, settings domain.Settings) domain.EventID {
	tb.Helper()
	creation, err := domain.CreateEvent{Settings: settings}.Decide(stampOf(store))
	if err != nil {
		tb.Error(err)
	}
	if _, err := store.Create(tb.Context(), creation); err != nil {
		tb.Error(err)
	}
	return creation.Event.ID
}

// update decides commands in one batch, none of which may be refused.
func update(tb testing.TB, store *memory.Store, commands ...domain.Command) {
	tb.Helper()
	if err := tryUpdate(tb, store, commands...); err != nil {
		tb.Error(err)
	}
}

// tryUpdate undoes the batch if a command is refused.
func tryUpdate(tb testing.TB, store *memory.Store, commands ...domain.Command) error {
	tb.Helper()
	var ids []domain.EventID
	for _, c := range commands {
		if id := domain.EventOf(c); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	stamp := stampOf(store)
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(stamp.At, events, commands) }
	return store.Update(tb.Context(), ids, need, func(batch *domain.Batch) error {
		for _, command := range commands {
			if _, err := batch.Decide(command, stamp); err != nil {
				return err
			}
		}
		return nil
	})
}

func stampOf(store *memory.Store) domain.Stamp {
	return domain.Stamp{At: store.Now(), NewID: ports.RandomIDs{}.NewID}
}
