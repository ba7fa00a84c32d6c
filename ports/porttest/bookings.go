package porttest

import (
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var bookingsRules = []rule{
	{"are told as they are now", bookingsAreTold},
	{"are of their event only", bookingsAreOfTheirEvent},
	{"are filtered by person and by status", bookingsAreFiltered},
	{"of a cancelled event are cancelled", bookingsOfCancelledEvents},
}

// busy is an event with bookings of all kinds.
func (f *fixture) busy() domain.Event {
	f.Helper()
	event := f.sale(6)
	one := f.accept(f.book(event, "ada", 3)).Booking                       // 1: some tickets are cancelled
	f.accept(f.book(event, "bob", 1))                                      // 2: all its tickets are cancelled
	f.accept(f.book(event, "cy", 2))                                       // 3: booked
	f.accept(f.book(event, "bob", 2))                                      // 4: promoted
	left := f.accept(f.book(event, "ada", 1)).Booking                      // 5: left the line
	f.accept(f.book(event, "dan", 4), f.book(event, "ada", 1))             // 6 and 7: waiting
	f.accept(f.book(event, "bob", 6), leave(left))                         // 8: waiting
	f.accept(f.cancel(event, "bob", domain.Ticket{}))                      // of 2
	f.accept(f.cancel(event, "ada", one.Tickets[1]))                       // of 1: 4 is promoted
	f.accept(f.cancel(event, "ada", domain.Ticket{ID: one.Tickets[2].ID})) // of 1
	return event
}

func bookingsAreTold(f *fixture) {
	event := f.busy()
	bookings := f.allBookings(event.ID)
	var told []string
	for _, b := range bookings {
		told = append(told, brief(b))
	}
	require.Equal(f, []string{
		"#1 ada ×3 BOOKED [BOOKED CANCELLED CANCELLED]",
		"#2 bob ×1 CANCELLED [CANCELLED]",
		"#3 cy ×2 BOOKED [BOOKED BOOKED]",
		"#4 bob ×2 BOOKED [BOOKED BOOKED]",
		"#5 ada ×1 CANCELLED []",
		"#6 dan ×4 WAITING at 1 []",
		"#7 ada ×1 WAITING at 2 []",
		"#8 bob ×6 WAITING at 3 []",
	}, told, "Bookings lists bookings by sequence, with tickets in their order and positions as they are now")
	checkRules(f, f.event(event.ID), bookings)

	for _, b := range bookings {
		booking, err := f.store.Booking(f.Context(), event.ID, b.ID)
		require.NoError(f, err, "Booking finds a booking")
		same(f, b, booking, "Booking tells what Bookings tells")
		for i, t := range b.Tickets {
			require.Equal(f, i+1, t.Ordinal, "tickets are listed by ordinal")
			require.Equal(f, t.Status == domain.TicketCancelled, !t.CancelledAt.IsZero(), "only a cancelled ticket was cancelled at a time")
			require.False(f, t.BookedAt.Before(b.CreatedAt), "tickets come with the booking or later")
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
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person("ADA").UserID()}), 3)
	f.accept(domain.CancelEvent{EventID: event.ID})
	f.checkFilters(event.ID)
	require.Empty(f, f.bookings(ports.BookingQuery{EventID: event.ID, Status: domain.BookingBooked}), "in a cancelled event nothing is booked")
}

// checkFilters compares every query with what it should find among all.
func (f *fixture) checkFilters(id domain.EventID) {
	f.Helper()
	all := f.allBookings(id)
	for _, who := range []string{"", "ada", "BOB", "cy", "dan", "nobody"} {
		var user domain.UserID
		if who != "" {
			user = f.person(who).UserID()
		}
		for _, status := range []domain.BookingStatus{"", domain.BookingBooked, domain.BookingWaiting, domain.BookingCancelled} {
			for _, after := range []int64{0, 1, 5, int64(len(all))} {
				for _, limit := range []int{1, 2, everything} {
					q := ports.BookingQuery{EventID: id, UserID: user, Status: status, AfterSequence: after, Limit: limit}
					var want []domain.Booking
					for _, b := range all {
						if (who == "" || b.UserID == user) && (status == "" || b.Status == status) &&
							b.Sequence > after && len(want) < limit {
							want = append(want, b)
						}
					}
					sameList(f, want, f.bookings(q), "Bookings of %q with status %q after %d, at most %d", who, status, after, limit)
				}
			}
		}
	}
}

func bookingsOfCancelledEvents(f *fixture) {
	event := f.busy()
	before := f.allBookings(event.ID)
	cancelled := f.accept(domain.CancelEvent{EventID: event.ID}).Event
	same(f, cancelled, f.event(event.ID), "the cancelled event is kept, with no tickets available and nobody waiting")

	for i, b := range f.allBookings(event.ID) {
		require.Equal(f, domain.BookingCancelled, b.Status, "all bookings of a cancelled event are cancelled")
		require.Zero(f, b.Position, "nobody waits for a cancelled event")
		same(f, before[i].OfEvent(cancelled), b,
			"in a cancelled event all tickets are cancelled that weren't before, since the event was; all else stays")
		booking, err := f.store.Booking(f.Context(), event.ID, b.ID)
		require.NoError(f, err)
		same(f, b, booking, "Booking tells what Bookings tells")
	}

	ticket := before[2].Tickets[0]
	answers := f.do(
		f.book(event, "ada", 1), f.cancel(event, "cy", domain.Ticket{}), f.cancel(event, "cy", ticket),
		leave(before[5]), rename(event, "Another name"), domain.CancelEvent{EventID: event.ID},
	)
	require.ErrorIs(f, answers[0].Err, domain.ErrEventCancelled)
	require.ErrorIs(f, answers[1].Err, domain.ErrEventCancelled)
	require.NoError(f, answers[2].Err, "a ticket of a cancelled event is cancelled already")
	require.Equal(f, cancelled.UpdatedAt, answers[2].Ticket.CancelledAt)
	require.NoError(f, answers[3].Err)
	require.ErrorIs(f, answers[4].Err, domain.ErrEventCancelled)
	require.NoError(f, answers[5].Err)
	same(f, cancelled, f.event(event.ID), "nothing changes a cancelled event")
}
