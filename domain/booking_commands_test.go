package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestConfirmOfEachStatus(t *testing.T) {
	t.Parallel()
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.confirm(of) }, domain.ErrEventCancelled, map[domain.BookingStatus]error{
		domain.BookingExpired: domain.ErrHoldExpired, domain.BookingCancelled: domain.ErrBookingCancelled,
		domain.BookingWaiting: domain.ErrBookingNotHeld, domain.BookingHeld: nil,
	})
}

func TestExtendOfEachStatus(t *testing.T) {
	t.Parallel()
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.extend(of, 100) }, domain.ErrEventCancelled, map[domain.BookingStatus]error{
		domain.BookingExpired: domain.ErrHoldExpired, domain.BookingCancelled: domain.ErrBookingCancelled,
		domain.BookingWaiting: domain.ErrBookingNotHeld, domain.BookingBooked: domain.ErrBookingNotHeld, domain.BookingHeld: nil,
	})
	requireInvalid(t, domain.Extend{Seconds: 0}.Validate(), "seconds")
	requireInvalid(t, domain.Extend{Seconds: 3601}.Validate(), "seconds")
	requireInvalid(t, domain.Extend{Seconds: 3600}.Validate(), "")
}

func TestTransferOfEachStatus(t *testing.T) {
	t.Parallel()
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.transfer(of, "zoe") }, domain.ErrEventCancelled, map[domain.BookingStatus]error{
		domain.BookingExpired: domain.ErrHoldExpired, domain.BookingCancelled: domain.ErrBookingCancelled,
		domain.BookingWaiting: nil, domain.BookingBooked: nil, domain.BookingHeld: nil,
	})
}

func TestGiveBackOfEachStatus(t *testing.T) {
	t.Parallel()
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.giveBack(of) }, nil, map[domain.BookingStatus]error{
		domain.BookingWaiting: nil, domain.BookingBooked: nil, domain.BookingHeld: nil,
	})
}

func TestLeaveWaitlistOfEachStatus(t *testing.T) {
	t.Parallel()
	no := domain.ErrBookingNotWaiting
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.leave(of) }, nil, map[domain.BookingStatus]error{
		domain.BookingExpired: no, domain.BookingCancelled: no, domain.BookingBooked: no, domain.BookingHeld: no, domain.BookingWaiting: nil,
	})
	b := newBox(t, 1)
	b.book("ada", 1)
	bob := b.book("bob", 1)
	b.do(b.leave(bob))
	b.same(b.leave(bob)) // left already
	require.Equal(t, domain.BookingCancelled, b.now(bob).Status)
}

func TestChangeBookingOfEachStatus(t *testing.T) {
	t.Parallel()
	no := domain.ErrBookingNotWaiting
	refusals(t, func(b *box, of domain.Booking) domain.Command { return b.less(of, 1) }, domain.ErrEventCancelled, map[domain.BookingStatus]error{
		domain.BookingExpired: no, domain.BookingCancelled: no, domain.BookingBooked: no, domain.BookingHeld: no,
	})
	note := "a note"
	refusals(t, func(b *box, of domain.Booking) domain.Command {
		return domain.ChangeBooking{EventID: b.id, BookingID: of.ID, Reference: &note}
	}, domain.ErrEventCancelled, map[domain.BookingStatus]error{
		domain.BookingExpired: nil, domain.BookingCancelled: nil, domain.BookingBooked: nil, domain.BookingHeld: nil, domain.BookingWaiting: nil,
	})
}

func TestWhoAsksForLessKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	b := newBox(t, 4)
	b.book("ada", 2)
	bob, cid := b.book("bob", 4), b.book("cid", 3)
	b.refused(domain.ErrValidation, b.less(bob, 5))
	b.same(b.less(bob, 4))
	b.do(b.less(bob, 3))
	require.Equal(t, []int{1, 2, 3}, []int{b.now(bob).Position, b.now(cid).Position, b.now(cid).TicketsAhead})
	b.do(b.less(bob, 2))
	require.Equal(t, domain.BookingBooked, b.now(bob).Status, "whoever fits now is promoted")
	require.Len(t, b.now(bob).Tickets, 2)
	require.Equal(t, []int{1, 0}, []int{b.now(cid).Position, b.now(cid).TicketsAhead})
}

func TestTransferIsJudgedByAllThatThePersonWouldHave(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5, atMostPerUser(3))
	two := b.book("ada", 2)
	b.book("bob", 2)
	waiting := b.book("cid", 3)
	b.refused(domain.ErrUserLimitReached, b.transfer(two, "bob"))
	b.refused(domain.ErrUserLimitReached, b.transfer(waiting, "ada"))
	b.do(b.ticket(two.Tickets[0])) // what is cancelled counts no more
	given := b.do(b.transfer(two, "BOB")).Booking
	require.Equal(t, []any{person(t, "bob").UserID(), "BOB", 1, two.Sequence}, []any{given.UserID, given.Identifier, given.Transfers, given.Sequence})
	b.refused(domain.ErrTicketNotFound, b.latestOf("ada", 1))
	b.refused(domain.ErrUserLimitReached, b.booking("bob", 1))
}

func TestTransferToTheSamePersonOnlyWritesTheirName(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5, atMostPerUser(2))
	two := b.book("ada", 2)
	b.same(b.transfer(two, "ada"))
	written := b.do(b.transfer(two, "Ada")).Booking
	want := two
	want.Identifier = "Ada"
	require.Equal(t, want, written)
}

func TestErasePersonWithinABatch(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5)
	one := b.book("ada", 1)
	two := b.book("bob", 1)
	results, errs := b.try(b.erase("ada", false), b.transfer(two, "ada"), b.booking("ada", 1), b.erase("ada", true), b.erase("ada", false))
	require.ErrorIs(t, errs[0], domain.ErrPersonHasBookings)
	require.Equal(t, []int{3, 0}, []int{results[3].Erased, results[4].Erased})
	for _, booking := range []domain.Booking{one, two} {
		require.Empty(t, b.now(booking).Identifier)
	}
	_, errs = b.try(b.booking("ada", 1), b.erase("ada", false))
	require.ErrorIs(t, errs[1], domain.ErrPersonHasBookings, "what was booked in the same batch counts")
}

func TestGiveBackMovesTheLineOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t, 4, held)
	ada := b.book("ada", 4)
	b.book("bob", 2)
	b.book("cid", 2)
	before := b.event().Version
	b.wait(time.Second)
	b.do(b.giveBack(ada))
	require.Equal(t, before+1, b.event().Version)
	require.Equal(t, []int{0, 4, 0}, []int{b.event().AvailableTickets, b.event().HeldTickets, b.event().Line.Waiting})
	require.Equal(t, b.at.Add(90*time.Second), b.event().NextReleaseAt)
}

func TestTransferWithinABatch(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9, atMostPerUser(3))
	b.book("bob", 1)
	three := b.book("ada", 2)
	results, errs := b.try(b.transfer(three, "bob"), b.booking("ada", 3), b.booking("bob", 1), b.latestOf("bob", 3))
	require.Equal(t, []error{nil, nil, domain.ErrUserLimitReached, nil}, errs, "limits count what changed hands")
	require.Equal(t, three.Tickets[1].ID, results[3].Tickets[0].ID, "what was given to somebody is theirs to cancel")
}
