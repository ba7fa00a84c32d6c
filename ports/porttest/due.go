package porttest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var dueRules = []rule{
	{"lists events in which something has fallen due, the longest due first", dueIsListed},
	{"lists no more than it is asked for", dueIsBounded},
	{"tells when something falls due next", dueIsTold},
	{"is by the store's time, also where an event's own is ahead", dueIsByTheStoresTime},
}

// due is where these events stand in the list of what is due; -1 is nowhere.
func (f *fixture) due(events ...domain.Event) []int {
	f.Helper()
	due, _, err := f.store.Due(f.Context(), everything)
	require.NoError(f, err)
	var places []int
	for _, e := range events {
		places = append(places, slices.Index(due, e.ID))
	}
	return places
}

// heldAt is an event in which a hold began so long ago, to last a minute.
func (f *fixture) heldAt(ago time.Duration) (domain.Event, domain.Booking) {
	f.Helper()
	at := f.store.Now().Add(-ago)
	event := f.createAt(domain.CreateEvent{Settings: concert(5, held(60, 60))}, at)
	return event, f.acceptAt(at, f.book(event, "ada", 2)).Booking
}

func dueIsListed(f *fixture) {
	hourAgo, _ := f.heldAt(time.Hour)
	dayAgo, booking := f.heldAt(24 * time.Hour)
	twoAgo, _ := f.heldAt(2 * time.Hour)
	cancelled, _ := f.heldAt(time.Hour)
	f.acceptAt(cancelled.CreatedAt, domain.CancelEvent{EventID: cancelled.ID})
	confirmed, b := f.heldAt(time.Hour)
	f.acceptAt(confirmed.CreatedAt, confirm(b))
	running, _ := f.heldAt(0)
	without := f.sale(1)
	places := f.due(dayAgo, twoAgo, hourAgo)
	require.NotContains(f, places, -1, "an event is listed in which a hold has expired")
	require.IsIncreasing(f, places, "the longest due comes first")
	require.Equal(f, []int{-1, -1, -1, -1}, f.due(cancelled, confirmed, running, without), "nothing is due where no hold has expired")

	f.accept(domain.CatchUp{EventID: dayAgo.ID})
	require.Equal(f, domain.BookingExpired, f.booking(booking).Status)
	require.Equal(f, []int{-1}, f.due(dayAgo), "nothing is due after the event has caught up")
}

func dueIsBounded(f *fixture) {
	f.heldAt(48 * time.Hour)
	f.heldAt(48 * time.Hour)
	due, _, err := f.store.Due(f.Context(), 1)
	require.NoError(f, err)
	require.Len(f, due, 1)
	all, _, err := f.store.Due(f.Context(), 0)
	require.NoError(f, err)
	require.NotEmpty(f, all, "a limit of 0 is the usual one")
}

func dueIsTold(f *fixture) {
	running, b := f.heldAt(0)
	_, next, err := f.store.Due(f.Context(), everything)
	require.NoError(f, err)
	require.False(f, next.IsZero(), "something falls due")
	require.False(f, next.After(b.ExpiresAt), "not later than the hold of event %v that was begun", running.ID)
}

func dueIsByTheStoresTime(f *fixture) {
	const day = 24 * time.Hour
	at := f.store.Now().Add(-time.Hour)
	event := f.createAt(domain.CreateEvent{Settings: concert(5, held(60, 60))}, at)
	f.acceptAt(at.Add(day), f.book(event, "ada", 2)) // by a clock that is a day ahead
	require.Equal(f, []int{-1}, f.due(event))
	f.acceptAt(at, domain.CatchUp{EventID: event.ID})
	require.NotContains(f, f.due(event), -1, "the hold has expired by the event's own time, which goes on by the store's")
	f.accept(domain.CatchUp{EventID: event.ID})
	require.Equal(f, 5, f.event(event.ID).AvailableTickets)
}
