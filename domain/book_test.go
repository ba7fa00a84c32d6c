package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestBookTakesTicketsWhileThereAreEnough(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(3))

	booking := b.book(" Ada ", 2)

	require.Equal(t, domain.BookingBooked, booking.Status)
	require.Equal(t, " Ada ", booking.Identifier)
	require.Equal(t, person(t, "ada").UserID(), booking.UserID)
	require.EqualValues(t, 1, booking.Sequence)
	require.Zero(t, booking.Position)
	require.Len(t, booking.Tickets, 2)
	require.NotEqual(t, booking.Tickets[0].ID, booking.Tickets[1].ID)
	for i, ticket := range booking.Tickets {
		require.Equal(t, domain.Ticket{
			ID: ticket.ID, EventID: b.head.ID, BookingID: booking.ID, UserID: booking.UserID,
			Sequence: 1, Ordinal: i + 1, Status: domain.TicketBooked, BookedAt: booking.CreatedAt,
		}, ticket)
	}
	require.Equal(t, 1, b.head.AvailableTickets)
	require.EqualValues(t, 2, b.head.Version)
	require.Equal(t, []domain.Fact{domain.TicketsBooked{Booking: booking}}, b.facts)
}

func TestBookJoinsTheLineWhenTooFewTicketsAreFree(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(3))
	b.book("ada", 2)

	booking := b.book("bob", 2)

	require.Equal(t, domain.BookingWaiting, booking.Status)
	require.Equal(t, 1, booking.Position)
	require.EqualValues(t, 2, booking.Sequence)
	require.Empty(t, booking.Tickets)
	require.Equal(t, 1, b.head.AvailableTickets)
	require.Equal(t, 1, b.head.WaitingCount)
	require.Equal(t, domain.WaitlistJoined{Booking: booking, Joined: 1}, b.facts[1])
}

func TestBookPassesNobodyWhoWaits(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(3))
	b.book("ada", 2)
	b.book("bob", 2)

	booking := b.book("cid", 1) // for whom there would be a ticket

	require.Equal(t, domain.BookingWaiting, booking.Status)
	require.Equal(t, 2, booking.Position)
	require.Equal(t, 1, b.head.AvailableTickets)
}

func TestBookRefusesTheFirstOfSeveralReasons(t *testing.T) {
	t.Parallel()
	cancelled := newEvent(1, draft)
	cancelled.Status = domain.EventCancelled
	full := newEvent(3, atMostPerUser(1), atMostWaiting(0))
	full.AvailableTickets = 0
	tests := map[string]struct {
		event    domain.Event
		quantity int
		refused  error
	}{
		"quantity of none, first of all":        {cancelled, 0, domain.ErrValidation},
		"quantity over 100":                     {cancelled, 101, domain.ErrValidation},
		"cancelled before too many":             {cancelled, 5, domain.ErrEventCancelled},
		"draft before too many":                 {newEvent(3, draft, atMostPerUser(1)), 5, domain.ErrEventNotPublished},
		"too many before the person's limit":    {full, 4, domain.ErrQuantityOverCapacity},
		"the person's limit before a full line": {full, 2, domain.ErrUserLimitReached},
		"a full line":                           {full, 1, domain.ErrWaitlistFull},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, test.event)
			b.unchanged(func() {
				o := b.try(b.booking("ada", test.quantity))
				require.ErrorIs(t, o.err, test.refused)
				require.Zero(t, o.value)
			})
		})
	}
}

func TestCommandsOnUnknownEventsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	unknown := domain.EventID{UUID: testID(-2, 0)}
	b.unchanged(func() {
		for _, c := range []domain.Command{
			domain.Book{EventID: unknown, Person: person(t, "ada"), Quantity: 1, Key: key("k", "r")},
			domain.CancelTicket{EventID: unknown, Person: person(t, "ada")},
			domain.LeaveWaitlist{EventID: unknown},
			domain.ChangeEvent{EventID: unknown, IfVersions: []int64{7}},
			domain.CancelEvent{EventID: unknown},
		} {
			require.ErrorIs(t, b.try(c).err, domain.ErrEventNotFound, "%T", c)
		}
	})
}

func TestUserLimitCountsBookedAndWaitingButNotCancelled(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(3, atMostPerUser(3)))
	b.book("Ada", 2)
	waiting := b.book("ADA", 1)
	require.Equal(t, domain.BookingBooked, waiting.Status)
	require.ErrorIs(t, b.try(b.booking("ada", 1)).err, domain.ErrUserLimitReached)
	b.book("bob", 1) // has a limit of his own

	b.cancelLatest("ada") // bob is promoted
	left := b.book("ada", 1)
	require.Equal(t, domain.BookingWaiting, left.Status)
	require.ErrorIs(t, b.try(b.booking("ada", 1)).err, domain.ErrUserLimitReached)

	b.leave(left.ID)
	b.book("ada", 1)
}

func TestUserLimitHoldsWithinABatch(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(9, atMostPerUser(2)))
	outcomes := b.run(t, b.booking("ada", 1), b.booking("ADA", 1), b.booking("ada", 1), b.latestOf("ada"), b.booking("ada", 1))
	for i, refused := range []error{nil, nil, domain.ErrUserLimitReached, nil, nil} {
		require.ErrorIs(t, outcomes[i].err, refused)
	}
}

func TestWaitlistLimitCountsBookings(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(5, atMostWaiting(1)))
	b.book("ada", 5)
	first := b.book("bob", 5)
	require.ErrorIs(t, b.try(b.booking("cid", 1)).err, domain.ErrWaitlistFull)
	b.leave(first.ID)
	b.book("cid", 1)
}

func TestIdempotencyKeyTakesEffectOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	book := b.booking("ada", 1)
	book.Key = key("k", "ada, 1")
	cancel := b.latestOf("ada")
	cancel.Key = key("k2", "cancel")

	outcomes := b.run(t, book, book, cancel, cancel)

	booking, ticket := outcomes[0].value.(domain.Booking), outcomes[2].value.(domain.Ticket)
	booked := &domain.Repeat{EventID: b.head.ID, BookingID: booking.ID}
	cancelled := &domain.Repeat{EventID: b.head.ID, BookingID: booking.ID, TicketID: ticket.ID}
	require.Equal(t, booked, outcomes[1].err)
	require.Equal(t, cancelled, outcomes[3].err)
	require.Len(t, b.bookings, 1)

	b.callOff() // a repeat comes before the event's state
	b.unchanged(func() {
		require.Equal(t, booked, b.try(book).err)
		require.Equal(t, cancelled, b.try(cancel).err)
	})
}

func TestIdempotencyKeyOfAnotherRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	book := b.booking("ada", 1)
	book.Key = key("k", "ada, 1")
	b.run(t, book)

	other := b.booking("bob", 1)
	other.Key = key("k", "bob, 1")
	cancel := b.latestOf("ada")
	cancel.Key = key("k", "cancel")
	b.unchanged(func() {
		require.ErrorIs(t, b.try(other).err, domain.ErrIdempotencyKeyReused)
		require.ErrorIs(t, b.try(cancel).err, domain.ErrIdempotencyKeyReused)
	})
}

func TestIdempotencyKeyForgetsRefusals(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1, atMostWaiting(0)))
	b.book("ada", 1)
	book := b.booking("bob", 1)
	book.Key = key("k", "bob, 1")
	require.ErrorIs(t, b.try(book).err, domain.ErrWaitlistFull)
	b.cancelLatest("ada")
	require.NoError(t, b.try(book).err)
}

func TestIdempotencyKeysOfTwoEventsAreApart(t *testing.T) {
	t.Parallel()
	s := newStore(newEvent(1), newEvent(2))
	for _, e := range s.events {
		book := domain.Book{EventID: e.head.ID, Person: person(t, "ada"), Quantity: 1, Key: key("k", "r")}
		require.NoError(t, s.run(t, book)[0].err)
	}
}

func TestTimesNeverGoBack(t *testing.T) {
	t.Parallel()
	e := newEvent(2)
	batch := domain.NewBatch([]domain.Event{e})
	late, early := stamp(0), stamp(0)
	late.At, early.At = start.AddDate(0, 0, 1), start.AddDate(0, 0, -1)
	book := domain.Book{EventID: e.ID, Person: person(t, "ada"), Quantity: 1}

	_, err := batch.Book(book, late)
	require.NoError(t, err)
	booking, err := batch.Book(book, early)
	require.NoError(t, err)

	require.Equal(t, late.At, booking.CreatedAt)
	require.Equal(t, late.At, booking.Tickets[0].BookedAt)
	require.Equal(t, late.At, batch.Changed()[0].UpdatedAt)
}

func TestChangedLeavesOutEventsThatNothingHappenedTo(t *testing.T) {
	t.Parallel()
	quiet, busy := newEvent(1), newEvent(2)
	batch := domain.NewBatch([]domain.Event{quiet, busy})
	_, err := batch.Book(domain.Book{EventID: busy.ID, Person: person(t, "ada"), Quantity: 1}, stamp(0))
	require.NoError(t, err)
	_, err = batch.Book(domain.Book{EventID: quiet.ID, Person: person(t, "ada"), Quantity: 9}, stamp(1))
	require.ErrorIs(t, err, domain.ErrQuantityOverCapacity)
	require.Len(t, batch.Changed(), 1)
	require.Equal(t, busy.ID, batch.Changed()[0].ID)
}
