package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestTimeNeverRunsBackwardsWithinAnEvent(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, test := range []struct {
		name       string
		ahead      time.Duration // so far
		at         time.Duration // from the last change
		now, after time.Duration
	}{
		{"later", 0, time.Second, time.Second, 0},
		{"at once", 0, 0, 0, 0},
		{"a little behind", 0, -10 * time.Second, 0, 0},
		{"more than a little", 0, -10*time.Second - time.Microsecond, 0, 10*time.Second + time.Microsecond},
		{"a day behind", 0, -day, 0, day},
		{"a day behind, and a second later", day, -day + time.Second, time.Second, day},
		{"even further behind", day, -day - time.Minute, 0, day + time.Minute},
		{"in front again", day, time.Second, day + time.Second, day},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := domain.Event{UpdatedAt: start, ClockAhead: test.ahead}
			now, ahead := e.TimeAt(start.Add(test.at))
			require.Equal(t, test.now, now.Sub(start))
			require.Equal(t, test.after, ahead)
		})
	}
}

func TestAClockThatWasAheadFreezesNoEvent(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5, held)
	b.wait(24 * time.Hour)
	ada := b.book("ada", 1)
	b.at = start
	_, errs := b.try(b.booking("bob", 9)) // is refused, and yet time goes on from here
	require.ErrorIs(t, errs[0], domain.ErrQuantityOverCapacity)
	last := b.journal()[len(b.journal())-1]
	require.Equal(t, []any{domain.EventWasChanged, domain.ByBoxoffice}, []any{last.Kind, last.By})
	e := b.event()
	require.Equal(t, start.Add(time.Minute), e.NextDueAt())
	b.wait(time.Minute)
	b.do(domain.CatchUp{EventID: b.id})
	require.Equal(t, domain.BookingExpired, b.now(ada).Status)
	b.same(domain.CatchUp{EventID: b.id})
}

func TestNextDueAt(t *testing.T) {
	t.Parallel()
	due := start.Add(time.Hour)
	for name, test := range map[string]struct {
		event domain.Event
		want  time.Time
	}{
		"nothing":                    {domain.Event{}, time.Time{}},
		"a hold":                     {domain.Event{NextReleaseAt: due}, due},
		"a hold, by the store's":     {domain.Event{NextReleaseAt: due, ClockAhead: time.Minute}, due.Add(-time.Minute)},
		"a promotion that goes on":   {domain.Event{NextReleaseAt: due, Promoting: true, UpdatedAt: start}, start},
		"a raise that goes on":       {domain.Event{WantedTickets: 9, UpdatedAt: start, ClockAhead: time.Minute}, start.Add(-time.Minute)},
		"nothing, where all is over": {domain.Event{Status: domain.EventCancelled, NextReleaseAt: due, Promoting: true}, time.Time{}},
	} {
		require.Equal(t, test.want, test.event.NextDueAt(), name)
	}
}

func TestEqualTellsEventsApart(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3, held)
	b.book("ada", 1)
	e := b.event()
	elsewhere := e
	elsewhere.CreatedAt = e.CreatedAt.In(time.FixedZone("elsewhere", 3600))
	elsewhere.NextReleaseAt = e.NextReleaseAt.In(time.FixedZone("elsewhere", 3600))
	require.True(t, e.Equal(elsewhere), "the same times in other places")
	for i, change := range []func(*domain.Event){
		func(e *domain.Event) { e.Name = "x" }, func(e *domain.Event) { e.HeldTickets++ }, func(e *domain.Event) { e.Line.Promoted++ },
		func(e *domain.Event) { e.NextReleaseAt = time.Time{} }, func(e *domain.Event) { e.SalesEndAt = start },
		func(e *domain.Event) { e.UpdatedAt = e.UpdatedAt.Add(1) }, func(e *domain.Event) { e.CancelledAt = start },
		func(e *domain.Event) { e.ClockAhead++ },
	} {
		other := e
		change(&other)
		require.False(t, e.Equal(other), i)
	}
}

func TestOfEventLeavesALiveEventAlone(t *testing.T) {
	t.Parallel()
	b := newBox(t, 1)
	booking := b.book("ada", 1)
	require.Equal(t, booking, booking.OfEvent(b.event()))
}

func TestOfEventCancelsWhatHasNotExpired(t *testing.T) {
	t.Parallel()
	b := newBox(t, 2, held)
	booking := b.book("ada", 2)
	b.do(b.ticket(booking.Tickets[0]))
	before := b.now(booking)
	b.wait(time.Second)
	b.do(b.callOff())
	after := before.OfEvent(b.event())
	require.Equal(t, domain.BookingHeld, before.Status, "the booking itself stays as it is")
	require.Equal(t, domain.TicketHeld, before.Tickets[1].Status)
	require.Equal(t, domain.BookingCancelled, after.Status)
	require.Zero(t, after.ExpiresAt)
	require.Equal(t, []time.Time{start, b.at}, []time.Time{after.Tickets[0].CancelledAt, after.Tickets[1].CancelledAt},
		"a ticket keeps when it was cancelled")
}

func TestQuantityCounts(t *testing.T) {
	t.Parallel()
	var c domain.QuantityCounts
	require.Zero(t, c.Largest())
	c[1], c[4] = 2, 1
	require.Equal(t, 4, c.Largest())
	require.Equal(t, "2×1 1×4", c.String())
}
