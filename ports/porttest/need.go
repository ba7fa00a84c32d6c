package porttest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var needRules = []rule{
	{"finds idempotency keys that were used, on this event", needKeys},
	{"counts booked tickets and waiting quantities of a person", needHoldings},
	{"finds the latest booked tickets of a person", needLatest},
	{"finds tickets by id, on this event", needTickets},
	{"finds bookings by id, on this event", needBookings},
	{"finds the front of the line", needFront},
	{"counts the line by quantity", needQuantities},
}

func needKeys(f *fixture) {
	event, other := f.sale(5), f.sale(5)
	book := f.book(event, "ada", 2)
	book.Key = key("k1", "book 2")
	booking := f.accept(book).Booking
	cancel := f.cancel(event, "ada", domain.Ticket{})
	cancel.Key = key("k2", "cancel")
	ticket := f.accept(cancel).Ticket
	before := f.state(event.ID)

	require.Equal(f, &domain.Repeat{EventID: event.ID, BookingID: booking.ID}, f.do(book)[0].Err,
		"a repeat of a booking is answered with the booking that was made")
	require.Equal(f, &domain.Repeat{EventID: event.ID, BookingID: booking.ID, TicketID: ticket.ID}, f.do(cancel)[0].Err,
		"a repeat of a cancellation is answered with the ticket that was cancelled")
	cancel.Key = key("k1", "cancel")
	require.ErrorIs(f, f.do(cancel)[0].Err, domain.ErrIdempotencyKeyReused, "a key of another request is refused")
	require.Equal(f, before, f.state(event.ID), "repeats change nothing")

	book.EventID = other.ID
	f.accept(book) // a key counts for its own event only
	book.Quantity = domain.MaxQuantity
	book.Key = key("k3", "too many")
	require.ErrorIs(f, f.do(book)[0].Err, domain.ErrQuantityOverCapacity)
	book.Quantity = 1
	book.Key = key("k3", "one")
	f.accept(book) // a key of a refused request is still free
}

func needHoldings(f *fixture) {
	event := f.create(domain.NewEvent{Name: "Concert", TotalTickets: 5, MaxTicketsPerUser: domain.AtMost(10)})
	other := f.create(domain.NewEvent{Name: "Concert", TotalTickets: 5, MaxTicketsPerUser: domain.AtMost(10)})
	f.accept(f.book(other, "ada", 5), f.book(event, "ada", 3), f.book(event, "bob", 2), f.book(event, "ada", 4))
	leaver := f.accept(f.book(event, "ada", 3)).Booking
	f.accept(leave(leaver), f.cancel(event, "ada", domain.Ticket{})) // 2 booked and 4 waiting are left

	for who, held := range map[string]int{"ada": 6, "ADA": 6, "bob": 2, "cy": 0} {
		need := domain.Need{Holdings: []domain.UserID{f.person(who).UserID(), f.person("nobody").UserID()}}
		f.look(event.ID, need, func(b *domain.Batch) {
			for range 10 - held {
				require.NoError(f, decide(b, f.book(event, who, 1), stampAt(now())).Err,
					"%q holds %d tickets of 10, booked or waited for, so this one is allowed", who, held)
			}
			require.ErrorIs(f, decide(b, f.book(event, who, 1), stampAt(now())).Err, domain.ErrUserLimitReached,
				"%q holds %d tickets of 10, booked or waited for, before this batch", who, held)
		})
	}
}

func needLatest(f *fixture) {
	event, other := f.sale(100), f.sale(100)
	f.accept(f.book(event, "ada", 3), f.book(event, "bob", 2))
	second := f.accept(f.book(event, "ada", 3)).Booking
	f.accept(f.book(event, "bob", 1), f.book(other, "ada", 5), f.cancel(event, "ada", second.Tickets[1]))
	latest := []string{"3.3", "3.1", "1.3", "1.2", "1.1"} // sequence and ordinal of what ada has booked

	for _, k := range []int{1, 2, 3, len(latest), 1000} {
		need := domain.Need{Latest: map[domain.UserID]int{
			f.person("ada").UserID(): k, f.person("bob").UserID(): 1, f.person("nobody").UserID(): 2,
		}}
		f.look(event.ID, need, func(b *domain.Batch) {
			require.ErrorIs(f, decide(b, f.cancel(event, "nobody", domain.Ticket{}), stampAt(now())).Err,
				domain.ErrTicketNotFound, "a person without tickets has no latest ones")
			require.NoError(f, decide(b, f.cancel(event, "bob", domain.Ticket{}), stampAt(now())).Err)
			var found []string
			for range len(latest) + 1 {
				a := decide(b, f.cancel(event, "ada", domain.Ticket{}), stampAt(now()))
				if a.Err != nil {
					require.ErrorIs(f, a.Err, domain.ErrTicketNotFound)
					break
				}
				found = append(found, fmt.Sprintf("%d.%d", a.Ticket.Sequence, a.Ticket.Ordinal))
			}
			require.Equal(f, latest[:min(k, len(latest))], found,
				"Latest asks for a person's last %d booked tickets, by sequence and ordinal", k)
		})
	}
}

func needTickets(f *fixture) {
	event, other := f.sale(10), f.sale(10)
	mine := f.accept(f.book(event, "ada", 3)).Booking
	theirs := f.accept(f.book(event, "bob", 1)).Booking
	elsewhere := f.accept(f.book(other, "ada", 1)).Booking
	cancelled := f.accept(f.cancel(event, "ada", mine.Tickets[0])).Ticket

	for _, c := range []struct {
		rule   string
		ticket domain.Ticket
		want   error
	}{
		{"a person's own ticket is found", mine.Tickets[2], nil},
		{"a person's own ticket is found when it is cancelled", mine.Tickets[0], nil},
		{"somebody else's ticket is not found", theirs.Tickets[0], domain.ErrTicketNotFound},
		{"a ticket of another event is not found", elsewhere.Tickets[0], domain.ErrTicketNotFound},
		{"a ticket that was never made is not found", domain.Ticket{ID: domain.TicketID{UUID: newID()}}, domain.ErrTicketNotFound},
	} {
		command := f.cancel(event, "ada", c.ticket)
		a := f.do(command)[0]
		require.Equal(f, c.want, a.Err, c.rule)
		if c.want != nil {
			continue
		}
		want := c.ticket
		want.Status, want.CancelledAt = domain.TicketCancelled, a.Ticket.CancelledAt
		same(f, want, a.Ticket, "a ticket is loaded with every field")
	}
	same(f, cancelled, f.do(f.cancel(event, "ada", cancelled))[0].Ticket, "a cancelled ticket stays as it is")
}

func needBookings(f *fixture) {
	event, other := f.sale(2), f.sale(1)
	booked := f.accept(f.book(event, "ada", 1)).Booking
	givenBack := f.accept(f.book(event, "ada", 1)).Booking
	promoted := f.accept(f.book(event, "bob", 1)).Booking
	left := f.accept(f.book(event, "cy", 2)).Booking
	waiting := f.accept(f.book(event, "dan", 2)).Booking
	f.accept(f.book(other, "eve", 1))
	elsewhere := f.accept(f.book(other, "eve", 1)).Booking
	f.accept(f.cancel(event, "ada", domain.Ticket{}), leave(left))

	for _, c := range []struct {
		rule    string
		booking domain.Booking
		want    error
	}{
		{"a waiting booking is found", waiting, nil},
		{"a booking that left is found", left, nil},
		{"a booking is found that was booked at once", booked, domain.ErrBookingNotWaiting},
		{"a booking is found that was promoted", promoted, domain.ErrBookingNotWaiting},
		{"a booking is found whose tickets are all cancelled", givenBack, domain.ErrBookingNotWaiting},
		{"a booking of another event is not found", elsewhere, domain.ErrBookingNotFound},
		{"a booking that was never made is not found", domain.Booking{ID: domain.BookingID{UUID: newID()}}, domain.ErrBookingNotFound},
	} {
		c.booking.EventID = event.ID
		f.look(event.ID, domain.Need{Bookings: []domain.BookingID{c.booking.ID}, Front: 1}, func(b *domain.Batch) {
			at := now()
			require.Equal(f, c.want, decide(b, leave(c.booking), stampAt(at)).Err, c.rule)
			for _, fact := range b.Facts() {
				want := c.booking
				want.Status, want.Position = domain.BookingCancelled, 0
				same(f, domain.Fact(domain.WaitlistLeft{Booking: want, At: at}), fact, "a booking is loaded with every field")
			}
		})
	}
}

func needFront(f *fixture) {
	event := f.sale(1)
	f.accept(f.book(event, "ada", 1))
	var line []domain.Booking
	for i := range 10 {
		line = append(line, f.accept(f.book(event, fmt.Sprint("person ", i), 1)).Booking)
	}
	var front []domain.Booking
	for i, b := range line {
		if i == 0 || i == 3 || i == 4 || i == 9 {
			f.accept(leave(b))
		} else {
			front = append(front, b)
		}
	}

	for n := 1; n <= len(front); n++ {
		f.look(event.ID, domain.Need{Front: n}, func(b *domain.Batch) {
			err := decide(b, resize(event, 100), stampAt(now())).Err
			if n < len(front) {
				require.Equal(f, domain.ErrNotLoaded, err, "Front asks for the first %d of the line, no more", n)
			} else {
				require.NoError(f, err, "Front asks for all of the line")
			}
			var want, got []domain.Booking
			for _, fact := range b.Facts() {
				if p, ok := fact.(domain.BookingPromoted); ok {
					p.Booking.Status, p.Booking.Tickets, p.Booking.Position = domain.BookingWaiting, nil, 0
					got = append(got, p.Booking)
				}
			}
			for _, b := range front[:n] {
				b.Position = 0
				want = append(want, b)
			}
			sameList(f, want, got, "Front finds the first %d that still wait, the head first, with every field", n)
		})
	}
}

func needQuantities(f *fixture) {
	event := f.sale(5)
	f.accept(f.book(event, "ada", 1))
	fives := []domain.Booking{
		f.accept(f.book(event, "ada", 5)).Booking,
		f.accept(f.book(event, "bob", 5)).Booking,
	}
	f.accept(f.book(event, "cy", 3))
	f.accept(leave(f.accept(f.book(event, "dan", 5)).Booking))
	need := domain.Need{Quantities: true, Front: 3, Bookings: []domain.BookingID{fives[0].ID, fives[1].ID}}
	f.look(event.ID, need, func(b *domain.Batch) {
		for _, five := range fives {
			require.ErrorIs(f, decide(b, resize(event, 4), stampAt(now())).Err, domain.ErrCapacityBelowWaiting,
				"Quantities counts each of the bookings that wait for 5 tickets")
			require.NoError(f, decide(b, leave(five), stampAt(now())).Err)
		}
		require.NoError(f, decide(b, resize(event, 4), stampAt(now())).Err,
			"Quantities doesn't count bookings that left the line")
	})
}
