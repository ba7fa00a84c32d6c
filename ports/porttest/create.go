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
	{"keeps the first record of the journal", createKeepsTheRecord},
	{"answers a repeat with the event as it is now", createAnswersRepeats},
	{"refuses an idempotency key that made another event", createRefusesReusedKeys},
	{"refuses an event that is there and was made without a key", createRefusesOthersIDs},
	{"makes one event of many repeats at once", createOnceAtOnce},
	{"is what makes an event found", eventsAreNotFoundBefore},
	{"is ready, and its time goes on", readyStore},
}

// fullSettings has something in every setting.
func fullSettings(at time.Time) domain.Settings {
	return domain.Settings{
		Name: "Everything", TotalTickets: 10, MaxTicketsPerUser: domain.AtMost(4), MaxWaitlist: domain.AtMost(7),
		HoldSeconds: domain.MinHoldSeconds, ClaimSeconds: domain.MaxClaimSeconds,
		SalesStartAt: at.Add(-time.Hour), SalesEndAt: at.Add(time.Hour), PromotionEndAt: at.Add(time.Microsecond),
		SelfService: true, StartsAt: at.Add(24 * time.Hour),
		Venue: strings.Repeat("🎻", domain.MaxVenueLength), Description: "Two\nlines.\n" + strings.Repeat("🎻", domain.MaxDescriptionLength-12),
	}
}

func createKeepsEveryField(f *fixture) {
	soon := f.store.Now()
	wholeSecond := time.Date(2031, 3, 4, 5, 6, 7, 0, time.UTC)
	farAhead := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	for _, c := range []struct {
		domain.Settings
		status domain.EventStatus
		at     time.Time
	}{
		{concert(1), "", soon},
		{concert(10), domain.EventDraft, wholeSecond},
		{domain.Settings{Name: "No line", TotalTickets: 10, MaxWaitlist: domain.AtMost(0)}, "", soon.Add(time.Microsecond)},
		{fullSettings(soon), "", soon},
		{fullSettings(wholeSecond), domain.EventDraft, wholeSecond},
		{domain.Settings{
			Name: "Largest", TotalTickets: domain.MaxTotalTickets, SalesEndAt: farAhead, PromotionEndAt: farAhead, StartsAt: farAhead,
			MaxTicketsPerUser: domain.AtMost(domain.MaxTotalTickets), MaxWaitlist: domain.AtMost(domain.MaxTotalTickets),
			HoldSeconds: domain.MaxHoldSeconds, ClaimSeconds: domain.MaxClaimSeconds,
		}, "", farAhead},
		{domain.Settings{Name: strings.Repeat("🎻", domain.MaxNameLength), TotalTickets: 10}, "", soon},
		{domain.Settings{Name: ` O'Neill "live" \ 100 % _ e` + "\u0301 ", TotalTickets: 10, Venue: `'; --`, Description: `\' "`}, "", soon},
	} {
		creation := f.creation(domain.CreateEvent{Settings: c.Settings, Status: c.status}, stampAt(c.at))
		want := creation.Event
		got, err := f.store.Create(f.Context(), creation)
		require.NoError(f, err, "Create keeps a new event")
		same(f, want, got, "Create returns the event that it kept")
		same(f, want, f.event(want.ID), "Event returns what Create kept, with times in UTC to the microsecond")
		require.Empty(f, f.allBookings(want.ID), "a new event has no bookings")
	}
}

func createKeepsTheRecord(f *fixture) {
	for _, by := range []string{"", "till"} {
		creation := f.creation(domain.CreateEvent{Settings: fullSettings(f.store.Now()), By: by}, f.now())
		_, err := f.store.Create(f.Context(), creation)
		require.NoError(f, err)
		journal := f.journal(creation.Event.ID)
		require.Len(f, journal, 1, "a new event has one record")
		require.NotNil(f, journal[0].Event)
		same(f, *creation.Record.Event, *journal[0].Event, "the first record has the event")
		creation.Record.Event, journal[0].Event = nil, nil
		same(f, creation.Record, journal[0], "the first record is kept as it was made")
	}
}

// keyed is a creation under a key, which gives the event its id.
func (f *fixture) keyed(key, name string) domain.Creation {
	f.Helper()
	s := concert(2)
	s.Name = name
	return f.creation(domain.CreateEvent{Settings: s, Key: domain.NewIdempotencyKey("caller", key)}, f.now())
}

func createAnswersRepeats(f *fixture) {
	k := uuid.NewString()
	first, err := f.store.Create(f.Context(), f.keyed(k, "Concert"))
	require.NoError(f, err)
	f.accept(f.book(first, "ada", 2), rename(first, "Another name"))
	records := len(f.journal(first.ID))

	got, err := f.store.Create(f.Context(), f.keyed(k, "Concert"))
	require.NoError(f, err, "a repeat of the request is accepted")
	require.Equal(f, "Another name", got.Name, "a repeat is answered with the event as it is now")
	same(f, f.event(first.ID), got, "a repeat is answered with the event as it is now")
	require.True(f, first.CreatedAt.Equal(got.CreatedAt), "a repeat changes nothing")
	require.Len(f, f.journal(first.ID), records, "a repeat leaves no record")
}

func createRefusesReusedKeys(f *fixture) {
	k := uuid.NewString()
	first, err := f.store.Create(f.Context(), f.keyed(k, "Concert"))
	require.NoError(f, err)
	_, err = f.store.Create(f.Context(), f.keyed(k, "Another concert"))
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused, "the same key with another request is refused")
	same(f, first, f.event(first.ID), "a refused request changes nothing")
}

func createRefusesOthersIDs(f *fixture) {
	first := f.creation(domain.CreateEvent{Settings: concert(2)}, f.now())
	_, err := f.store.Create(f.Context(), first)
	require.NoError(f, err)
	_, err = f.store.Create(f.Context(), first)
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused, "an event that was made without a key has no repeats")
	keyed := f.keyed(uuid.NewString(), "Concert")
	keyed.Event.ID, keyed.Record.EventID = first.Event.ID, first.Event.ID
	_, err = f.store.Create(f.Context(), keyed)
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused, "nor is it made again under a key")
	same(f, first.Event, f.event(first.Event.ID), "a refused request changes nothing")
}

func createOnceAtOnce(f *fixture) {
	const callers = 8
	k := uuid.NewString()
	got, errs := make([]domain.Event, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		creation := f.keyed(k, "Concert")
		all.Go(func() { got[i], errs[i] = f.store.Create(f.Context(), creation) })
	}
	all.Wait()
	for i := range callers {
		require.NoError(f, errs[i], "each of many repeats at once is answered")
		same(f, f.event(got[0].ID), got[i], "many repeats at once make one event, and all are answered with it")
	}
	require.Len(f, f.journal(got[0].ID), 1, "many repeats at once leave one record")
}

func eventsAreNotFoundBefore(f *fixture) {
	for _, nowhere := range []domain.EventID{{UUID: newID()}, {}} {
		_, err := f.store.Event(f.Context(), nowhere)
		require.ErrorIs(f, err, domain.ErrEventNotFound, "Event says that there is no such event")
		_, err = f.store.Bookings(f.Context(), ports.BookingQuery{EventID: nowhere, Limit: 1})
		require.ErrorIs(f, err, domain.ErrEventNotFound, "Bookings says that there is no such event")
		_, err = f.store.Booking(f.Context(), nowhere, domain.BookingID{UUID: newID()})
		require.ErrorIs(f, err, domain.ErrEventNotFound, "Booking says that there is no such event")
		_, err = f.store.Journal(f.Context(), ports.JournalQuery{EventID: nowhere})
		require.ErrorIs(f, err, domain.ErrEventNotFound, "Journal says that there is no such event")
		require.ErrorIs(f, f.do(domain.CancelEvent{EventID: nowhere})[0].Err, domain.ErrEventNotFound, "Update has no such event")
	}
}

func readyStore(f *fixture) {
	require.NoError(f, f.store.Ready(f.Context()), "a store that can be read and written is ready")
	before := f.store.Now()
	require.Equal(f, time.UTC, before.Location(), "a store's time is in UTC")
	require.Equal(f, before.Truncate(time.Microsecond), before, "a store's time has whole microseconds")
	f.sale(1)
	require.False(f, f.store.Now().Before(before.Add(-time.Second)), "a store's time goes on")
}
