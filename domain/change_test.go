package domain_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestChangeTakesOverWhatIsGiven(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2, draft, atMostWaiting(3)))
	before := b.head

	after := b.change(domain.ChangeEvent{
		Name: new("Concert 2026"), TotalTickets: new(5), MaxTicketsPerUser: new(domain.AtMost(4)), Publish: true,
	})

	require.Equal(t, "Concert 2026", after.Name)
	require.Equal(t, domain.EventPublished, after.Status)
	require.Equal(t, []int{5, 5}, []int{after.TotalTickets, after.AvailableTickets})
	require.Equal(t, domain.AtMost(4), after.MaxTicketsPerUser)
	require.Equal(t, before.MaxWaitlist, after.MaxWaitlist)
	require.Equal(t, before.Version+1, after.Version)
	require.Equal(t, []domain.Fact{domain.EventChanged{Event: after}}, b.facts)

	require.Equal(t, domain.Limit{}, b.change(domain.ChangeEvent{MaxWaitlist: new(domain.Limit{})}).MaxWaitlist)
}

func TestChangeToWhatItIsDoesNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2, atMostWaiting(3)))
	b.unchanged(func() {
		b.change(domain.ChangeEvent{})
		b.change(domain.ChangeEvent{Name: new(b.head.Name), TotalTickets: new(2), MaxWaitlist: new(domain.AtMost(3)), Publish: true})
	})
}

func TestChangeValidateNamesAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	bad := domain.ChangeEvent{
		Name: new(""), TotalTickets: new(0), MaxTicketsPerUser: new(domain.AtMost(0)), MaxWaitlist: new(domain.AtMost(-1)),
	}
	requireInvalid(t, bad.Validate(), "name", "totalTickets", "maxTicketsPerUser", "maxWaitlist")

	b := newBox(t, newEvent(2))
	bad.EventID = b.head.ID
	b.unchanged(func() { require.ErrorIs(t, b.try(bad).err, domain.ErrValidation) })
}

func TestChangeIfVersions(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 1)
	b.change(domain.ChangeEvent{Name: new("Concert 2026"), IfVersions: []int64{7, 2}})
	b.callOff()
	b.unchanged(func() {
		for _, versions := range [][]int64{{1, 2}, {}} {
			o := b.try(domain.ChangeEvent{EventID: b.head.ID, Name: new("Concert 2027"), IfVersions: versions})
			require.ErrorIs(t, o.err, domain.ErrPreconditionFailed, "before the event's state")
		}
	})
}

func TestCapacityNeverFallsBelowWhatIsBooked(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(5))
	b.book("ada", 3)
	b.unchanged(func() {
		o := b.try(domain.ChangeEvent{EventID: b.head.ID, TotalTickets: new(2), Name: new("Concert 2026")})
		require.ErrorIs(t, o.err, domain.ErrCapacityBelowBooked)
	})
	require.Zero(t, b.change(domain.ChangeEvent{TotalTickets: new(3)}).AvailableTickets)
}

func TestCapacityNeverFallsBelowWhatSomebodyWaitsFor(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(9))
	b.book("ada", 2)
	b.book("bob", 8)
	b.book("cid", 9)
	lower := func(total int) domain.ChangeEvent {
		return domain.ChangeEvent{EventID: b.head.ID, TotalTickets: new(total)}
	}
	leave := func(booking int) domain.LeaveWaitlist {
		return domain.LeaveWaitlist{EventID: b.head.ID, BookingID: b.bookings[booking].ID}
	}

	steps := []struct {
		command domain.Command
		refused error
	}{
		{lower(8), domain.ErrCapacityBelowWaiting},
		{leave(2), nil}, // cid
		{lower(8), nil},
		{lower(7), domain.ErrCapacityBelowWaiting},
		{b.booking("dan", 7), nil}, // 6 are free
		{leave(1), nil},            // bob
		{lower(7), nil},
		{lower(6), domain.ErrCapacityBelowWaiting},
	}

	var commands []domain.Command
	for _, s := range steps {
		commands = append(commands, s.command)
	}
	for i, o := range b.run(t, commands...) {
		require.ErrorIs(t, o.err, steps[i].refused, "step %d", i)
	}
}

func TestCapacitySeesWhoJoinedAndWhoWasPromotedInTheSameBatch(t *testing.T) {
	t.Parallel()
	other := newEvent(10)
	s := newStore(newEvent(9), other)
	id := s.events[0].head.ID
	book := func(e domain.EventID, identifier string, quantity int) domain.Command {
		return domain.Book{EventID: e, Person: person(t, identifier), Quantity: quantity}
	}
	resize := func(total int) domain.Command {
		return domain.ChangeEvent{EventID: id, TotalTickets: new(total)}
	}

	outcomes := s.run(t,
		book(other.ID, "ada", 10), book(other.ID, "bob", 10), // who waits there for 10
		book(id, "ada", 2), book(id, "bob", 8), book(id, "cid", 1),
		resize(7),             // bob waits for 8
		resize(10), resize(7), // bob is promoted, so 10 are booked
		domain.CancelTicket{EventID: id, Person: person(t, "bob")}, // promotes cid
		book(id, "dan", 1), domain.CancelTicket{EventID: id, Person: person(t, "bob")}, // promotes dan
		book(id, "eve", 9),
		domain.CancelTicket{EventID: id, Person: person(t, "bob")},
		domain.CancelTicket{EventID: id, Person: person(t, "bob")},
		resize(8), // eve waits for 9
		resize(9), // though bob waited for 8
	)

	refused := map[int]error{5: domain.ErrCapacityBelowWaiting, 7: domain.ErrCapacityBelowBooked, 14: domain.ErrCapacityBelowWaiting}
	for i, o := range outcomes {
		require.ErrorIs(t, o.err, refused[i], "command %d", i)
	}
}

func TestLargerCapacityPromotesWhoeverFits(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	one, two, alsoOne := b.book("bob", 1), b.book("cid", 2), b.book("dan", 1)
	facts := len(b.facts)

	after := b.change(domain.ChangeEvent{TotalTickets: new(4)})

	require.Equal(t, []int{4, 1, 2}, []int{after.TotalTickets, after.AvailableTickets, after.WaitingCount})
	require.Equal(t, domain.BookingBooked, b.now(one.ID).Status)
	require.Equal(t, 1, b.now(two.ID).Position)
	require.Equal(t, 2, b.now(alsoOne.ID).Position)

	raised := after // as it was when nobody had been promoted yet
	raised.AvailableTickets, raised.WaitingCount, raised.PromotedCount, raised.LastPromoted = 2, 3, 0, 0
	require.Equal(t, []domain.Fact{domain.EventChanged{Event: raised}, domain.BookingPromoted{Booking: b.now(one.ID)}}, b.facts[facts:])
}

// crowd is a sold-out event with so many that wait for a ticket each.
func crowd(t *testing.T, waiting int) box {
	t.Helper()
	b := newBox(t, newEvent(1))
	commands := make([]domain.Command, waiting+1)
	for i := range commands {
		commands[i] = b.booking(fmt.Sprint("person ", i), 1)
	}
	b.run(t, commands...)
	return b
}

func TestCapacityRisesInStepsOfPromotionStep(t *testing.T) {
	t.Parallel()
	const waiting, total = 2*domain.PromotionStep + 500, 2*domain.PromotionStep + 601
	b := crowd(t, waiting)
	for _, want := range []int{1 + domain.PromotionStep, 1 + 2*domain.PromotionStep, total} {
		before := b.head.PromotedCount

		after := b.change(domain.ChangeEvent{TotalTickets: new(total)})

		require.Equal(t, want, after.TotalTickets)
		promoted := int(after.PromotedCount - before)
		require.LessOrEqual(t, promoted, domain.PromotionStep)
		require.Equal(t, after.TotalTickets, 1+int(after.PromotedCount)+after.AvailableTickets, "rule 1")
		require.True(t, after.WaitingCount == 0 || after.AvailableTickets == 0, "rule 3")
		require.Equal(t, waiting, after.WaitingCount+int(after.PromotedCount))
	}
	require.Equal(t, 100, b.head.AvailableTickets)
	b.unchanged(func() { b.change(domain.ChangeEvent{TotalTickets: new(total)}) })
}

func TestCapacityRisesAtOnceIfJustPromotionStepFit(t *testing.T) {
	t.Parallel()
	b := crowd(t, domain.PromotionStep+1)
	after := b.change(domain.ChangeEvent{TotalTickets: new(1 + domain.PromotionStep)})
	require.Equal(t, 1+domain.PromotionStep, after.TotalTickets)
	require.Equal(t, 1, after.WaitingCount)
}

// A raise may end before a head that asks for more than is left. When that one
// leaves in the same batch, those behind it are needed too.
func TestNeedReachesBehindAHeadThatLeavesAfterALargeRaise(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(100))
	commands := []domain.Command{b.booking("ada", 100)}
	for i := range domain.PromotionStep {
		commands = append(commands, b.booking(fmt.Sprint("before ", i), 1))
	}
	commands = append(commands, b.booking("bob", 100))
	for i := range 200 {
		commands = append(commands, b.booking(fmt.Sprint("behind ", i), 1))
	}
	b.run(t, commands...)
	head := b.bookings[1+domain.PromotionStep]

	b.run(t,
		domain.ChangeEvent{EventID: b.head.ID, TotalTickets: new(100 + domain.PromotionStep + 99)},
		domain.LeaveWaitlist{EventID: b.head.ID, BookingID: head.ID},
	)

	require.Zero(t, b.head.AvailableTickets)
	require.Equal(t, 200-99, b.head.WaitingCount)
}
