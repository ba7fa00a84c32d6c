package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestCancelWithoutIDTakesTheLastTicketOfTheLatestBooking(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(9))
	first, second := b.book("ada", 1), b.book("ada", 2)
	b.book("bob", 1)

	for _, want := range []domain.Ticket{second.Tickets[1], second.Tickets[0], first.Tickets[0]} {
		require.Equal(t, want.ID, b.cancelLatest(" ADA ").ID)
	}
	b.unchanged(func() {
		require.ErrorIs(t, b.try(b.latestOf("ada")).err, domain.ErrTicketNotFound)
	})
}

func TestCancelWithoutIDPassesOverWhatWasCancelledByID(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(9))
	booking := b.book("ada", 3)
	byID := b.latestOf("ada")
	byID.TicketID = booking.Tickets[2].ID

	outcomes := b.run(t, byID, b.latestOf("ada"))

	require.Equal(t, booking.Tickets[1].ID, must[domain.Ticket](t, outcomes[1]).ID)
}

func TestCancelWithoutIDGoesBySequenceNotByWhenTicketsCame(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	early, late := b.book("bob", 1), b.book("bob", 1)

	// Both of bob's bookings are promoted in the batch that cancels one of them.
	outcomes := b.run(t, b.latestOf("ada"), b.latestOf("ada"), b.latestOf("bob"))

	require.Equal(t, late.ID, must[domain.Ticket](t, outcomes[2]).BookingID)
	require.Equal(t, domain.BookingBooked, b.now(early.ID).Status)
	require.Equal(t, domain.BookingCancelled, b.now(late.ID).Status)
}

func TestCancelGivesTheTicketBack(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	booking := b.book("ada", 2)

	ticket := b.cancelLatest("ada")

	require.Equal(t, domain.TicketCancelled, ticket.Status)
	require.Equal(t, b.head.UpdatedAt, ticket.CancelledAt)
	require.Equal(t, 1, b.head.AvailableTickets)
	require.EqualValues(t, 3, b.head.Version)
	require.Equal(t, domain.TicketGivenBack{Ticket: ticket}, b.facts[1])
	require.Equal(t, domain.BookingBooked, b.now(booking.ID).Status)

	b.cancelLatest("ada")
	require.Equal(t, domain.BookingCancelled, b.now(booking.ID).Status)
}

func TestCancelledTicketIsAnsweredAsItIs(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	booking := b.book("ada", 1)
	byID := b.latestOf("ada")
	byID.TicketID = booking.Tickets[0].ID
	first := must[domain.Ticket](t, b.try(byID))

	b.unchanged(func() {
		require.Equal(t, first, must[domain.Ticket](t, b.try(byID)))
	})
	outcomes := b.run(t, byID, byID)
	require.Equal(t, outcomes[0], outcomes[1])
}

func TestCancelledTicketIsAnsweredAsItIsUnderAKeyToo(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	booking := b.book("ada", 1)
	ticket := b.cancelLatest("ada")
	again := b.latestOf("ada")
	again.TicketID, again.Key = ticket.ID, key("k", "r")

	version := b.head.Version
	require.Equal(t, ticket, must[domain.Ticket](t, b.try(again)))
	require.Equal(t, version, b.head.Version)
	require.Equal(t, &domain.Repeat{EventID: b.head.ID, BookingID: booking.ID, TicketID: ticket.ID}, b.try(again).err)
}

func TestCancelFindsOnlyOnesOwnTickets(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	booking := b.book("ada", 1)
	somebodyElses, unknown := b.latestOf("bob"), b.latestOf("ada")
	somebodyElses.TicketID = booking.Tickets[0].ID
	unknown.TicketID = domain.TicketID{UUID: testID(-2, 0)}
	b.unchanged(func() {
		require.ErrorIs(t, b.try(somebodyElses).err, domain.ErrTicketNotFound)
		require.ErrorIs(t, b.try(unknown).err, domain.ErrTicketNotFound)
		require.ErrorIs(t, b.try(domain.CancelTicket{EventID: b.head.ID}).err, domain.ErrValidation)
	})
}

func TestCancelOnADraftIsRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2, draft))
	b.unchanged(func() {
		require.ErrorIs(t, b.try(b.latestOf("ada")).err, domain.ErrEventNotPublished)
	})
}

func TestCancelPromotesWhoeverFitsInTheSameBatch(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	two, one := b.book("bob", 2), b.book("cid", 1)

	b.cancelLatest("ada")
	require.Equal(t, domain.BookingWaiting, b.now(two.ID).Status, "is promoted whole or not at all")
	require.Equal(t, 2, b.now(one.ID).Position, "passes nobody")
	require.Equal(t, 1, b.head.AvailableTickets)

	b.cancelLatest("ada")
	promoted := b.now(two.ID)
	require.Equal(t, domain.BookingBooked, promoted.Status)
	require.Len(t, promoted.Tickets, 2)
	require.Equal(t, two.CreatedAt, promoted.CreatedAt)
	require.Equal(t, b.head.UpdatedAt, promoted.Tickets[0].BookedAt)
	require.Equal(t, domain.BookingPromoted{Booking: promoted}, b.facts[len(b.facts)-1])
	require.Equal(t, 1, b.now(one.ID).Position)
	require.EqualValues(t, 1, b.head.PromotedCount)
}
