package porttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var journalRules = []rule{
	{"tells every change once, in order, and by whom", journalTellsAll},
	{"tells what each change left", journalTellsStates},
	{"is of its event only, whatever shares the transaction", journalIsOfItsEvent},
}

// entry tells a record in few words.
func entry(r domain.Record) string {
	told := []string{fmt.Sprintf("%d-%d %s by %s", r.Version, r.Number, r.Kind, r.By)}
	if r.Booking != nil {
		told = append(told, fmt.Sprintf("#%d %s", r.Booking.Sequence, r.Booking.Status))
	}
	for _, t := range r.Tickets {
		told = append(told, fmt.Sprint(-t.Ordinal))
	}
	if r.Held {
		told = append(told, "were held")
	}
	if r.Less > 0 {
		told = append(told, fmt.Sprintf("%d less", r.Less))
	}
	return strings.Join(told, " ")
}

func journalTellsAll(f *fixture) {
	event, at := f.heldSale(4, 90)
	in := func(seconds int, c domain.Command) domain.Booking {
		f.Helper()
		return f.acceptAt(at.Add(time.Duration(seconds)*time.Second), c).Booking
	}
	by := f.book(event, "ada", 2)
	by.By = "till"
	ada := in(0, by)
	link := confirm(ada)
	link.By = domain.ByLink
	in(1, link)
	bob := in(2, f.book(event, "bob", 2))
	in(3, extend(bob, 90))
	in(4, domain.CancelTickets{EventID: event.ID, Person: f.person("ada"), Quantity: 1})
	cy, dan, eve := in(5, f.book(event, "cy", 4)), in(6, f.book(event, "dan", 3)), in(7, f.book(event, "eve", 1))
	in(8, leave(cy))
	in(9, domain.ChangeBooking{EventID: event.ID, BookingID: dan.ID, Quantity: new(2)})
	in(10, f.transfer(bob, "fay"))
	in(11, f.transfer(bob, "FAY"))
	in(12, resize(event, 5))
	in(94, domain.CatchUp{EventID: event.ID})
	in(95, giveBack(dan))
	in(96, f.erase(event, "eve", true))
	in(97, domain.CancelEvent{EventID: event.ID})
	_ = eve

	var told []string
	for _, r := range f.journal(event.ID) {
		told = append(told, entry(r))
	}
	require.Equal(f, strings.Split(strings.TrimSpace(`
1-1 event.created by -
2-1 booking.held by till #1 HELD
3-1 booking.confirmed by link #1 BOOKED
4-1 booking.held by - #2 HELD
5-1 booking.extended by - #2 HELD
6-1 tickets.cancelled by - #1 BOOKED -2
7-1 booking.joined by - #3 WAITING
8-1 booking.joined by - #4 WAITING
9-1 booking.joined by - #5 WAITING
10-1 booking.left by - #3 CANCELLED
11-1 booking.changed by - #4 WAITING 1 less
12-1 booking.transferred by - #2 HELD
13-1 booking.changed by - #2 HELD
14-1 event.changed by -
14-2 booking.promoted by boxoffice #4 HELD
15-1 booking.expired by boxoffice #2 EXPIRED -1 -2 were held
15-2 booking.promoted by boxoffice #5 HELD
16-1 tickets.cancelled by - #4 CANCELLED -1 -2 were held
17-1 person.erased by - #5 HELD
18-1 event.cancelled by -`), "\n"), told)
	f.checkJournal(&reader{event: event.ID, page: 3}, f.event(event.ID), f.allBookings(event.ID))
}

// journalTellsStates compares each record with what the store told right after
// its change.
func journalTellsStates(f *fixture) {
	event := f.busy()
	known := len(f.journal(event.ID))
	name, venue := "Encore", "Somewhere else"
	for _, c := range []domain.Command{
		f.noted(event, "ada", 2, `an "order" \ 🎻`), f.cancel(event, "ada", domain.Ticket{}), resize(event, 9),
		domain.ChangeEvent{EventID: event.ID, Name: &name, Venue: &venue, MaxTicketsPerUser: new(domain.AtMost(50))},
		f.transfer(f.allBookings(event.ID)[4], "gus"), confirm(f.allBookings(event.ID)[4]),
	} {
		f.accept(c)
		journal := f.journal(event.ID)
		require.Greater(f, len(journal), known, words(c))
		for _, r := range journal[known:] {
			if r.Booking != nil {
				now := ofNobody(f.booking(*r.Booking))
				now.Position, now.TicketsAhead = 0, 0
				same(f, now, *r.Booking, "a record has the booking as it was left")
			}
			if r.Event != nil {
				e := f.event(event.ID)
				same(f, e.Settings, r.Event.Settings, "a record has the event's settings as they were left")
				require.Equal(f, []any{e.Status, e.SettingsVersion}, []any{r.Event.Status, r.Event.SettingsVersion})
			}
			require.Equal(f, f.event(event.ID).UpdatedAt, r.At)
		}
		known = len(journal)
	}
}

func journalIsOfItsEvent(f *fixture) {
	one, two := f.sale(3), f.sale(3)
	f.do(f.book(one, "ada", 1), f.book(two, "bob", 3), f.book(one, "cy", 2), f.book(two, "dan", 1))
	for _, e := range []domain.Event{one, two} {
		journal := f.journal(e.ID)
		require.Len(f, journal, 3)
		for i, r := range journal {
			require.EqualValues(f, i+1, r.Version, "each event has versions of its own")
			require.Equal(f, e.ID, r.EventID)
		}
	}
}
