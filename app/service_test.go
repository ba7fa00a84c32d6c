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
	"github.com/boxoffice-go/boxoffice/adapters/system"
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

	_, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: ada, Quantity: 1})
	require.NoError(t, err)
	book := domain.Book{EventID: event.ID, Person: bob, Quantity: 1, Key: key(1, 1)}
	waiting, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	require.Equal(t, 1, waiting.Position)

	cancel := domain.CancelTicket{EventID: event.ID, Person: ada, Key: key(2, 2)}
	cancelled, err := service.CancelTicket(t.Context(), cancel)
	require.NoError(t, err)

	promoted, err := service.Book(t.Context(), book)
	require.NoError(t, err)
	assert.Equal(t, waiting.ID, promoted.ID, "no second booking")
	assert.Equal(t, domain.BookingBooked, promoted.Status)
	assert.Len(t, promoted.Tickets, 1)

	again, err := service.CancelTicket(t.Context(), cancel)
	require.NoError(t, err)
	assert.Equal(t, cancelled, again)

	book.Key = key(1, 9)
	_, err = service.Book(t.Context(), book)
	assert.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
}

func TestCreatingUnderAnIdempotencyKeyMakesOneEvent(t *testing.T) {
	t.Parallel()
	store := memory.New()
	concert := domain.NewEvent{Name: "Concert", TotalTickets: 10}
	var ids sync.Map
	var callers sync.WaitGroup
	for range 2 { // two services, as two servers would be
		service := start(t, store, app.Options{})
		for range 8 {
			callers.Go(func() {
				event, err := service.CreateEvent(t.Context(), concert, key(1, 1))
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

	_, err = start(t, store, app.Options{}).CreateEvent(t.Context(), concert, key(1, 2))
	assert.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
}

func TestLargeRaiseGoesInStepsThatKeepEveryRule(t *testing.T) {
	t.Parallel()
	const waiting = 2*domain.PromotionStep + 500
	watched := &watchedStore{Store: memory.New()}
	service := start(t, watched, app.Options{})
	event := createEvent(t, service, 1)
	var callers sync.WaitGroup
	for i := range waiting + 1 {
		callers.Go(func() {
			_, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: person(t, fmt.Sprint("p", i)), Quantity: 1})
			assert.NoError(t, err)
		})
	}
	callers.Wait()

	watched.after = func() {
		e, err := watched.Event(t.Context(), event.ID)
		assert.NoError(t, err)
		assert.True(t, e.WaitingCount == 0 || e.AvailableTickets == 0, "idle tickets: %d free, %d wait", e.AvailableTickets, e.WaitingCount)
		booked := waiting + 1 - e.WaitingCount
		assert.Equal(t, e.TotalTickets, booked+e.AvailableTickets)
	}
	total := 5000
	before := watched.updates()
	raised, err := service.ChangeEvent(t.Context(), domain.ChangeEvent{EventID: event.ID, TotalTickets: &total})
	require.NoError(t, err)
	assert.Equal(t, 5000, raised.TotalTickets)
	assert.Zero(t, raised.WaitingCount)
	assert.Equal(t, 3, watched.updates()-before, "one transaction a step")
}

func TestUnknownEventIsRefusedBeforeItTakesAPlaceInALane(t *testing.T) {
	t.Parallel()
	watched := &watchedStore{Store: memory.New()}
	service := start(t, watched, app.Options{})
	_, err := service.Book(t.Context(), domain.Book{EventID: domain.EventID{UUID: system.IDs{}.NewID()}, Person: person(t, "ada"), Quantity: 1})
	require.ErrorIs(t, err, domain.ErrEventNotFound)
	assert.Zero(t, watched.updates())
}

func TestInvalidCommandsNameTheirFields(t *testing.T) {
	t.Parallel()
	service := start(t, memory.New(), app.Options{})
	_, err := service.CreateEvent(t.Context(), domain.NewEvent{}, domain.IdempotencyKey{})
	require.ErrorIs(t, err, domain.ErrValidation)
	_, err = service.Book(t.Context(), domain.Book{})
	require.ErrorContains(t, err, "identifier")
	_, err = service.CancelTicket(t.Context(), domain.CancelTicket{})
	require.ErrorContains(t, err, "identifier")
	_, err = service.ChangeEvent(t.Context(), domain.ChangeEvent{TotalTickets: new(int)})
	require.ErrorContains(t, err, "totalTickets")
}

// start runs a service until the test is over.
func start(t testing.TB, store ports.Store, options app.Options) *app.Service {
	t.Helper()
	service := app.New(store, system.Clock{}, system.IDs{}, options)
	t.Cleanup(service.Close)
	return service
}

func createEvent(t testing.TB, service *app.Service, tickets int) domain.Event {
	t.Helper()
	event, err := service.CreateEvent(context.Background(), domain.NewEvent{Name: "Concert", TotalTickets: tickets}, domain.IdempotencyKey{})
	require.NoError(t, err)
	return event
}

func person(t testing.TB, identifier string) domain.Person {
	t.Helper()
	p, err := domain.NewPerson(identifier)
	require.NoError(t, err)
	return p
}

func key(k, request byte) domain.IdempotencyKey {
	return domain.IdempotencyKey{Key: [32]byte{k}, Request: [32]byte{request}}
}
