package porttest

import (
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var erasureRules = []rule{
	{"leaves nothing of a person in their bookings, which stay", erasureLeavesNothing},
	{"is refused while they have anything, unless it is forced", erasureIsRefused},
	{"lets what keys remember of their requests match nothing", erasureForgetsRequests},
	{"goes on in steps where somebody has very many bookings", erasureInSteps},
}

func (f *fixture) bookingsOf(who string) []domain.Booking {
	f.Helper()
	bookings, err := f.store.PersonBookings(f.Context(), ports.PersonQuery{UserID: f.person(who).UserID(), Limit: everything})
	require.NoError(f, err)
	return bookings
}

func erasureLeavesNothing(f *fixture) {
	who := f.stranger()
	event, other := f.sale(5, perUser(5)), f.sale(5)
	f.accept(f.book(event, who, 3), f.book(event, "bob", 2), f.book(event, who, 2), f.book(other, who, 1))
	before := f.allBookings(event.ID)
	erase := f.erase(event, who, true)
	a := f.accept(erase)
	require.Equal(f, 2, a.Erased, "erasing tells of how many bookings")
	after := f.allBookings(event.ID)
	for i, b := range after {
		if i == 1 {
			same(f, before[i], b, "other people's bookings stay as they are")
			continue
		}
		require.Empty(f, b.Identifier)
		require.Equal(f, erase.NewUserID, b.UserID)
		same(f, ofNobody(before[i]), ofNobody(b), "all else of a booking stays")
		for _, t := range b.Tickets {
			require.Equal(f, b.UserID, t.UserID, "tickets are erased with their booking")
		}
	}
	require.Len(f, f.bookingsOf(who), 1, "bookings of another event are not erased")
	require.Empty(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person(who).UserID()}))
	require.Len(f, f.bookings(ports.BookingQuery{EventID: event.ID, UserID: erase.NewUserID}), 2)
	f.checkJournal(&reader{event: event.ID, page: 2}, f.event(event.ID), after)

	require.ErrorIs(f, f.do(f.cancel(event, who, domain.Ticket{}))[0].Err, domain.ErrTicketNotFound, "what was theirs is nobody's")
	require.ErrorIs(f, f.do(f.cancel(event, who, before[0].Tickets[0]))[0].Err, domain.ErrTicketNotFound)
	f.accept(f.book(event, who, 5)) // what was theirs doesn't count against their limit
	require.Zero(f, f.accept(f.erase(event, "nobody", false)).Erased, "there is nothing of who never booked")
}

func erasureIsRefused(f *fixture) {
	who := f.stranger()
	event := f.sale(2)
	booked := f.accept(f.book(event, who, 2)).Booking
	waiting := f.accept(f.book(event, who, 1)).Booking
	refused := func() {
		f.Helper()
		before := f.state(event.ID)
		require.ErrorIs(f, f.do(f.erase(event, who, false))[0].Err, domain.ErrPersonHasBookings)
		require.Equal(f, before, f.state(event.ID), "a refused erasure changes nothing")
	}
	refused() // has tickets and waits
	f.accept(leave(waiting))
	refused() // has tickets
	f.accept(giveBack(booked))
	require.Equal(f, 2, f.accept(f.erase(event, who, false)).Erased, "what is over is erased")

	cancelled := f.sale(2)
	f.accept(f.book(cancelled, who, 2), domain.CancelEvent{EventID: cancelled.ID})
	require.Equal(f, 1, f.accept(f.erase(cancelled, who, false)).Erased, "nobody has anything in a cancelled event")
	require.Empty(f, f.bookingsOf(who))
}

func erasureForgetsRequests(f *fixture) {
	who := f.stranger()
	event := f.sale(5)
	book, others := f.book(event, who, 2), f.book(event, "bob", 1)
	book.Key, others.Key = key("k1"), key("k2")
	booking := f.accept(book).Booking
	f.accept(others)
	cancel := f.cancel(event, who, booking.Tickets[0])
	cancel.Key = key("k3")
	f.accept(cancel)
	sure := confirm(booking)
	sure.Key = key("k4")
	f.accept(sure, f.erase(event, who, true))
	for _, c := range []domain.Command{book, cancel, sure} {
		require.ErrorIs(f, f.do(c)[0].Err, domain.ErrIdempotencyKeyReused, "a request of who was erased matches nothing: %s", words(c))
	}
	var repeat *domain.Repeat
	require.ErrorAs(f, f.do(others)[0].Err, &repeat, "other people's requests are remembered")

	again, third := f.book(event, who, 1), f.erase(event, who, true)
	again.Key = key("k5")
	answers := f.do(again, third, again) // all in one batch
	require.NoError(f, answers[0].Err)
	require.Equal(f, 1, answers[1].Erased, "what was booked in the same batch is erased, too")
	require.ErrorIs(f, answers[2].Err, domain.ErrIdempotencyKeyReused)
	require.ErrorIs(f, f.do(again)[0].Err, domain.ErrIdempotencyKeyReused, "a key of the same batch is forgotten, too")
}

func erasureInSteps(f *fixture) {
	const more = 7
	who := f.stranger()
	event := f.sale(domain.MostExpiries)
	var commands []domain.Command
	for range domain.MostExpiries + more {
		commands = append(commands, f.book(event, who, 1))
	}
	f.do(commands...)
	require.Equal(f, domain.MostExpiries, f.accept(f.erase(event, who, true)).Erased)
	require.Len(f, f.bookingsOf(who), more)
	require.Equal(f, more, f.accept(f.erase(event, who, true)).Erased)
	require.Zero(f, f.accept(f.erase(event, who, true)).Erased)
	require.Empty(f, f.bookingsOf(who))
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}
