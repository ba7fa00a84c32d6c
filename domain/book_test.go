package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestBookTakesTicketsWhileThereAreEnough(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	command := b.booking(" Ada ", 2)
	command.Reference = "order 7"
	booking := b.do(command).Booking

	require.Len(t, booking.Tickets, 2)
	require.NotEqual(t, booking.Tickets[0].ID, booking.Tickets[1].ID)
	want := domain.Booking{
		ID: booking.ID, EventID: b.id, UserID: person(t, "ada").UserID(), Identifier: "Ada", Quantity: 2,
		Sequence: 1, Status: domain.BookingBooked, Reference: "order 7", CreatedAt: start,
	}
	for i, ticket := range booking.Tickets {
		want.Tickets = append(want.Tickets, domain.Ticket{
			ID: ticket.ID, EventID: b.id, BookingID: booking.ID, UserID: booking.UserID,
			Sequence: 1, Ordinal: i + 1, Status: domain.TicketBooked, BookedAt: start,
		})
	}
	require.Equal(t, want, booking)
	require.Equal(t, 1, b.event().AvailableTickets)
	require.EqualValues(t, 2, b.event().Version)
}

func TestBookHoldsWhereTheEventAsksForThat(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3, held)
	booking := b.book("ada", 2)
	require.Equal(t, domain.BookingHeld, booking.Status)
	require.Equal(t, []time.Time{start.Add(time.Minute), start.Add(time.Hour)}, []time.Time{booking.ExpiresAt, booking.LatestExpiresAt})
	require.Equal(t, domain.TicketHeld, booking.Tickets[0].Status)
	require.Equal(t, []int{1, 2}, []int{b.event().AvailableTickets, b.event().HeldTickets})
	require.Equal(t, booking.ExpiresAt, b.event().NextReleaseAt)
}

func TestBookPassesNobodyWhoWaits(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	b.book("ada", 2)
	bob := b.book("bob", 2)
	cid := b.book("cid", 1) // for whom there would be a ticket

	require.Equal(t, []domain.BookingStatus{domain.BookingWaiting, domain.BookingWaiting}, []domain.BookingStatus{bob.Status, cid.Status})
	require.Equal(t, []int{1, 0, 2, 2}, []int{bob.Position, bob.TicketsAhead, cid.Position, cid.TicketsAhead})
	require.Equal(t, 1, b.event().AvailableTickets)
	noWait := b.booking("dan", 1)
	noWait.NoWait = true
	b.refused(domain.ErrSoldOut, noWait)
}

func TestBookRefusesTheFirstOfSeveralReasons(t *testing.T) {
	t.Parallel()
	closing := func(s *domain.Settings) { s.SalesEndAt = start.Add(time.Hour) }
	opening := func(s *domain.Settings) { s.SalesStartAt = start.Add(2 * time.Hour) }
	limited := []func(*domain.Settings){atMostPerUser(2), atMostWaiting(0)}
	for _, test := range []struct {
		name     string
		status   domain.EventStatus
		settings []func(*domain.Settings)
		ended    bool
		quantity int
		noWait   bool
		refused  error
	}{
		{"quantity over 100", domain.EventDraft, nil, true, 101, false, domain.ErrValidation},
		{"cancelled before everything", "", append(limited, opening), true, 9, true, domain.ErrEventCancelled},
		{"draft before the sale window", domain.EventDraft, append(limited, opening), false, 9, true, domain.ErrEventNotPublished},
		{"too early", "", append(limited, opening), false, 9, true, domain.ErrSalesNotStarted},
		{"too late before too many", "", append(limited, closing), false, 9, true, domain.ErrSalesEnded},
		{"too many before the person's limit", "", limited, false, 9, true, domain.ErrQuantityOverCapacity},
		{"the person's limit before sold out", "", limited, false, 2, true, domain.ErrUserLimitReached},
		{"sold out before a full line", "", limited, false, 1, true, domain.ErrSoldOut},
		{"a full line", "", limited, false, 1, false, domain.ErrWaitlistFull},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBoxOf(t, domain.CreateEvent{Settings: concert(3, test.settings...), Status: test.status})
			if test.settings != nil && test.status == "" {
				for _, who := range []string{"ada", "bob", "cid"} {
					b.try(b.booking(who, 1)) // sells out, if it is on sale
				}
			}
			b.wait(time.Hour)
			if test.ended {
				b.do(b.callOff())
			}
			command := b.booking("ada", test.quantity)
			command.NoWait = test.noWait
			b.refused(test.refused, command)
		})
	}
}

func TestSaleWindowIsHalfOpen(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9, func(s *domain.Settings) { s.SalesStartAt, s.SalesEndAt = start.Add(time.Minute), start.Add(time.Hour) })
	_, errs := b.try(b.booking("ada", 1))
	var refusal *domain.Error
	require.ErrorAs(t, errs[0], &refusal)
	require.Equal(t, time.Minute, refusal.RetryAfter)
	b.wait(time.Minute)
	booking := b.book("ada", 1)
	b.wait(59*time.Minute - time.Microsecond)
	b.book("ada", 1)
	b.wait(time.Microsecond)
	b.refused(domain.ErrSalesEnded, b.booking("ada", 1))
	b.do(b.transfer(booking, "bob")) // who has something can still do everything else
	b.do(b.giveBack(booking))
}

func TestBookValidatesItsFields(t *testing.T) {
	t.Parallel()
	ada := person(t, "ada")
	requireInvalid(t, domain.Book{Person: ada}.Validate(), "")
	requireInvalid(t, domain.Book{Quantity: -1, Reference: strings.Repeat("x", 101)}.Validate(), "identifier", "quantity", "reference")
	requireInvalid(t, domain.Book{Person: ada, Quantity: 100, Reference: strings.Repeat("🎻", 100)}.Validate(), "")
	requireInvalid(t, domain.Book{Person: ada, Reference: "a\nb"}.Validate(), "reference")
}

func TestCommandsOnUnknownEventsAreRefused(t *testing.T) {
	t.Parallel()
	unknown, ada := domain.EventID{UUID: uuid.New()}, person(t, "ada")
	batch := domain.NewBatch([]domain.Event{newBox(t, 1).event()})
	for _, c := range []domain.Command{
		domain.Book{EventID: unknown, Person: ada, Key: key("k")},
		domain.CancelTickets{EventID: unknown, Person: ada},
		domain.GiveBack{EventID: unknown},
		domain.LeaveWaitlist{EventID: unknown},
		domain.Confirm{EventID: unknown},
		domain.Extend{EventID: unknown, Seconds: 1},
		domain.Transfer{EventID: unknown, Person: ada},
		domain.ChangeBooking{EventID: unknown},
		domain.ChangeEvent{EventID: unknown, IfSettings: []int64{7}},
		domain.CancelEvent{EventID: unknown},
		domain.ErasePerson{EventID: unknown, Person: ada},
		domain.CatchUp{EventID: unknown},
	} {
		_, err := batch.Decide(c, stampAt(start))
		require.ErrorIs(t, err, domain.ErrEventNotFound, "%T", c)
		require.Equal(t, unknown, domain.EventOf(c))
		require.NotEmpty(t, domain.OperationOf(c))
		require.Positive(t, domain.TicketsOf(c))
	}
	require.Empty(t, batch.Changed())
	require.NoError(t, batch.Err(), "a refusal sinks nothing")
}

func TestUserLimitCountsWhatIsHadAndWaitedForButNothingCancelled(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3, atMostPerUser(3))
	b.book("Ada", 2)
	b.book("ADA", 1)
	b.refused(domain.ErrUserLimitReached, b.booking("ada", 1))
	b.book("bob", 1) // has a limit of his own

	b.do(b.latestOf("ada", 1)) // bob is promoted
	left := b.book("ada", 1)
	require.Equal(t, domain.BookingWaiting, left.Status)
	b.refused(domain.ErrUserLimitReached, b.booking("ada", 1))
	b.do(b.leave(left))
	b.book("ada", 1)
}

func TestUserLimitHoldsWithinABatch(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9, atMostPerUser(2))
	_, errs := b.try(b.booking("ada", 1), b.booking("ADA", 1), b.booking("ada", 1), b.latestOf("ada", 1), b.booking("ada", 1))
	for i, refused := range []error{nil, nil, domain.ErrUserLimitReached, nil, nil} {
		require.ErrorIs(t, errs[i], refused)
	}
}

func TestWaitlistLimitCountsBookings(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5, atMostWaiting(1))
	b.book("ada", 5)
	first := b.book("bob", 5)
	b.refused(domain.ErrWaitlistFull, b.booking("cid", 1))
	b.do(b.leave(first))
	b.book("cid", 1)
}
