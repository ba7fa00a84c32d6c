package porttest

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var createRules = []rule{
	{"keeps every field of an event", createKeepsEveryField},
	{"answers a repeat with the event as it is now", createAnswersRepeats},
	{"refuses an idempotency key that made another event", createRefusesReusedKeys},
	{"makes one event of many repeats at once", createOnceAtOnce},
	{"is what makes an event found", eventsAreNotFoundBefore},
	{"is ready", readyStore},
}

func createKeepsEveryField(f *fixture) {
	soon := now()
	wholeSecond := time.Date(2031, 3, 4, 5, 6, 7, 0, time.UTC)
	farAhead := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	for _, c := range []struct {
		event domain.NewEvent
		at    time.Time
	}{
		{domain.NewEvent{Name: "Concert", TotalTickets: 1}, soon},
		{domain.NewEvent{Name: "Draft", TotalTickets: 10, Status: domain.EventDraft}, wholeSecond},
		{domain.NewEvent{Name: "Limits", TotalTickets: 10, MaxTicketsPerUser: domain.AtMost(1), MaxWaitlist: domain.AtMost(7)}, soon},
		{domain.NewEvent{Name: "No line", TotalTickets: 10, MaxWaitlist: domain.AtMost(0)}, soon.Add(time.Microsecond)},
		{domain.NewEvent{
			Name: "Largest", TotalTickets: domain.MaxTotalTickets,
			MaxTicketsPerUser: domain.AtMost(domain.MaxTotalTickets), MaxWaitlist: domain.AtMost(domain.MaxTotalTickets),
		}, farAhead},
		{domain.NewEvent{Name: strings.Repeat("🎻", domain.MaxNameLength), TotalTickets: 10}, soon},
		{domain.NewEvent{Name: ` O'Neill "live" \ 100 % _ e` + "\u0301 ", TotalTickets: 10}, soon},
	} {
		require.NoError(f, c.event.Validate())
		want := c.event.Event(domain.EventID{UUID: newID()}, c.at)
		got, err := f.store.Create(f.Context(), want, domain.IdempotencyKey{})
		require.NoError(f, err, "Create keeps a new event")
		same(f, want, got, "Create returns the event that it kept")
		same(f, want, f.event(want.ID), "Event returns what Create kept, with times in UTC to the microsecond")
		require.Empty(f, f.allBookings(want.ID), "a new event has no bookings")
	}
}

func createAnswersRepeats(f *fixture) {
	first := domain.NewEvent{Name: "Concert", TotalTickets: 2}.Event(domain.EventID{UUID: newID()}, now())
	k := key(uuid.NewString(), "concert")
	_, err := f.store.Create(f.Context(), first, k)
	require.NoError(f, err)
	f.accept(f.book(first, "ada", 2), rename(first, "Another name"))

	again := first
	again.CreatedAt, again.UpdatedAt = again.CreatedAt.Add(time.Second), again.UpdatedAt.Add(time.Second)
	got, err := f.store.Create(f.Context(), again, k)
	require.NoError(f, err, "a repeat of the request is accepted")
	require.Equal(f, "Another name", got.Name, "a repeat is answered with the event as it is now")
	same(f, f.event(first.ID), got, "a repeat is answered with the event as it is now")
	require.True(f, first.CreatedAt.Equal(got.CreatedAt), "a repeat changes nothing")
}

func createRefusesReusedKeys(f *fixture) {
	event := domain.NewEvent{Name: "Concert", TotalTickets: 2}.Event(domain.EventID{UUID: newID()}, now())
	id := uuid.NewString()
	_, err := f.store.Create(f.Context(), event, key(id, "concert"))
	require.NoError(f, err)

	other := event
	other.Name = "Another concert"
	_, err = f.store.Create(f.Context(), other, key(id, "another concert"))
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused, "the same key with another request is refused")
	same(f, event, f.event(event.ID), "a refused request changes nothing")
}

func createOnceAtOnce(f *fixture) {
	const callers = 8
	id, k := domain.EventID{UUID: newID()}, key(uuid.NewString(), "concert")
	at := now()
	got, errs := make([]domain.Event, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			event := domain.NewEvent{Name: "Concert", TotalTickets: 2}.Event(id, at.Add(time.Duration(i)*time.Second))
			got[i], errs[i] = f.store.Create(f.Context(), event, k)
		})
	}
	all.Wait()
	for i := range callers {
		require.NoError(f, errs[i], "each of many repeats at once is answered")
		same(f, f.event(id), got[i], "many repeats at once make one event, and all are answered with it")
	}
}

func eventsAreNotFoundBefore(f *fixture) {
	nowhere := domain.EventID{UUID: newID()}
	_, err := f.store.Event(f.Context(), nowhere)
	require.ErrorIs(f, err, domain.ErrEventNotFound, "Event says that there is no such event")
	_, err = f.store.Bookings(f.Context(), ports.BookingQuery{EventID: nowhere, Limit: 1})
	require.ErrorIs(f, err, domain.ErrEventNotFound, "Bookings says that there is no such event")
	_, err = f.store.Booking(f.Context(), nowhere, domain.BookingID{UUID: newID()})
	require.ErrorIs(f, err, domain.ErrEventNotFound, "Booking says that there is no such event")
}

func readyStore(f *fixture) {
	require.NoError(f, f.store.Ready(f.Context()), "a store that can be read and written is ready")
}
