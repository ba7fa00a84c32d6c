package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestLeaveMovesEverybodyBehindUp(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	b.book("ada", 1)
	first, second, third := b.book("bob", 1), b.book("cid", 1), b.book("dan", 1)

	b.leave(second.ID)

	require.Equal(t, domain.BookingCancelled, b.now(second.ID).Status)
	require.Zero(t, b.now(second.ID).Position)
	require.Equal(t, 1, b.now(first.ID).Position)
	require.Equal(t, 2, b.now(third.ID).Position)
	require.Equal(t, 2, b.head.WaitingCount)
	require.Equal(t, domain.WaitlistLeft{Booking: b.now(second.ID), At: b.head.UpdatedAt}, b.facts[len(b.facts)-1])
}

func TestLeavePromotesWhoeverFitsNow(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(3))
	b.book("ada", 1)
	tooMany, fits, alsoFits := b.book("bob", 3), b.book("cid", 1), b.book("dan", 1)

	b.leave(tooMany.ID)

	require.Equal(t, domain.BookingBooked, b.now(fits.ID).Status)
	require.Equal(t, domain.BookingBooked, b.now(alsoFits.ID).Status)
	require.Zero(t, b.head.AvailableTickets)
}

func TestLeaveAgainDoesNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	b.book("ada", 1)
	leave := domain.LeaveWaitlist{EventID: b.head.ID, BookingID: b.book("bob", 1).ID}
	for _, o := range b.run(t, leave, leave) {
		require.NoError(t, o.err)
	}
	b.unchanged(func() { b.leave(leave.BookingID) })
}

func TestLeaveIsRefusedOnceTheBookingGotItsTickets(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	booked, waiting := b.book("ada", 1), b.book("bob", 1)
	leave := domain.LeaveWaitlist{EventID: b.head.ID, BookingID: waiting.ID}

	outcomes := b.run(t, b.latestOf("ada"), leave) // promotes it first

	require.ErrorIs(t, outcomes[1].err, domain.ErrBookingNotWaiting)
	b.unchanged(func() {
		require.ErrorIs(t, b.try(leave).err, domain.ErrBookingNotWaiting)
		leave.BookingID = booked.ID // whose only ticket is cancelled
		require.ErrorIs(t, b.try(leave).err, domain.ErrBookingNotWaiting)
		leave.BookingID = domain.BookingID{UUID: testID(-2, 0)}
		require.ErrorIs(t, b.try(leave).err, domain.ErrBookingNotFound)
	})
}

func TestWhoLeftAndWhoJoinedInABatchAreSeenByItsPromotions(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	first, second := b.book("bob", 1), b.book("cid", 1)

	outcomes := b.run(t,
		domain.LeaveWaitlist{EventID: b.head.ID, BookingID: first.ID},
		b.booking("dan", 1),
		b.latestOf("ada"),
		b.latestOf("ada"),
	)

	third := must[domain.Booking](t, outcomes[1])
	require.Equal(t, 2, third.Position)
	require.Equal(t, domain.BookingBooked, b.now(second.ID).Status)
	require.Equal(t, domain.BookingBooked, b.now(third.ID).Status)
	require.Zero(t, b.head.WaitingCount)
}

func TestPositionFollowsFromWhoWasPromotedAndWhoLeft(t *testing.T) {
	t.Parallel()
	require.Equal(t, 1, domain.Position(1, 0, 0))
	require.Equal(t, 4, domain.Position(10, 4, 2))
}
