package app_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRepeatUnderAnIdempotencyKeyAnswersWithWhatIsThereNow(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	event := createEvent(t, service, 1)
	ada, bob := person(t, "ada"), person(t, "bob")

	_, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: ada})
	require.NoError(t, err)
	book := domain.Book{EventID: event.ID, Person: bob, Key: key("book")}
	waiting, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	require.Equal(t, 1, waiting.Position)

	cancel := domain.CancelTickets{EventID: event.ID, Person: ada, Key: key("cancel")}
	cancelled, err := service.CancelTickets(t.Context(), cancel)
	require.NoError(t, err)

	promoted, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	assert.Equal(t, waiting.ID, promoted.ID, "no second booking")
	assert.Equal(t, domain.BookingBooked, promoted.Status)
	assert.Len(t, promoted.Tickets, 1)

	again, err := service.CancelTickets(t.Context(), cancel)
	require.NoError(t, err)
	require.Len(t, again, 1)
	assert.Equal(t, cancelled[0].ID, again[0].ID)
	assert.Equal(t, domain.TicketCancelled, again[0].Status)

	book.Quantity = 2
	_, err = service.Book(t.Context(), book)
	assert.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
}

// Every command that can have a key is sent twice under one, and once more with
// something else in it.
func TestEveryCommandTakesEffectOnceUnderAKey(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	created, err := service.CreateEvent(t.Context(), domain.CreateEvent{
		Settings: domain.Settings{Name: "Concert", TotalTickets: 10, HoldSeconds: 600, ClaimSeconds: 600},
	})
	require.NoError(t, err)
	event := created.ID
	book := func(who string, quantity int) domain.BookingID {
		b, err := service.Book(t.Context(), domain.Book{EventID: event, Person: person(t, who), Quantity: quantity})
		require.NoError(t, err)
		return b.ID
	}
	eve, dan := person(t, "eve"), person(t, "dan")
	booking := func(b domain.Booking, err error) (any, error) {
		return fmt.Sprint(b.ID, b.UserID, b.Status, b.ExpiresAt), err
	}
	held, other := book("ada", 1), book("bob", 1)
	for _, c := range []struct {
		name         string
		send         func() (any, error)
		sendChanged  func() (any, error)
		hasNoRequest bool // all that it asks for is in its scope
	}{
		{name: "book", send: func() (any, error) {
			return booking(service.Book(t.Context(), domain.Book{EventID: event, Person: eve, Key: key("1")}))
		}, sendChanged: func() (any, error) {
			return booking(service.Book(t.Context(), domain.Book{EventID: event, Person: eve, Reference: "42", Key: key("1")}))
		}},
		{name: "extend", send: func() (any, error) {
			return booking(service.Extend(t.Context(), domain.Extend{EventID: event, BookingID: held, Seconds: 1200, Key: key("1")}))
		}, sendChanged: func() (any, error) {
			return booking(service.Extend(t.Context(), domain.Extend{EventID: event, BookingID: held, Seconds: 1300, Key: key("1")}))
		}},
		{name: "confirm", send: func() (any, error) {
			return booking(service.Confirm(t.Context(), domain.Confirm{EventID: event, BookingID: held, Key: key("1")}))
		}, sendChanged: func() (any, error) {
			return booking(service.Confirm(t.Context(), domain.Confirm{EventID: event, BookingID: other, Key: key("1")}))
		}},
		{name: "transfer", send: func() (any, error) {
			return booking(service.Transfer(t.Context(), domain.Transfer{EventID: event, BookingID: held, Person: eve, Key: key("1")}))
		}, sendChanged: func() (any, error) {
			return booking(service.Transfer(t.Context(), domain.Transfer{EventID: event, BookingID: held, Person: dan, Key: key("1")}))
		}},
		{name: "give back", send: func() (any, error) {
			return booking(service.GiveBack(t.Context(), domain.GiveBack{EventID: event, BookingID: held, Key: key("1")}))
		}, sendChanged: func() (any, error) {
			return booking(service.GiveBack(t.Context(), domain.GiveBack{EventID: event, BookingID: other, Key: key("1")}))
		}},
		{name: "cancel tickets", send: func() (any, error) {
			tickets, err := service.CancelTickets(t.Context(), domain.CancelTickets{EventID: event, Person: eve, Key: key("1")})
			if err != nil {
				return nil, err
			}
			return tickets[0].ID, nil
		}, sendChanged: func() (any, error) {
			tickets, err := service.CancelTickets(t.Context(), domain.CancelTickets{EventID: event, Person: eve, Quantity: 2, Key: key("1")})
			return tickets, err
		}},
		{name: "cancel event", send: func() (any, error) {
			e, err := service.CancelEvent(t.Context(), domain.CancelEvent{EventID: event, Key: key("1")})
			return e, err
		}, hasNoRequest: true},
	} {
		first, err := c.send()
		require.NoError(t, err, c.name)
		before, err := service.Event(t.Context(), event)
		require.NoError(t, err)

		again, err := c.send()
		require.NoError(t, err, c.name)
		assert.Equal(t, first, again, c.name)
		if !c.hasNoRequest {
			_, err = c.sendChanged()
			require.ErrorIs(t, err, domain.ErrIdempotencyKeyReused, c.name)
		}
		after, err := service.Event(t.Context(), event)
		require.NoError(t, err)
		assert.Equal(t, before.Version, after.Version, "%s took effect again", c.name)
	}
}

// unreadableStore can't be read once it is away, but written.
type unreadableStore struct {
	ports.Store
	away bool
}

func (u *unreadableStore) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	if u.away {
		return domain.Booking{}, ports.ErrStoreUnavailable
	}
	return u.Store.Booking(ctx, event, id)
}

func TestWhatWasDoneButCannotBeReadIsNotCalledUndone(t *testing.T) {
	store := &unreadableStore{Store: memory.New()}
	service := start(t, store, app.Options{})
	event := createEvent(t, service, 1)
	book := domain.Book{EventID: event.ID, Person: person(t, "ada"), Key: key("once")}
	_, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	waiting, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: person(t, "bob")})
	require.NoError(t, err)

	store.away = true
	_, err = service.Transfer(t.Context(), domain.Transfer{EventID: event.ID, BookingID: waiting.ID, Person: person(t, "cy")})
	require.ErrorIs(t, err, ports.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, ports.ErrStoreUnavailable)
	_, err = service.Book(t.Context(), book)
	require.ErrorIs(t, err, ports.ErrOutcomeUnknown, "a repeat")
	store.away = false
	waiting, err = service.Booking(t.Context(), event.ID, waiting.ID)
	require.NoError(t, err)
	require.Equal(t, "cy", waiting.Identifier)
}

func TestCreatingUnderAnIdempotencyKeyMakesOneEvent(t *testing.T) {
	t.Parallel()
	store := memory.New()
	concert := domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 10}, Key: key("create")}
	var ids sync.Map
	var callers sync.WaitGroup
	for range 2 { // two services, as two servers would be
		service := start(t, store, app.Options{})
		for range 8 {
			callers.Go(func() {
				event, err := service.CreateEvent(t.Context(), concert)
				assert.NoError(t, err)
				ids.Store(event.ID, true)
			})
		}
	}
	callers.Wait()
	events, err := store.Events(t.Context(), ports.EventQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, events, 1)
	ids.Range(func(id, _ any) bool { return assert.Equal(t, events[0].ID, id) })

	concert.TotalTickets = 11
	_, err = start(t, store, app.Options{}).CreateEvent(t.Context(), concert)
	assert.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
}

func TestWhoWaitsIsToldHowToLeaveTheLine(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	event := createEvent(t, service, 1)
	ada, bob := person(t, "ada"), person(t, "bob")
	cancel := domain.CancelTickets{EventID: event.ID, Person: bob}

	_, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: ada})
	require.NoError(t, err)
	_, err = service.CancelTickets(t.Context(), cancel)
	require.EqualError(t, err, domain.ErrTicketNotFound.Detail, "bob has nothing at all")

	_, err = service.Book(t.Context(), domain.Book{EventID: event.ID, Person: bob})
	require.NoError(t, err)
	_, err = service.CancelTickets(t.Context(), cancel)
	require.ErrorIs(t, err, domain.ErrTicketNotFound)
	require.ErrorContains(t, err, "DELETE /events/{eventId}/waitlist/{bookingId} with the id of the waiting booking")

	waiting, err := service.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, UserID: bob.UserID(), Status: domain.BookingWaiting})
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.NoError(t, service.LeaveWaitlist(t.Context(), domain.LeaveWaitlist{EventID: event.ID, BookingID: waiting[0].ID}))
	left, err := service.Booking(t.Context(), event.ID, waiting[0].ID)
	require.NoError(t, err)
	assert.Equal(t, domain.BookingCancelled, left.Status)
}

func TestErasureIsJudgedOverAllEventsFirst(t *testing.T) {
	t.Parallel()
	store := memory.New()
	service := start(t, store, app.Options{})
	ada := person(t, "ada")
	var bookings []domain.Booking // of events of their own; the latest one is live
	for i := range 3 {
		b, err := service.Book(t.Context(), domain.Book{EventID: createEvent(t, service, 1).ID, Person: ada})
		require.NoError(t, err)
		if i < 2 {
			_, err = service.GiveBack(t.Context(), domain.GiveBack{EventID: b.EventID, BookingID: b.ID})
			require.NoError(t, err)
		}
		bookings = append(bookings, b)
	}
	identifiers := func() (all []string) {
		for _, b := range bookings {
			now, err := service.Booking(t.Context(), b.EventID, b.ID)
			require.NoError(t, err)
			all = append(all, now.Identifier)
		}
		return all
	}

	erased, err := service.ErasePerson(t.Context(), ada, false, "office")
	require.ErrorIs(t, err, domain.ErrPersonHasBookings)
	assert.Zero(t, erased)
	assert.Equal(t, []string{"ada", "ada", "ada"}, identifiers(), "nothing is erased before all events are judged")

	erased, err = service.ErasePerson(t.Context(), ada, true, "office")
	require.NoError(t, err)
	assert.Equal(t, 3, erased)
	assert.Equal(t, []string{"", "", ""}, identifiers())
	users := make(map[domain.UserID]bool)
	for _, b := range bookings {
		now, err := service.Booking(t.Context(), b.EventID, b.ID)
		require.NoError(t, err)
		users[now.UserID] = true
	}
	assert.Len(t, users, 3, "one id for each event")
	assert.NotContains(t, users, ada.UserID())

	erased, err = service.ErasePerson(t.Context(), ada, false, "office")
	require.NoError(t, err)
	assert.Zero(t, erased)
}

// Who gave everything away has no bookings, but asked for some.
func TestErasureForgetsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	ada, key := person(t, "ada"), domain.NewIdempotencyKey("shop", "order 1")
	book := domain.Book{EventID: createEvent(t, service, 1).ID, Person: ada, Key: key}
	b, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	_, err = service.Transfer(t.Context(), domain.Transfer{EventID: b.EventID, BookingID: b.ID, Person: person(t, "bob")})
	require.NoError(t, err)
	again, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	assert.Equal(t, b.ID, again.ID)

	erased, err := service.ErasePerson(t.Context(), ada, false, "office")
	require.NoError(t, err)
	assert.Zero(t, erased)
	_, err = service.Book(t.Context(), book)
	require.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
}

// Whether a ticket was paid for, or only held, is what a refund depends on.
func TestTheJournalTellsHeldTicketsFromBookedOnes(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	event := createHoldingEvent(t, service, 3).ID
	held, confirmed := hold(t, service, event, "ada"), hold(t, service, event, "bob")
	_, err := service.Confirm(t.Context(), domain.Confirm{EventID: event, BookingID: confirmed.ID})
	require.NoError(t, err)
	for _, b := range []domain.Booking{held, confirmed} {
		_, err := service.GiveBack(t.Context(), domain.GiveBack{EventID: event, BookingID: b.ID})
		require.NoError(t, err)
	}
	records, err := service.Journal(t.Context(), ports.JournalQuery{EventID: event})
	require.NoError(t, err)
	wasHeld := make(map[domain.BookingID]bool)
	for _, r := range records {
		if r.Kind == domain.TicketsCancelled {
			wasHeld[r.Booking.ID] = r.Held
		}
	}
	require.Equal(t, map[domain.BookingID]bool{held.ID: true, confirmed.ID: false}, wasHeld)
}

func TestUnknownEventIsRefusedBeforeItTakesAPlaceInALane(t *testing.T) {
	t.Parallel()
	watched := &watchedStore{Store: memory.New()}
	service := start(t, watched, app.Options{})
	_, err := service.Book(t.Context(), domain.Book{EventID: domain.EventID{UUID: ports.RandomIDs{}.NewID()}, Person: person(t, "ada"), Quantity: 1})
	require.ErrorIs(t, err, domain.ErrEventNotFound)
	assert.Zero(t, watched.updates())
}

func TestInvalidCommandsNameTheirFields(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	_, err := service.CreateEvent(t.Context(), domain.CreateEvent{})
	require.ErrorContains(t, err, "totalTickets")
	_, err = service.Book(t.Context(), domain.Book{})
	require.ErrorContains(t, err, "identifier")
	_, err = service.CancelTickets(t.Context(), domain.CancelTickets{})
	require.ErrorContains(t, err, "identifier")
	_, err = service.Transfer(t.Context(), domain.Transfer{})
	require.ErrorContains(t, err, "identifier")
	_, err = service.Extend(t.Context(), domain.Extend{})
	require.ErrorContains(t, err, "seconds")
	_, err = service.ChangeBooking(t.Context(), domain.ChangeBooking{Quantity: new(int)})
	require.ErrorContains(t, err, "quantity")
	_, err = service.ChangeEvent(t.Context(), domain.ChangeEvent{TotalTickets: new(int)})
	require.ErrorContains(t, err, "totalTickets")
	_, err = service.ErasePerson(t.Context(), domain.Person{}, true, "")
	require.ErrorContains(t, err, "identifier")
}

// start runs a service until the test is over.
func start(t testing.TB, store ports.Store, options app.Options) *app.Service {
	t.Helper()
	service := app.New(store, options)
	t.Cleanup(service.Close)
	return service
}

func createEvent(t testing.TB, service *app.Service, tickets int) domain.Event {
	t.Helper()
	event, err := service.CreateEvent(context.Background(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: tickets}})
	require.NoError(t, err)
	return event
}

func bookOne(t testing.TB, service *app.Service, event domain.EventID, who string) domain.Booking {
	t.Helper()
	b, err := service.Book(context.Background(), domain.Book{EventID: event, Person: person(t, who)})
	require.NoError(t, err)
	return b
}

func person(t testing.TB, identifier string) domain.Person {
	t.Helper()
	p, err := domain.NewPerson(identifier)
	require.NoError(t, err)
	return p
}

func key(text string) domain.IdempotencyKey { return domain.NewIdempotencyKey("shop", text) }
