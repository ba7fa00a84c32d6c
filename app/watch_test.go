package app_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestWhoDoesNotTakeStatesHoldsUpNobodyAndHasTheLastOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := app.New(memory.New(), app.Options{})
		defer service.Close()
		event := createEvent(t, service, 100)
		dead, err := service.WatchEvent(t.Context(), event.ID, nil)
		require.NoError(t, err)
		alive, err := service.WatchEvent(t.Context(), event.ID, nil)
		require.NoError(t, err)

		last := (<-alive).Version
		for i := range 20 {
			bookOne(t, service, event.ID, fmt.Sprint(i))
			time.Sleep(time.Second)
			state := <-alive
			require.Equal(t, 99-i, state.AvailableTickets, "it is told each second")
			last = state.Version
		}
		require.Equal(t, last, (<-dead).Version)
		require.Equal(t, int64(20), service.Conflated(), "all but the last one, from the first on")
	})
}

func TestVeryManyWhoWatchAreAllToldWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		service, another := app.New(store, app.Options{}), app.New(store, app.Options{})
		defer service.Close()
		defer another.Close()
		people := []string{"ada", "bob"}
		event := createEvent(t, service, len(people))
		for _, who := range people {
			bookOne(t, service, event.ID, who)
		}
		const many = 1000
		var events []<-chan *app.EventState
		var places []<-chan *app.BookingState
		for i := range many {
			states, err := service.WatchEvent(t.Context(), event.ID, nil)
			require.NoError(t, err)
			events = append(events, states)
			place, err := service.WatchBooking(t.Context(), event.ID, bookOne(t, service, event.ID, fmt.Sprint(i)).ID, nil)
			require.NoError(t, err)
			places = append(places, place)
		}
		time.Sleep(time.Minute)
		for i := range many {
			<-events[i]
			<-places[i]
		}
		for promoted, by := range []*app.Service{service, another} {
			_, err := by.CancelTickets(t.Context(), domain.CancelTickets{EventID: event.ID, Person: person(t, people[promoted])})
			require.NoError(t, err)
			time.Sleep(time.Second)
			for i := range many {
				require.Len(t, events[i], 1)
				require.Equal(t, many-1-promoted, (<-events[i]).Line.Waiting)
			}
			for i := promoted; i < many; i++ {
				require.Len(t, places[i], 1)
				require.Equal(t, i-promoted, (<-places[i]).Position, "the first one has a ticket")
			}
			time.Sleep(time.Minute)
			for i := range many {
				require.Empty(t, events[i])
				require.Empty(t, places[i])
			}
		}
	})
}

func TestAStateIsEncodedOnceForAllWhoAreToldItTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := app.New(memory.New(), app.Options{})
		defer service.Close()
		event := createEvent(t, service, 5)
		times := make(map[int64]int)
		encoder := func(e domain.Event) ([]byte, error) {
			times[e.Version]++
			return fmt.Append(nil, e.AvailableTickets), nil
		}
		var all []<-chan *app.EventState
		for range 3 {
			states, err := service.WatchEvent(t.Context(), event.ID, encoder)
			require.NoError(t, err)
			<-states
			all = append(all, states)
		}
		_, err := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: person(t, "ada"), Quantity: 2})
		require.NoError(t, err)
		for _, states := range all {
			state := <-states
			text, err := state.Encoded()
			require.NoError(t, err)
			require.Equal(t, "3", string(text))
			require.Equal(t, 1, times[state.Version])
		}
	})
}

func TestABookingIsWatchedUntilNothingCanBecomeOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := app.New(memory.New(), app.Options{})
		defer service.Close()
		event := createEvent(t, service, 1)
		book := func(who string) domain.Booking { return bookOne(t, service, event.ID, who) }
		book("ada")
		bob := book("bob")
		states, err := service.WatchBooking(t.Context(), event.ID, bob.ID, nil)
		require.NoError(t, err)
		require.Equal(t, 1, (<-states).Position)
		book("cy")
		time.Sleep(time.Minute)
		require.Empty(t, states, "it is not told what changes for others")
		require.NoError(t, service.LeaveWaitlist(t.Context(), domain.LeaveWaitlist{EventID: event.ID, BookingID: bob.ID}))
		state := <-states
		require.True(t, state.Over)
		_, more := <-states
		require.False(t, more)
	})
}

func TestWatchersThatLeaveAllAtOnceLeaveNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := app.New(memory.New(), app.Options{})
		event := createEvent(t, service, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var watchers []<-chan *app.EventState
		for range 1000 {
			states, err := service.WatchEvent(ctx, event.ID, nil)
			require.NoError(t, err)
			watchers = append(watchers, states)
		}
		cancel()
		synctest.Wait()
		for _, states := range watchers {
			<-states // what it was told before
			_, more := <-states
			require.False(t, more)
		}
		again, err := service.WatchEvent(t.Context(), event.ID, nil)
		require.NoError(t, err)
		require.NotNil(t, <-again)
		service.Close() // returns: nobody looks any more
		_, more := <-again
		require.False(t, more)
	})
}
