package porttest

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var sizeRules = []rule{
	{"1,000 bookings with keys under a limit, repeated and cancelled, in a batch each", sizeThousandCommands},
	{"100 bookings of 100 tickets in a batch", sizeManyTickets},
	{"1,000 who leave in a batch", sizeThousandLeave},
}

func sizeThousandCommands(f *fixture) {
	event := f.sale(1500, perUser(2))
	var book, cancel []domain.Command
	for i := range 1000 {
		who := fmt.Sprint("person ", i)
		c := f.book(event, who, 2)
		c.Key = key(fmt.Sprint("key ", i))
		book = append(book, c)
		cancel = append(cancel, f.cancel(event, who, domain.Ticket{}))
	}
	var want []domain.Booking
	for _, a := range f.do(book...) {
		require.NoError(f, a.Err)
		want = append(want, a.Booking)
	}
	sameList(f, want, f.allBookings(event.ID), "all bookings of a large batch are saved, with their tickets")
	require.Equal(f, 250, f.event(event.ID).Line.Waiting)

	for i, a := range f.do(book...) {
		require.Equal(f, &domain.Repeat{EventID: event.ID, BookingID: want[i].ID}, a.Err, "every key of a large batch is remembered")
	}
	for i, c := range book {
		c := c.(domain.Book)
		c.Key = key(uuid.NewString())
		book[i] = c
	}
	for _, a := range f.do(book...) {
		require.ErrorIs(f, a.Err, domain.ErrUserLimitReached, "every person's tickets are counted in a large batch")
	}

	for i, a := range f.do(cancel...) {
		if i >= 750 && a.Err != nil { // waited, and may have been promoted meanwhile
			require.ErrorIs(f, a.Err, domain.ErrTicketNotFound)
			continue
		}
		require.NoError(f, a.Err, "every person's latest ticket is found in a large batch")
	}
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}

func sizeManyTickets(f *fixture) {
	event := f.sale(50 * domain.MaxQuantity)
	var commands []domain.Command
	for i := range 100 {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), domain.MaxQuantity))
	}
	var want []domain.Booking
	for _, a := range f.do(commands...) {
		require.NoError(f, a.Err)
		want = append(want, a.Booking)
	}
	sameList(f, want, f.allBookings(event.ID), "all tickets of large bookings are saved")
	f.accept(resize(event, 100*domain.MaxQuantity))
	f.stepOn(event.ID)
	for i, b := range f.allBookings(event.ID) {
		require.Len(f, b.Tickets, domain.MaxQuantity, "a promoted booking gets all its tickets")
		require.Equal(f, want[i].ID, b.ID, "a promoted booking keeps its id")
	}
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}

func sizeThousandLeave(f *fixture) {
	event := f.sale(1)
	commands := []domain.Command{f.book(event, "ada", 1)}
	for i := range 1000 {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
	}
	var leaving []domain.Command
	for i, a := range f.do(commands...) {
		require.NoError(f, a.Err)
		if i > 0 {
			leaving = append(leaving, leave(a.Booking))
		}
	}
	for _, a := range f.do(leaving...) {
		require.NoError(f, a.Err, "every booking that leaves is found in a large batch")
	}
	require.Zero(f, f.event(event.ID).Line.Waiting)
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}
