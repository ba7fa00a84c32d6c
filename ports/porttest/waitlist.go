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
	{"is promoted in steps by a much larger capacity", promoteInSteps},
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
			booking, err := f.store.Booking(f.Context(), event.ID, b.ID)
			require.NoError(f, err)
			require.Equal(f, want[i], booking.Position, "the position of the one who joined as number %d", i+1)
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
	require.Zero(f, f.event(event.ID).WaitingCount, "all were promoted or left")
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
				booking, err := f.store.Booking(f.Context(), event.ID, bookings[i].ID)
				require.NoError(f, err)
				same(f, bookings[i], booking, "Booking ranks the booking with sequence %d as Bookings does", i+1)
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

func promoteInSteps(f *fixture) {
	const more = 200 // waiting than one step promotes
	event := f.sale(1)
	commands := []domain.Command{f.book(event, "ada", 1)}
	for i := range domain.PromotionStep + more {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
	}
	f.do(commands...)

	first := f.accept(resize(event, 5000)).Event
	require.Equal(f, 1+domain.PromotionStep, first.TotalTickets, "a step raises the capacity only as far as it promotes")
	require.Equal(f, more, first.WaitingCount, "a step promotes so many and no more")
	same(f, first, f.event(event.ID), "a step is saved")
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))

	last := f.accept(resize(event, 5000)).Event
	require.Equal(f, 5000, last.TotalTickets, "the last step raises the capacity to what was asked for")
	require.Zero(f, last.WaitingCount, "the last step promotes the rest")
	same(f, last, f.event(event.ID), "a step is saved")
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}
