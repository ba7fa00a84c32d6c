package porttest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var waitlistRules = []rule{
	{"ranks a long line right, whoever leaves it", rankLongLine},
	{"moves up when somebody leaves or is promoted", rankMovesUp},
	{"is promoted in steps by a much larger capacity", raiseInSteps},
	{"is promoted in steps when very many tickets come free", promoteInSteps},
	{"knows the tickets ahead, also of those who ask for less", rankTickets},
}

func rankMovesUp(f *fixture) {
	event := f.sale(1)
	f.accept(f.book(event, "ada", 1))
	var line []domain.Booking
	for i := range 4 {
		b := f.accept(f.book(event, fmt.Sprint("person ", i), 1)).Booking
		require.Equal(f, i+1, b.Position, "who joins gets the last position")
		line = append(line, b)
	}
	expect := func(want ...int) {
		f.Helper()
		for i, b := range line {
			require.Equal(f, want[i], f.booking(b).Position, "the position of the one who joined as number %d", i+1)
		}
	}
	f.accept(leave(line[1]))
	expect(1, 0, 2, 3)
	f.accept(f.cancel(event, "ada", domain.Ticket{}))
	expect(0, 0, 1, 2)
	f.accept(leave(line[2]))
	expect(0, 0, 0, 1)
	joined := f.accept(f.book(event, "eve", 1)).Booking
	require.Equal(f, 2, joined.Position, "who joins gets the last position")
	f.accept(leave(line[3]), f.cancel(event, "person 0", domain.Ticket{}))
	expect(0, 0, 0, 0)
	require.Zero(f, f.event(event.ID).Line.Waiting, "all were promoted or left")
}

// rankLongLine crosses the borders that an index over sequences may have.
func rankLongLine(f *fixture) {
	const tickets, batch = 3, 1000
	length := 5000
	if testing.Short() {
		length = 500
	}
	event := f.sale(tickets)
	var line []domain.Booking
	for first := 0; first < tickets+length; first += batch {
		var commands []domain.Command
		for i := first; i < min(first+batch, tickets+length); i++ {
			commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
		}
		for _, a := range f.do(commands...) {
			require.NoError(f, a.Err)
			line = append(line, a.Booking)
		}
	}
	check := func() {
		f.Helper()
		bookings := f.allBookings(event.ID)
		checkRules(f, f.event(event.ID), bookings)
		for _, near := range []int{1, 64, 128, 256, 512, 1000, 1024, 2048, 4096, len(bookings)} {
			for i := max(0, near-2); i < min(near+tickets+2, len(bookings)); i++ {
				same(f, bookings[i], f.booking(bookings[i]), "Booking ranks the booking with sequence %d as Bookings does", i+1)
			}
		}
	}
	check()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that repeats
	promoted := tickets
	for range 4 {
		var leaving []domain.Command
		for _, i := range random.Perm(len(line))[:length/8] {
			leaving = append(leaving, leave(line[i]))
		}
		f.do(leaving...) // those that were promoted or left already are refused, or stay as they are
		promoted += length / 20
		f.accept(resize(event, promoted))
		f.do(f.cancel(event, "person 0", domain.Ticket{}), f.book(event, "late", 1))
		check()
	}
}

// longLine is a full event in whose line so many wait, for as many tickets each.
func (f *fixture) longLine(waiting, quantity int) domain.Event {
	f.Helper()
	event := f.sale(domain.MaxQuantity)
	commands := []domain.Command{f.book(event, "ada", domain.MaxQuantity)}
	for i := range waiting {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), quantity))
	}
	f.do(commands...)
	return event
}

// stepOn lets the store catch up until nothing is due in the event, and checks
// the rules after each step.
func (f *fixture) stepOn(id domain.EventID) (steps int) {
	f.Helper()
	for {
		e := f.event(id)
		checkRules(f, e, f.allBookings(id))
		if due := e.NextDueAt(); due.IsZero() || due.After(f.store.Now()) {
			return steps
		}
		before := e.Line.Waiting
		f.accept(domain.CatchUp{EventID: id})
		steps++
		require.Less(f, steps, 100, "steps come to an end; the last one left %d of %d waiting", f.event(id).Line.Waiting, before)
	}
}

func raiseInSteps(f *fixture) {
	const waiting, quantity = domain.MostPromoted/5 + 100, 10
	event := f.longLine(waiting, quantity)
	const all = domain.MaxQuantity + waiting*quantity
	first := f.accept(resize(event, all+7)).Event
	require.Equal(f, domain.MaxQuantity+domain.MostPromoted, first.TotalTickets, "a step raises the capacity only as far as it promotes")
	require.Equal(f, all+7, first.WantedTickets, "the event says how far it is to go on")
	require.Zero(f, first.AvailableTickets)
	same(f, first, f.event(event.ID), "a step is saved")

	due, _, err := f.store.Due(f.Context(), everything)
	require.NoError(f, err)
	require.Contains(f, due, event.ID, "the next step is due at once")
	late := f.accept(f.book(event, "late", 1)).Booking // goes one step on, too
	require.Equal(f, domain.BookingWaiting, late.Status, "nobody passes those who wait")
	require.Equal(f, 1, f.stepOn(event.ID), "the rest takes one step more")
	last := f.event(event.ID)
	require.Equal(f, []int{all + 7, 0, 0, 6}, []int{last.TotalTickets, last.WantedTickets, last.Line.Waiting, last.AvailableTickets},
		"the last step raises the capacity to what was asked for")
	f.checkJournal(&reader{event: event.ID, page: 100}, last, f.allBookings(event.ID))

	again := f.longLine(waiting, quantity)
	f.accept(resize(again, all))
	lowered := f.accept(resize(again, domain.MaxQuantity+2*domain.MostPromoted)).Event
	require.Zero(f, lowered.WantedTickets, "a later change of the capacity replaces what was wanted")
	require.Equal(f, waiting-2*domain.MostPromoted/quantity, lowered.Line.Waiting)
	require.Zero(f, f.stepOn(again.ID))
}

func promoteInSteps(f *fixture) {
	const waiting = domain.MostPromoted + 300
	event := f.create(domain.CreateEvent{Settings: concert(waiting)})
	var commands []domain.Command
	for i := range waiting / domain.MaxQuantity {
		commands = append(commands, f.book(event, fmt.Sprint("holder ", i), domain.MaxQuantity))
	}
	for i := range waiting {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
	}
	var back []domain.Command
	for i, a := range f.do(commands...) {
		require.NoError(f, a.Err)
		if i < waiting/domain.MaxQuantity {
			back = append(back, giveBack(a.Booking))
		}
	}
	for _, a := range f.do(back...) {
		require.NoError(f, a.Err)
	}
	first := f.event(event.ID)
	require.True(f, first.Promoting, "the event says that its line goes on")
	require.Equal(f, []int{300, 300}, []int{first.AvailableTickets, first.Line.Waiting}, "a step promotes so many and no more")
	late := f.do(domain.Book{EventID: event.ID, Person: f.person("late"), NoWait: true})[0]
	require.ErrorIs(f, late.Err, domain.ErrSoldOut, "what is free in between goes to nobody else")
	last := f.event(event.ID)
	require.False(f, last.Promoting, "a command that is refused goes on with the line, too")
	require.Equal(f, []int{0, 0}, []int{last.AvailableTickets, last.Line.Waiting})
	require.Zero(f, f.stepOn(event.ID))
	f.checkJournal(&reader{event: event.ID, page: 1000}, last, f.allBookings(event.ID))
}

func rankTickets(f *fixture) {
	event := f.sale(6)
	holder := f.accept(f.book(event, "ada", 6)).Booking
	var line []domain.Booking
	for i, quantity := range []int{5, 4, 3, 2, 1} {
		line = append(line, f.accept(f.book(event, fmt.Sprint("person ", i), quantity)).Booking)
	}
	expect := func(want ...int) {
		f.Helper()
		for i, b := range line {
			require.Equal(f, want[i], f.booking(b).TicketsAhead, "the tickets ahead of the one who joined as number %d", i+1)
		}
		checkRules(f, f.event(event.ID), f.allBookings(event.ID))
	}
	less := func(b domain.Booking, quantity int) domain.Command {
		return domain.ChangeBooking{EventID: event.ID, BookingID: b.ID, Quantity: &quantity}
	}
	expect(0, 5, 9, 12, 14)
	f.accept(less(line[1], 2))
	expect(0, 5, 7, 10, 12)
	f.accept(less(line[2], 1), less(line[1], 1), leave(line[2]))
	expect(0, 5, 0, 6, 8)
	for i := range 5 {
		f.accept(f.cancel(event, "ada", holder.Tickets[i])) // the first is promoted by the fifth
	}
	expect(0, 0, 0, 1, 3)
	f.accept(f.cancel(event, "ada", holder.Tickets[5])) // the second is promoted
	expect(0, 0, 0, 0, 2)
	f.accept(less(line[3], 1))
	expect(0, 0, 0, 0, 1)
}
