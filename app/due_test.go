package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// latest is how late a hold may expire while a server runs.
const latest = 2 * time.Second

const (
	holdTime  = 10 * time.Minute
	claimTime = 2 * time.Hour
)

func TestAnEventThatFailsToCatchUpDelaysNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var failing atomic.Value
		failing.Store(domain.EventID{})
		var tries atomic.Int64
		store := &watchedStore{Store: memory.New(), before: func(ids []domain.EventID) error {
			if slices.Contains(ids, failing.Load().(domain.EventID)) {
				tries.Add(1)
				return errBad
			}
			return nil
		}}
		service := start(t, store, app.Options{Lanes: 1})
		bad := hold(t, service, createHoldingEvent(t, service, 1).ID, "ada")
		failing.Store(bad.EventID)

		for range 50 { // several times, so that it fails all the time
			good := hold(t, service, createHoldingEvent(t, service, 1).ID, "bob")
			time.Sleep(holdTime + latest)
			requireExpired(t, service, good)
		}
		require.Less(t, tries.Load(), int64(2000), "it is tried less and less often")
		failing.Store(domain.EventID{})
		time.Sleep(time.Minute + latest)
		now, err := service.Booking(t.Context(), bad.EventID, bad.ID)
		require.NoError(t, err)
		require.Equal(t, domain.BookingExpired, now.Status, "it is tried again")
	})
}

func TestAStoreThatWasAwayForLongLeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		store := &watchedStore{Store: memory.New(), before: func([]domain.EventID) error {
			if away.Load() {
				return ports.ErrStoreUnavailable
			}
			return nil
		}}
		service := start(t, store, app.Options{})
		b := hold(t, service, createHoldingEvent(t, service, 1).ID, "ada")
		away.Store(true)
		time.Sleep(2 * time.Hour)
		away.Store(false)
		back := time.Now()
		time.Sleep(latest)
		requireExpiredBy(t, service, b, back.Add(latest))
	})
}

// Many holds end in the same moment, of one event and of many, in a store that
// takes its time.
func TestManyHoldsThatEndAtOnceAllEndInTime(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]int{"of one event": 1, "of 300 events": 300} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const holds = 3000
				var slow atomic.Bool
				store := &watchedStore{Store: memory.New(), before: func([]domain.EventID) error {
					if slow.Load() {
						time.Sleep(20 * time.Millisecond)
					}
					return nil
				}}
				service := start(t, store, app.Options{})
				var bookings []domain.Booking
				for range events {
					event := createHoldingEvent(t, service, holds).ID
					for i := range holds / events {
						bookings = append(bookings, hold(t, service, event, fmt.Sprint("person ", i)))
					}
				}
				slow.Store(true)
				time.Sleep(holdTime + latest)
				for _, b := range bookings {
					requireExpired(t, service, b)
				}
			})
		})
	}
}

func TestAServerThatStartsTakesUpWhatFellDueMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		first := app.New(store, app.Options{})
		b := hold(t, first, createHoldingEvent(t, first, 1).ID, "ada")
		first.Close()
		time.Sleep(24 * time.Hour)
		second := start(t, store, app.Options{})
		started := time.Now()
		time.Sleep(latest)
		requireExpiredBy(t, second, b, started.Add(latest))
	})
}

func TestALargeRaiseGoesOnByItselfInStepsThatKeepEveryRule(t *testing.T) {
	t.Parallel()
	const waiting = 2*domain.MostPromoted + 500
	const wanted = waiting + 100
	for name, hangUp := range map[string]bool{"the caller waits": false, "the caller hangs up": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := memory.New()
				watched := &watchedStore{Store: store}
				service := start(t, watched, app.Options{})
				event := createEvent(t, service, 1).ID
				var callers sync.WaitGroup
				for i := range waiting + 1 {
					callers.Go(func() {
						_, err := service.Book(t.Context(), domain.Book{EventID: event, Person: person(t, fmt.Sprint("p", i))})
						assert.NoError(t, err)
					})
				}
				callers.Wait()
				before, err := service.Event(t.Context(), event)
				require.NoError(t, err)

				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				watched.after = func() {
					if hangUp {
						cancel()
					}
					e, err := store.Event(t.Context(), event)
					assert.NoError(t, err)
					assert.True(t, e.Line.Waiting == 0 || e.AvailableTickets == 0, "idle tickets: %d free, %d wait", e.AvailableTickets, e.Line.Waiting)
				}
				total := wanted
				raised, err := service.ChangeEvent(ctx, domain.ChangeEvent{EventID: event, TotalTickets: &total})
				require.NoError(t, err)
				if hangUp {
					require.Equal(t, wanted, raised.WantedTickets, "it says how far it is to go")
					synctest.Wait() // no time passes
					raised, err = service.Event(t.Context(), event)
					require.NoError(t, err)
				}
				require.Equal(t, wanted, raised.TotalTickets)
				require.Zero(t, raised.Line.Waiting)
				require.Zero(t, raised.WantedTickets)

				records, err := service.Journal(t.Context(), ports.JournalQuery{
					EventID: event, After: ports.JournalCursor{Version: before.Version}, Limit: 2 * waiting,
				})
				require.NoError(t, err)
				steps := make(map[int64]int) // promotions of each version
				for _, r := range records {
					if r.Kind == domain.BookingWasPromoted {
						steps[r.Version]++
					}
				}
				require.ElementsMatch(t, []int{domain.MostPromoted, domain.MostPromoted, 500}, valuesOf(steps))
			})
		})
	}
}

func valuesOf(m map[int64]int) (values []int) {
	for _, v := range m {
		values = append(values, v)
	}
	return values
}

// Callers who find no place any more must not keep holds from ending.
func TestWhatFallsDueIsNotRefusedWhereCallersAre(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var blocked atomic.Value
		blocked.Store(domain.EventID{})
		release := make(chan struct{})
		store := &watchedStore{Store: memory.New(), before: func(ids []domain.EventID) error {
			if slices.Contains(ids, blocked.Load().(domain.EventID)) {
				<-release
			}
			return nil
		}}
		service := start(t, store, app.Options{Lanes: 1, MaxPending: 1})
		held := hold(t, service, createHoldingEvent(t, service, 1).ID, "ada")
		event := createEvent(t, service, 10).ID
		blocked.Store(event)
		book := func() {
			_, _ = service.Book(t.Context(), domain.Book{EventID: event, Person: person(t, "bob")})
		}
		for range 2 { // one in the transaction, one in the queue
			go book()
			synctest.Wait()
		}
		_, err := service.Book(t.Context(), domain.Book{EventID: event, Person: person(t, "cid")})
		require.ErrorIs(t, err, app.ErrOverloaded)
		time.Sleep(holdTime + latest)
		close(release)
		synctest.Wait() // no time passes
		requireExpiredBy(t, service, held, time.Now())
	})
}

func createHoldingEvent(t testing.TB, service *app.Service, tickets int) domain.Event {
	t.Helper()
	event, err := service.CreateEvent(context.Background(), domain.CreateEvent{Settings: domain.Settings{
		Name: "Concert", TotalTickets: tickets, HoldSeconds: int(holdTime.Seconds()), ClaimSeconds: int(claimTime.Seconds()),
	}})
	require.NoError(t, err)
	return event
}

func hold(t testing.TB, service *app.Service, event domain.EventID, who string) domain.Booking {
	t.Helper()
	b := bookOne(t, service, event, who)
	require.Equal(t, domain.BookingHeld, b.Status)
	return b
}

func requireExpired(t testing.TB, service *app.Service, b domain.Booking) {
	t.Helper()
	requireExpiredBy(t, service, b, b.ExpiresAt.Add(latest))
}

func requireExpiredBy(t testing.TB, service *app.Service, b domain.Booking, by time.Time) {
	t.Helper()
	now, err := service.Booking(t.Context(), b.EventID, b.ID)
	require.NoError(t, err)
	require.Equal(t, domain.BookingExpired, now.Status)
	require.False(t, now.Tickets[0].CancelledAt.After(by), "it expired %s too late", now.Tickets[0].CancelledAt.Sub(by))
}
