package porttest

import (
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var erasureRules = []rule{
	{"leaves nothing of a person in their bookings, which stay", erasureLeavesNothing},
	{"is refused while they have anything, unless it is forced", erasureIsRefused},
	{"lets what keys remember of their requests match nothing", requestsAreForgotten},
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

func requestsAreForgotten(f *fixture) {
	who, friend := f.stranger(), f.stranger()
	event, other := f.sale(5), f.sale(5)
	book, others, elsewhere := f.book(event, who, 2), f.book(event, "bob", 1), f.book(other, who, 1)
	book.Key, others.Key, elsewhere.Key = key("k1"), key("k2"), key("k1")
	booking := f.accept(book).Booking
	bobs := f.accept(others).Booking
	cancel, received := f.cancel(event, who, booking.Tickets[0]), f.transfer(bobs, who)
	cancel.Key, received.Key = key("k3"), key("k4")
	sure, given := confirm(booking), f.transfer(booking, friend)
	sure.Key, given.Key = key("k5"), key("k6")
	f.accept(cancel, received, elsewhere)
	f.accept(sure, given, f.erase(event, who, true), f.erase(other, who, true)) // one was not theirs any more

	var repeat *domain.Repeat
	for range 2 {
		require.NoError(f, f.store.ForgetRequests(f.Context(), f.person(who).UserID()))
		for _, c := range []domain.Command{book, cancel, received, elsewhere} {
			require.ErrorIs(f, f.do(c)[0].Err, domain.ErrIdempotencyKeyReused, "a request that names who was erased matches nothing: %s", words(c))
		}
		for _, c := range []domain.Command{others, sure, given} {
			require.ErrorAs(f, f.do(c)[0].Err, &repeat, "requests that name others, or nobody, are remembered: %s", words(c))
		}
	}
	require.NoError(f, f.store.ForgetRequests(f.Context(), f.person(f.stranger()).UserID()), "there is nothing of who never asked for anything")
}

func erasureInSteps(f *fixture) {
	const more = 7
	who := f.stranger()
	event := f.sale(domain.MostErased)
	var commands []domain.Command
	for range domain.MostErased + more {
		commands = append(commands, f.book(event, who, 1))
	}
	f.do(commands...)
	require.Equal(f, domain.MostErased, f.accept(f.erase(event, who, true)).Erased)
	require.Len(f, f.bookingsOf(who), more)
	require.Equal(f, more, f.accept(f.erase(event, who, true)).Erased)
	require.Zero(f, f.accept(f.erase(event, who, true)).Erased)
	require.Empty(f, f.bookingsOf(who))
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}
