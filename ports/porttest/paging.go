package porttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var pagingRules = []rule{
	{"through bookings gives each once", pageBookings},
	{"through events gives each once, the newest first", pageEvents},
	{"through events is not upset by newer ones", pageEventsWhileGrowing},
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

// createAt keeps events that were created so many microseconds after a time.
func (f *fixture) createAt(start time.Time, after ...int) []domain.Event {
	f.Helper()
	var events []domain.Event
	for i, micros := range after {
		n := domain.NewEvent{Name: fmt.Sprint("Event ", i), TotalTickets: 1}
		if i%3 == 0 {
			n.Status = domain.EventDraft
		}
		event := n.Event(domain.EventID{UUID: newID()}, start.Add(time.Duration(micros)*time.Microsecond))
		event.ID.UUID[0], event.ID.UUID[15] = byte(rand.Int()), byte(rand.Int()) //nolint:gosec // so that ids don't come in order
		_, err := f.store.Create(f.Context(), event, domain.IdempotencyKey{})
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
	all := f.createAt(start, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 4)
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
			// Only CreatedAt and ID of After count: this one needn't be kept.
			q := ports.EventQuery{Status: status, Limit: size, After: &domain.Event{CreatedAt: start.Add(time.Millisecond)}}
			for page := f.page(q, start); len(page) > 0; page = f.page(q, start) {
				got = append(got, page...)
				q.After = &domain.Event{CreatedAt: page[len(page)-1].CreatedAt, ID: page[len(page)-1].ID}
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
	want := f.createAt(start, 0, 1, 1, 2, 3)
	q := ports.EventQuery{Limit: 2, After: &domain.Event{CreatedAt: start.Add(time.Millisecond)}}
	var got []domain.Event
	for page := f.page(q, start); len(page) > 0; page = f.page(q, start) {
		got = append(got, page...)
		q.After = &page[len(page)-1]
		f.createAt(start, 5, 6)
	}
	sameList(f, want, got, "events that are created while somebody pages change nothing on later pages")
}
