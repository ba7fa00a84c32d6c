package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestChangeEventChangesWhatItNames(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	limit, sure := domain.AtMost(2), true
	later := start.Add(time.Hour)
	changed := b.do(domain.ChangeEvent{
		EventID: b.id, Name: new("Encore"), MaxTicketsPerUser: &limit, MaxWaitlist: &limit, HoldSeconds: new(30), ClaimSeconds: new(60),
		SalesStartAt: &start, SalesEndAt: &later, PromotionEndAt: &later, SelfService: &sure, StartsAt: &later,
		Venue: new("Hall"), Description: new("Music"),
	}).Event
	require.Equal(t, domain.Settings{
		Name: "Encore", TotalTickets: 3, MaxTicketsPerUser: limit, MaxWaitlist: limit, HoldSeconds: 30, ClaimSeconds: 60,
		SalesStartAt: start, SalesEndAt: later, PromotionEndAt: later, SelfService: true, StartsAt: later, Venue: "Hall", Description: "Music",
	}, changed.Settings)
	require.Equal(t, []int64{2, 2}, []int64{changed.Version, changed.SettingsVersion})
	none, not, never := domain.Limit{}, false, time.Time{}
	cleared := b.do(domain.ChangeEvent{
		EventID: b.id, Name: new("Concert 2025"), MaxTicketsPerUser: &none, MaxWaitlist: &none, HoldSeconds: new(0), ClaimSeconds: new(0),
		SalesStartAt: &never, SalesEndAt: &never, PromotionEndAt: &never, SelfService: &not, StartsAt: &never, Venue: new(""), Description: new(""),
	}).Event
	require.Equal(t, concert(3), cleared.Settings)
	b.same(domain.ChangeEvent{EventID: b.id, Name: new("Concert 2025"), TotalTickets: new(3), Publish: true})
}

func TestChangeEventRefusesTheFirstOfSeveralReasons(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5)
	b.book("ada", 2)
	b.book("bob", 4)
	change := domain.ChangeEvent{EventID: b.id, IfSettings: []int64{7, 8}, HoldSeconds: new(60), TotalTickets: new(1)}
	b.refused(domain.ErrPreconditionFailed, change)
	change.IfSettings = []int64{7, 1} // bookings change no settings
	b.refused(domain.ErrValidation, change)
	change.HoldSeconds = nil
	b.refused(domain.ErrCapacityBelowBooked, change)
	change.TotalTickets = new(3)
	b.refused(domain.ErrCapacityBelowWaiting, change)
	change.TotalTickets = new(4)
	b.do(change)
	b.refused(domain.ErrPreconditionFailed, change)
	b.do(b.callOff())
	b.refused(domain.ErrPreconditionFailed, change)
	change.IfSettings, change.HoldSeconds = nil, new(60)
	b.refused(domain.ErrEventCancelled, change)
}

func TestCapacityIsJudgedAfterWhatIsDueHasExpired(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5, held)
	b.book("ada", 4)
	b.refused(domain.ErrCapacityBelowBooked, b.resize(3))
	b.wait(time.Minute)
	require.Equal(t, 3, b.do(b.resize(3)).Event.AvailableTickets)
}

// The way that the detail of ErrCapacityBelowBooked shows.
func TestCapacityCanBeLoweredWhilePeopleWait(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	b.book("ada", 3)
	bob := b.book("bob", 1)
	b.refused(domain.ErrCapacityBelowBooked, b.resize(2))
	b.do(domain.ChangeEvent{EventID: b.id, PromotionEndAt: &b.at})
	b.do(b.latestOf("ada", 1))
	require.Equal(t, domain.BookingWaiting, b.now(bob).Status)
	b.do(b.resize(2))
	b.do(b.latestOf("ada", 1))
	require.Equal(t, 1, b.event().AvailableTickets)
	b.do(domain.ChangeEvent{EventID: b.id, PromotionEndAt: new(time.Time{})})
	require.Equal(t, domain.BookingBooked, b.now(bob).Status, "a later end of promotions promotes whoever fits")
}

func TestNoChangeButOfCapacityOrPromotionMovesTheLine(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	b.book("ada", 2)
	b.book("bob", 2) // who waits for more than is free
	for _, c := range []domain.ChangeEvent{
		{Name: new("x")}, {ClaimSeconds: new(60)}, {MaxWaitlist: new(domain.AtMost(1))}, {Venue: new("x")},
	} {
		c.EventID = b.id
		b.do(c)
	}
	require.Equal(t, 1, b.event().Line.Waiting)
}

func TestChangeEventValidatesEachField(t *testing.T) {
	t.Parallel()
	require.NoError(t, domain.ChangeEvent{}.Validate())
	require.NoError(t, domain.ChangeEvent{HoldSeconds: new(60), SelfService: new(true), SalesStartAt: &start, SalesEndAt: &start}.Validate(),
		"whether settings go together is judged by the event that results")
	requireInvalid(t, domain.ChangeEvent{
		Name: new(""), TotalTickets: new(0), MaxTicketsPerUser: new(domain.AtMost(0)), MaxWaitlist: new(domain.AtMost(-1)),
		HoldSeconds: new(1), ClaimSeconds: new(1), Venue: new("\x00"), Description: new("\x00"),
	}.Validate(), "name", "totalTickets", "maxTicketsPerUser", "maxWaitlist", "holdSeconds", "claimSeconds", "venue", "description")
}

func TestPublish(t *testing.T) {
	t.Parallel()
	b := newBoxOf(t, domain.CreateEvent{Settings: concert(2), Status: domain.EventDraft})
	b.refused(domain.ErrEventNotPublished, b.booking("ada", 1))
	require.Equal(t, domain.EventPublished, b.do(domain.ChangeEvent{EventID: b.id, Publish: true}).Event.Status)
	b.book("ada", 1)
}

func TestCancelEventIsForGood(t *testing.T) {
	t.Parallel()
	b := newBox(t, 2, held)
	expired := b.book("ada", 1)
	b.wait(time.Minute)
	b.book("bob", 2)
	waiting := b.book("cid", 1)
	called := b.do(b.callOff()).Event
	require.Equal(t, domain.EventCancelled, called.Status)
	require.Equal(t, called.Version, called.SettingsVersion)
	require.Zero(t, []int{called.AvailableTickets, called.HeldTickets, called.Line.Waiting, called.Line.WaitingTickets}[0])
	require.Zero(t, called.NextReleaseAt)
	require.Zero(t, called.NextDueAt())
	require.Equal(t, domain.BookingExpired, b.now(expired).Status, "what had expired stays so")
	require.Equal(t, domain.BookingCancelled, b.now(waiting).Status)
	b.wait(time.Hour)
	b.same(b.callOff())
	b.same(domain.CatchUp{EventID: b.id})
}

func TestPromotionsEndHalfOpen(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3, func(s *domain.Settings) { s.PromotionEndAt = start.Add(time.Hour) })
	b.book("ada", 3)
	bob, cid := b.book("bob", 1), b.book("cid", 1)
	b.wait(time.Hour - time.Microsecond)
	b.do(b.latestOf("ada", 1))
	require.Equal(t, domain.BookingBooked, b.now(bob).Status)
	b.wait(time.Microsecond)
	b.do(b.latestOf("ada", 1))
	require.Equal(t, domain.BookingWaiting, b.now(cid).Status)
	require.Equal(t, domain.BookingWaiting, b.book("dan", 1).Status, "and still nobody passes those who wait")
}
