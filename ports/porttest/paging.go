package porttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var pagingRules = []rule{
	{"through bookings gives each once", pageBookings},
	{"through events gives each once, the newest first", pageEvents},
	{"through events is not upset by newer ones", pageEventsWhileGrowing},
	{"through a person's bookings of all events gives each once, the newest first", pagePersonBookings},
	{"through a journal gives each record once", pageJournal},
	{"has 50 when no limit is asked for, and refuses a negative one", pageLimits},
}

func pageBookings(f *fixture) {
	event := f.sale(20)
	var commands []domain.Command
	for i := range 45 {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i%7), 1+i%3))
	}
	f.do(commands...)
	all := f.allBookings(event.ID)
	for _, size := range []int{1, 7, 44, 45, 46} {
		var got []domain.Booking
		q := ports.BookingQuery{EventID: event.ID, Limit: size}
		for page := f.bookings(q); len(page) > 0; page = f.bookings(q) {
			got = append(got, page...)
			q.AfterSequence = page[len(page)-1].Sequence
		}
		sameList(f, all, got, "paging through all bookings, %d at a time, gives each once", size)
	}
}

// window is a time of its own, a microsecond long or more, in which only this
// test's events were created.
func window() time.Time {
	return time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rand.Int64N(1<<50)) * time.Microsecond) //nolint:gosec // no secret
}

// createMany keeps events that were created so many microseconds after a time.
func (f *fixture) createMany(start time.Time, after ...int) []domain.Event {
	f.Helper()
	var events []domain.Event
	for i, micros := range after {
		c := domain.CreateEvent{Settings: concert(1)}
		c.Name = fmt.Sprint("Event ", i)
		if i%3 == 0 {
			c.Status = domain.EventDraft
		}
		stamp := stampAt(start.Add(time.Duration(micros) * time.Microsecond))
		stamp.NewID = uuid.New // so that ids don't come in order
		event, err := f.store.Create(f.Context(), f.creation(c, stamp))
		require.NoError(f, err)
		events = append(events, event)
	}
	slices.SortFunc(events, func(a, b domain.Event) int {
		if byTime := b.CreatedAt.Compare(a.CreatedAt); byTime != 0 {
			return byTime
		}
		return slices.Compare(b.ID.UUID[:], a.ID.UUID[:])
	})
	return events
}

// page reads the page after an event, and drops what others created.
func (f *fixture) page(q ports.EventQuery, start time.Time) []domain.Event {
	f.Helper()
	events, err := f.store.Events(f.Context(), q)
	require.NoError(f, err, "Events lists events")
	require.LessOrEqual(f, len(events), q.Limit, "a page has at most so many events")
	return slices.DeleteFunc(events, func(e domain.Event) bool { return e.CreatedAt.Before(start) })
}

func pageEvents(f *fixture) {
	start := window()
	all := f.createMany(start, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 4)
	f.accept(domain.CancelEvent{EventID: all[3].ID})
	all[3] = f.event(all[3].ID)
	for _, status := range []domain.EventStatus{"", domain.EventDraft, domain.EventPublished, domain.EventCancelled} {
		var want []domain.Event
		for _, e := range all {
			if status == "" || e.Status == status {
				want = append(want, e)
			}
		}
		for _, size := range []int{1, 2, 5, len(all), everything} {
			var got []domain.Event
			q := ports.EventQuery{Status: status, Limit: size, After: ports.EventCursor{CreatedAt: start.Add(time.Millisecond)}}
			for page := f.page(q, start); len(page) > 0; page = f.page(q, start) {
				got = append(got, page...)
				q.After = ports.CursorOfEvent(page[len(page)-1])
			}
			sameList(f, want, got,
				"paging through events of status %q, %d at a time, gives each once, by CreatedAt, then by id, both descending", status, size)
		}
	}
	first, err := f.store.Events(f.Context(), ports.EventQuery{Limit: everything})
	require.NoError(f, err, "Events without After lists from the newest event on")
	for _, e := range all {
		require.True(f, slices.ContainsFunc(first, func(other domain.Event) bool { return other.ID == e.ID }), "the first page, if it's large enough, has all events")
	}
}

func pageEventsWhileGrowing(f *fixture) {
	start := window()
	want := f.createMany(start, 0, 1, 1, 2, 3)
	q := ports.EventQuery{Limit: 2, After: ports.EventCursor{CreatedAt: start.Add(time.Millisecond)}}
	var got []domain.Event
	for page := f.page(q, start); len(page) > 0; page = f.page(q, start) {
		got = append(got, page...)
		q.After = ports.CursorOfEvent(page[len(page)-1])
		f.createMany(start, 5, 6)
	}
	sameList(f, want, got, "events that are created while somebody pages change nothing on later pages")
}

// stranger is a person whom no other test knows.
func (f *fixture) stranger() string {
	f.Helper()
	return uuid.NewString() + "@example.com"
}

func pagePersonBookings(f *fixture) {
	who := f.stranger()
	start := f.store.Now()
	var all []domain.Booking
	for i := range 6 { // the bookings of several events were made at the same times
		event := f.createAt(domain.CreateEvent{Settings: concert(3)}, start)
		for j := range 4 { // the last ones wait
			b := f.acceptAt(start.Add(time.Duration(j*j)*time.Second), f.book(event, who, 1)).Booking
			f.acceptAt(start.Add(time.Duration(j*j)*time.Second), f.book(event, "somebody else", 1))
			all = append(all, b)
		}
		if i == 2 {
			f.accept(domain.CancelEvent{EventID: event.ID})
		}
	}
	for i, b := range all {
		all[i] = f.booking(b)
	}
	slices.SortFunc(all, func(a, b domain.Booking) int {
		if byTime := b.CreatedAt.Compare(a.CreatedAt); byTime != 0 {
			return byTime
		}
		return slices.Compare(b.ID.UUID[:], a.ID.UUID[:])
	})
	for _, size := range []int{1, 2, 5, len(all), everything} {
		var got []domain.Booking
		q := ports.PersonQuery{UserID: f.person(who).UserID(), Limit: size}
		for {
			page, err := f.store.PersonBookings(f.Context(), q)
			require.NoError(f, err)
			require.LessOrEqual(f, len(page), size, "a page has at most so many bookings")
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			q.After = ports.CursorOfBooking(page[len(page)-1])
		}
		sameList(f, all, got, "paging through a person's bookings, %d at a time, gives each once, as it is now", size)
	}
	nobody, err := f.store.PersonBookings(f.Context(), ports.PersonQuery{UserID: f.person(f.stranger()).UserID()})
	require.NoError(f, err)
	require.Empty(f, nobody, "who never booked has no bookings")
}

func pageJournal(f *fixture) {
	event := f.busy()
	all := f.journal(event.ID)
	for _, size := range []int{1, 2, 7, len(all), everything} {
		var got []domain.Record
		q := ports.JournalQuery{EventID: event.ID, Limit: size}
		for {
			page, err := f.store.Journal(f.Context(), q)
			require.NoError(f, err)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			q.After = ports.CursorOfRecord(page[len(page)-1])
		}
		require.Equal(f, all, got, "paging through a journal, %d at a time, gives each record once", size)
	}
	last := all[len(all)-1]
	page, err := f.store.Journal(f.Context(), ports.JournalQuery{EventID: event.ID, After: ports.JournalCursor{Version: last.Version + 100}})
	require.NoError(f, err)
	require.Empty(f, page, "nothing comes after the last record")
}

func pageLimits(f *fixture) {
	event, who := f.sale(10), f.stranger()
	var commands []domain.Command
	for range ports.DefaultLimit + 5 {
		commands = append(commands, f.book(event, who, 1))
	}
	f.do(commands...)
	f.createMany(window(), slices.Repeat([]int{1}, ports.DefaultLimit+1)...)
	for limit, want := range map[int]int{0: ports.DefaultLimit, 3: 3, -1: 0} {
		events, err1 := f.store.Events(f.Context(), ports.EventQuery{Limit: limit})
		bookings, err2 := f.store.Bookings(f.Context(), ports.BookingQuery{EventID: event.ID, Limit: limit})
		persons, err3 := f.store.PersonBookings(f.Context(), ports.PersonQuery{UserID: f.person(who).UserID(), Limit: limit})
		records, err4 := f.store.Journal(f.Context(), ports.JournalQuery{EventID: event.ID, Limit: limit})
		for _, err := range []error{err1, err2, err3, err4} {
			if limit < 0 {
				require.ErrorIs(f, err, domain.ErrValidation, "a negative limit is refused")
			} else {
				require.NoError(f, err)
			}
		}
		require.Equal(f, []int{want, want, want, want}, []int{len(events), len(bookings), len(persons), len(records)},
			"a list that is asked for %d has so many", limit)
	}
	_, _, err := f.store.Due(f.Context(), -1)
	require.ErrorIs(f, err, domain.ErrValidation, "a negative limit is refused")
}
