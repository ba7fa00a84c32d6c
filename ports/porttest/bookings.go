package porttest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var bookingsRules = []rule{
	{"are told as they are now", bookingsAreTold},
	{"are of their event only", bookingsAreOfTheirEvent},
	{"are filtered by person, status and reference", bookingsAreFiltered},
	{"of a cancelled event are cancelled", bookingsOfCancelledEvents},
	{"change hands with their tickets", bookingsChangeHands},
}

// busy is an event with bookings of all kinds.
func (f *fixture) busy() domain.Event {
	f.Helper()
	longAgo := f.store.Now().Add(-time.Minute)
	event := f.createAt(domain.CreateEvent{Settings: concert(8, held(30, 3600))}, longAgo)
	f.acceptAt(longAgo, f.book(event, "ada", 1))                                               // 1: expires
	f.accept(domain.ChangeEvent{EventID: event.ID, HoldSeconds: new(0)})                       // 1 expires
	two := f.accept(f.book(event, "ada", 3)).Booking                                           // 2: some tickets are cancelled
	f.accept(f.book(event, "bob", 1))                                                          // 3: all its tickets are cancelled
	f.accept(f.noted(event, "cy", 2, "order 1"))                                               // 4: booked
	f.accept(domain.ChangeEvent{EventID: event.ID, HoldSeconds: new(3600)})                    //
	five := f.accept(f.noted(event, "dan", 2, "order 1")).Booking                              // 5: held, and given to eve
	f.accept(f.noted(event, "bob", 2, "order 2"))                                              // 6: promoted, and held
	left := f.accept(f.book(event, "ada", 1)).Booking                                          // 7: left the line
	smaller := f.accept(f.book(event, "dan", 4)).Booking                                       // 8: waiting, for 3
	f.accept(f.noted(event, "ada", 1, "order 2"))                                              // 9: waiting
	f.accept(f.book(event, "bob", 6), leave(left))                                             // 10: waiting
	f.accept(domain.CancelTickets{EventID: event.ID, Person: f.person("bob")})                 // of 3
	f.accept(domain.ChangeBooking{EventID: event.ID, BookingID: smaller.ID, Quantity: new(3)}) // 8 asks for less
	f.accept(f.cancel(event, "ada", two.Tickets[1]))                                           // of 2: 6 is promoted
	f.accept(f.cancel(event, "ada", two.Tickets[2]), f.transfer(five, "eve"))
	return event
}

// noted is a booking with a reference.
func (f *fixture) noted(e domain.Event, who string, quantity int, reference string) domain.Book {
	f.Helper()
	c := f.book(e, who, quantity)
	c.Reference = reference
	return c
}

func bookingsAreTold(f *fixture) {
	event := f.busy()
	bookings := f.allBookings(event.ID)
	var told []string
	for _, b := range bookings {
		told = append(told, brief(b))
	}
	require.Equal(f, []string{
		"#1 ada ×1 EXPIRED [CANCELLED]",
		"#2 ada ×3 BOOKED [BOOKED CANCELLED CANCELLED]",
		"#3 bob ×1 CANCELLED [CANCELLED]",
		"#4 cy ×2 BOOKED [BOOKED BOOKED]",
		"#5 eve ×2 HELD [HELD HELD]",
		"#6 bob ×2 HELD [HELD HELD]",
		"#7 ada ×1 CANCELLED []",
		"#8 dan ×3 WAITING at 1 behind 0 []",
		"#9 ada ×1 WAITING at 2 behind 3 []",
		"#10 bob ×6 WAITING at 3 behind 4 []",
	}, told, "Bookings lists bookings by sequence, with tickets in their order and positions as they are now")
	checkRules(f, f.event(event.ID), bookings)
	f.checkJournal(&reader{event: event.ID, page: 5}, f.event(event.ID), bookings)
	ids := []domain.BookingID{{UUID: newID()}, bookings[3].ID}
	for _, b := range slices.Backward(bookings) {
		ids = append(ids, b.ID)
	}
	of, byID, err := f.store.BookingsByID(f.Context(), event.ID, ids)
	require.NoError(f, err, "BookingsByID leaves out what is not there")
	same(f, f.event(event.ID), of, "BookingsByID tells the event as it is")
	sameList(f, bookings, byID, "BookingsByID tells each booking once, by sequence, as Bookings tells it")
	_, _, err = f.store.BookingsByID(f.Context(), domain.EventID{UUID: newID()}, ids)
	require.ErrorIs(f, err, domain.ErrEventNotFound, "BookingsByID of no event")
	for _, b := range bookings {
		same(f, b, f.booking(b), "Booking tells what Bookings tells")
		for _, t := range b.Tickets {
			require.False(f, t.BookedAt.Before(b.CreatedAt), "tickets come with the booking or later")
			require.Equal(f, b.UserID, t.UserID, "tickets are of the booking's person")
		}
	}
}

func bookingsAreOfTheirEvent(f *fixture) {
	event, other := f.sale(1), f.sale(1)
	booking := f.accept(f.book(event, "ada", 1)).Booking
	f.accept(f.book(other, "ada", 1))
	_, err := f.store.Booking(f.Context(), other.ID, booking.ID)
	require.ErrorIs(f, err, domain.ErrBookingNotFound, "a booking is not found in another event")
	_, err = f.store.Booking(f.Context(), event.ID, domain.BookingID{UUID: newID()})
	require.ErrorIs(f, err, domain.ErrBookingNotFound, "a booking that was never made is not found")
	sameList(f, []domain.Booking{booking}, f.allBookings(event.ID), "an event lists its own bookings only")
}

func bookingsAreFiltered(f *fixture) {
	event := f.busy()
	f.checkFilters(event.ID)
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, Status: domain.BookingWaiting}), 3)
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person("ADA").UserID()}), 4)
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, Reference: "order 1"}), 2)
	require.Empty(f, f.bookings(ports.BookingQuery{EventID: event.ID, Reference: "Order 1"}), "a reference is found as it was given")
	f.accept(domain.CancelEvent{EventID: event.ID})
	f.checkFilters(event.ID)
	for status, n := range map[domain.BookingStatus]int{
		domain.BookingBooked: 0, domain.BookingHeld: 0, domain.BookingWaiting: 0, domain.BookingExpired: 1, domain.BookingCancelled: 9,
	} {
		require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, Status: status}), n,
			"in a cancelled event everything is cancelled that hasn't expired: %s", status)
	}
}

// checkFilters compares every query with what it should find among all.
func (f *fixture) checkFilters(id domain.EventID) {
	f.Helper()
	all := f.allBookings(id)
	for _, who := range []string{"", "ada", "BOB", "eve", "nobody"} {
		for _, status := range []domain.BookingStatus{
			"", domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled,
		} {
			for _, reference := range []string{"", "order 1", "order 2"} {
				for _, page := range [][2]int{{0, everything}, {0, 1}, {2, 2}, {len(all), 2}} {
					q := ports.BookingQuery{EventID: id, Status: status, Reference: reference, AfterSequence: int64(page[0]), Limit: page[1]}
					if who != "" {
						q.UserID = f.person(who).UserID()
					}
					var want []domain.Booking
					for _, b := range all {
						if (who == "" || b.UserID == q.UserID) && (status == "" || b.Status == status) &&
							(reference == "" || b.Reference == reference) && b.Sequence > q.AfterSequence && len(want) < q.Limit {
							want = append(want, b)
						}
					}
					sameList(f, want, f.bookings(q), "Bookings of %q with status %q and reference %q, %v", who, status, reference, page)
				}
			}
		}
	}
}

func bookingsOfCancelledEvents(f *fixture) {
	event := f.busy()
	before := f.allBookings(event.ID)
	cancelled := f.accept(domain.CancelEvent{EventID: event.ID}).Event
	same(f, cancelled, f.event(event.ID), "the cancelled event is kept, with nothing free or held and nobody waiting")

	for i, b := range f.allBookings(event.ID) {
		require.Zero(f, b.Position, "nobody waits for a cancelled event")
		same(f, before[i].OfEvent(cancelled), b,
			"in a cancelled event what has not expired is cancelled, and all tickets that weren't before, since the event was; all else stays")
		same(f, b, f.booking(b), "Booking tells what Bookings tells")
	}

	ticket := before[3].Tickets[0]
	answers := f.do(
		f.cancel(event, "cy", ticket), leave(before[7]), giveBack(before[4]), domain.CancelEvent{EventID: event.ID},
		domain.CatchUp{EventID: event.ID},
	)
	for _, a := range answers {
		require.NoError(f, a.Err, "what is over already is accepted, in a cancelled event too")
	}
	require.Equal(f, cancelled.CancelledAt, answers[0].Tickets[0].CancelledAt)
	for _, a := range f.do(
		f.book(event, "ada", 1), f.cancel(event, "cy", domain.Ticket{}), rename(event, "Another name"), confirm(before[4]),
		extend(before[4], 60), f.transfer(before[4], "fay"), domain.ChangeBooking{EventID: event.ID, BookingID: before[4].ID},
	) {
		require.ErrorIs(f, a.Err, domain.ErrEventCancelled)
	}
	same(f, cancelled, f.event(event.ID), "nothing changes a cancelled event")
}

func bookingsChangeHands(f *fixture) {
	event := f.sale(3)
	booked := f.accept(f.book(event, "ada", 3)).Booking
	f.accept(f.cancel(event, "ada", booked.Tickets[0]))
	waiting := f.accept(f.book(event, "ada", 3)).Booking
	for _, b := range []domain.Booking{booked, waiting} {
		before := f.booking(b)
		given := f.accept(f.transfer(b, " Bob")).Booking
		after := f.booking(b)
		require.Equal(f, 1, after.Transfers)
		require.Equal(f, []any{f.person("bob").UserID(), "Bob"}, []any{after.UserID, after.Identifier}, "a transferred booking is the new person's")
		require.Equal(f, given.Tickets, after.Tickets, "its tickets are too, cancelled ones as well")
		same(f, ofNobody(before).Tickets, ofNobody(after).Tickets, "all else of its tickets stays")
		require.Equal(f, []int{before.Position, before.TicketsAhead}, []int{after.Position, after.TicketsAhead}, "it keeps its place")
	}
	require.Empty(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person("ada").UserID()}))
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person("bob").UserID()}), 2)
	f.accept(f.cancel(event, "bob", booked.Tickets[1]))
}
