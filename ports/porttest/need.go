package porttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var needRules = []rule{
	{"finds idempotency keys that were used, on this event", needKeys},
	{"counts a person's booked and held tickets and waiting quantities", needClaims},
	{"finds a person's latest bookings that have tickets", needLatest},
	{"finds bookings by a ticket's id, on this event", needTickets},
	{"finds bookings by id, on this event, with every field", needBookings},
	{"finds the front of the line", needFront},
	{"finds what is due, the longest due first", needDue},
	{"finds the holds that expire next", needHolds},
	{"is asked for once in each attempt, and its answer is used", needIsAsked},
}

func needKeys(f *fixture) {
	event, other := f.sale(5), f.sale(5)
	book := f.book(event, "ada", 2)
	book.Key = key("k1")
	booking := f.accept(book).Booking
	cancel := f.cancel(event, "ada", domain.Ticket{})
	cancel.Key = key("k1") // a key counts for its own operation only
	ticket := f.accept(cancel).Tickets[0]
	before := f.state(event.ID)

	require.Equal(f, &domain.Repeat{EventID: event.ID, BookingID: booking.ID}, f.do(book)[0].Err,
		"a repeat of a booking is answered with the booking that was made")
	require.Equal(f, &domain.Repeat{EventID: event.ID, BookingID: booking.ID, TicketIDs: []domain.TicketID{ticket.ID}}, f.do(cancel)[0].Err,
		"a repeat of a cancellation is answered with the ticket that was cancelled")
	other1 := f.book(event, "ada", 1)
	other1.Key = key("k1")
	require.ErrorIs(f, f.do(other1)[0].Err, domain.ErrIdempotencyKeyReused, "a key of another request is refused")
	require.Equal(f, before, f.state(event.ID), "repeats change nothing")

	book.EventID = other.ID
	f.accept(book) // a key counts for its own event only
	book.Quantity, book.Key = domain.MaxQuantity, key("k3")
	require.ErrorIs(f, f.do(book)[0].Err, domain.ErrQuantityOverCapacity)
	book.Quantity = 1
	f.accept(book) // a key of a refused request is still free

	several := f.cancel(other, "ada", domain.Ticket{})
	several.Quantity, several.Key = 3, key("k4")
	var ids []domain.TicketID
	for _, t := range f.accept(several).Tickets {
		ids = append(ids, t.ID)
	}
	var repeat *domain.Repeat
	require.ErrorAs(f, f.do(several)[0].Err, &repeat)
	require.Equal(f, ids, repeat.TicketIDs, "a repeat is answered with all tickets that were cancelled, in their order")
}

func needClaims(f *fixture) {
	event, other := f.sale(5, perUser(10)), f.sale(5, perUser(10))
	f.accept(f.book(other, "ada", 5), f.book(event, "ada", 2))
	f.accept(domain.ChangeEvent{EventID: event.ID, HoldSeconds: new(600), ClaimSeconds: new(600)})
	f.accept(f.book(event, "ada", 2), f.book(event, "bob", 1), f.book(event, "ada", 4))
	leaver := f.accept(f.book(event, "ada", 2)).Booking
	f.accept(leave(leaver), f.cancel(event, "ada", domain.Ticket{})) // 2 booked, 1 held and 4 waiting are left
	given := f.accept(f.book(event, "cy", 3)).Booking
	f.accept(f.transfer(given, "dan"))

	for who, claimed := range map[string]int{"ada": 7, "ADA": 7, "bob": 1, "cy": 0, "dan": 3} {
		need := domain.Need{Claims: []domain.UserID{f.person(who).UserID(), f.person("nobody").UserID()}}
		f.look(event.ID, need, func(b *domain.Batch) {
			for range 10 - claimed {
				require.NoError(f, decide(b, f.book(event, who, 1), f.now()).Err,
					"%q has or waits for %d tickets of 10, so this one is allowed", who, claimed)
			}
			require.ErrorIs(f, decide(b, f.book(event, who, 1), f.now()).Err, domain.ErrUserLimitReached,
				"%q had or waited for %d tickets of 10 before this batch", who, claimed)
		})
	}
}

func needLatest(f *fixture) {
	event, other := f.sale(100), f.sale(100)
	first := f.accept(f.book(event, "ada", 3)).Booking
	f.accept(f.book(event, "bob", 2))
	second := f.accept(f.book(event, "ada", 3)).Booking
	gone := f.accept(f.book(event, "ada", 1)).Booking
	f.accept(domain.ChangeEvent{EventID: event.ID, HoldSeconds: new(600), ClaimSeconds: new(600)})
	third := f.accept(f.book(event, "ada", 1)).Booking
	f.accept(f.book(event, "bob", 1), f.book(other, "ada", 5), f.cancel(event, "ada", second.Tickets[1]), giveBack(gone))
	latest := [][]string{{"5.1"}, {"3.3", "3.1"}, {"1.3", "1.2", "1.1"}} // of each booking, by sequence and ordinal
	require.Equal(f, []int64{1, 3, 5}, []int64{first.Sequence, second.Sequence, third.Sequence})

	for _, k := range []int{1, 2, 3, 1000} {
		need := domain.Need{Holds: 100, Latest: map[domain.UserID]int{
			f.person("ada").UserID(): k, f.person("bob").UserID(): 1, f.person("nobody").UserID(): 2,
		}}
		f.look(event.ID, need, func(b *domain.Batch) {
			require.ErrorIs(f, decide(b, f.cancel(event, "nobody", domain.Ticket{}), f.now()).Err,
				domain.ErrTicketNotFound, "a person without tickets has no latest ones")
			require.NoError(f, decide(b, f.cancel(event, "bob", domain.Ticket{}), f.now()).Err)
			var found []string
			for {
				a := decide(b, f.cancel(event, "ada", domain.Ticket{}), f.now())
				if a.Err != nil {
					require.ErrorIs(f, a.Err, domain.ErrTicketNotFound)
					break
				}
				found = append(found, fmt.Sprintf("%d.%d", a.Tickets[0].Sequence, a.Tickets[0].Ordinal))
			}
			require.Equal(f, slices.Concat(latest[:min(k, len(latest))]...), found,
				"Latest asks for a person's last %d bookings that have tickets", k)
		})
	}
}

func needTickets(f *fixture) {
	event, other := f.sale(10), f.sale(10)
	mine := f.accept(f.book(event, "ada", 3)).Booking
	theirs := f.accept(f.book(event, "bob", 1)).Booking
	elsewhere := f.accept(f.book(other, "ada", 1)).Booking
	cancelled := f.accept(f.cancel(event, "ada", mine.Tickets[0])).Tickets[0]

	for _, c := range []struct {
		rule   string
		ticket domain.Ticket
		want   error
	}{
		{"a person's own ticket is found", mine.Tickets[2], nil},
		{"a person's own ticket is found when it is cancelled", cancelled, nil},
		{"somebody else's ticket is not found", theirs.Tickets[0], domain.ErrTicketNotFound},
		{"a ticket of another event is not found", elsewhere.Tickets[0], domain.ErrTicketNotFound},
		{"a ticket that was never made is not found", domain.Ticket{ID: domain.TicketID{UUID: newID()}}, domain.ErrTicketNotFound},
	} {
		a := f.do(f.cancel(event, "ada", c.ticket))[0]
		require.Equal(f, c.want, a.Err, c.rule)
		if c.want != nil {
			continue
		}
		want := c.ticket
		want.Status, want.CancelledAt = domain.TicketCancelled, a.Tickets[0].CancelledAt
		same(f, want, a.Tickets[0], "a ticket is loaded with every field")
	}
	same(f, cancelled, f.do(f.cancel(event, "ada", cancelled))[0].Tickets[0], "a cancelled ticket stays as it is")
	require.Equal(f, domain.BookingBooked, f.booking(mine).Status, "a booking is loaded with all its tickets")
}

// needBookings looks at bookings by a command that changes none of them, but for
// a reference.
func needBookings(f *fixture) {
	event := f.busy()
	other := f.sale(1)
	elsewhere := f.accept(f.book(other, "eve", 1)).Booking
	for _, want := range f.allBookings(event.ID) {
		note := domain.ChangeBooking{EventID: event.ID, BookingID: want.ID, Reference: new("another")}
		f.look(event.ID, domain.Need{Bookings: []domain.BookingID{want.ID}, Front: 1}, func(b *domain.Batch) {
			a := decide(b, note, f.now())
			require.NoError(f, a.Err)
			want.Reference, want.Position, want.TicketsAhead = "another", 0, 0
			same(f, want, a.Booking, "a booking is loaded with every field and all its tickets, whatever it is")
		})
	}
	for rule, id := range map[string]domain.BookingID{
		"a booking of another event is not found":    elsewhere.ID,
		"a booking that was never made is not found": {UUID: newID()},
	} {
		f.look(event.ID, domain.Need{Bookings: []domain.BookingID{id}}, func(b *domain.Batch) {
			c := domain.Confirm{EventID: event.ID, BookingID: id}
			require.ErrorIs(f, decide(b, c, f.now()).Err, domain.ErrBookingNotFound, rule)
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
			err := decide(b, resize(event, 1+n), f.now()).Err
			require.NoError(f, err, "Front asks for the first %d of the line", n)
			if n < len(front) {
				err = decide(b, resize(event, 100), f.now()).Err
				require.Equal(f, domain.ErrNotLoaded, err, "Front asks for the first %d of the line, no more", n)
			}
			var want, got []domain.Booking
			for _, r := range b.Records() {
				if r.Kind == domain.BookingWasPromoted {
					p := r.Booking.Clone()
					p.Status, p.Tickets = domain.BookingWaiting, nil
					got = append(got, p)
				}
			}
			for _, b := range front[:n] {
				b.Position, b.TicketsAhead = 0, 0
				want = append(want, b)
			}
			sameList(f, want, got, "Front finds the first %d that still wait, the head first, with every field", n)
		})
	}
}

// holds keeps an event with four holds, two of which expire at the same time, and
// one that has ended.
func (f *fixture) holds() (e domain.Event, at time.Time, inOrder []domain.Booking) {
	f.Helper()
	at = f.store.Now()
	e = f.createAt(domain.CreateEvent{Settings: concert(20, held(100, 100))}, at)
	book := func(who string, after time.Duration, quantity int) domain.Booking {
		return f.acceptAt(at.Add(after), f.book(e, who, quantity)).Booking
	}
	one, two, three := book("ada", 0, 2), book("bob", time.Second, 1), book("cy", time.Second, 3)
	ended := book("dan", time.Second, 1)
	four := book("eve", 2*time.Second, 1)
	f.acceptAt(at.Add(2*time.Second), confirm(ended))
	one = f.acceptAt(at.Add(3*time.Second), extend(one, 200)).Booking
	return e, at, []domain.Booking{two, three, four, one}
}

func needDue(f *fixture) {
	event, at, inOrder := f.holds()
	for n, due := range []time.Duration{101*time.Second - time.Microsecond, 101 * time.Second, 102 * time.Second, 203 * time.Second} {
		expected := []int{0, 2, 3, 4}[n]
		now := at.Add(due)
		f.look(event.ID, domain.Need{Due: now, Holds: 10}, func(b *domain.Batch) {
			require.NoError(f, decide(b, domain.CatchUp{EventID: event.ID}, stampAt(now)).Err)
			var got []domain.Booking
			for _, r := range b.Records() {
				require.Equal(f, domain.BookingHasExpired, r.Kind)
				got = append(got, *r.Booking)
			}
			var want []domain.Booking
			for _, b := range inOrder[:expected] {
				b = b.Clone()
				b.Status = domain.BookingExpired
				for i := range b.Tickets {
					b.Tickets[i].Status, b.Tickets[i].CancelledAt = domain.TicketCancelled, now
				}
				want = append(want, b)
			}
			sameList(f, want, got, "Due finds what expires until %v, by time and sequence, with every field", due)
		})
	}
}

func needHolds(f *fixture) {
	event, at, inOrder := f.holds()
	var ids []domain.BookingID
	for _, b := range inOrder {
		ids = append(ids, b.ID)
	}
	now := at.Add(10 * time.Second)
	for n := 1; n <= len(inOrder)+1; n++ {
		f.look(event.ID, domain.Need{Bookings: ids, Holds: n}, func(b *domain.Batch) {
			for i, ending := range inOrder {
				a := decide(b, confirm(ending), stampAt(now))
				if i+1 >= n && i+1 < len(inOrder) {
					require.Equal(f, domain.ErrNotLoaded, a.Err, "Holds asks for the next %d holds, no more", n)
					return
				}
				require.NoError(f, a.Err, "Holds asks for the next %d holds", n)
				var next time.Time
				if i+1 < len(inOrder) {
					next = inOrder[i+1].ExpiresAt
				}
				require.Equal(f, next, a.Event.NextReleaseAt, "Holds finds the next %d holds, by time and sequence", n)
			}
		})
	}
}

func needIsAsked(f *fixture) {
	event := f.sale(1)
	f.accept(f.book(event, "ada", 1))
	asked, decided := 0, 0
	err := f.store.Update(f.Context(), []domain.EventID{event.ID},
		func([]domain.Event) []domain.Need {
			asked++
			return []domain.Need{{EventID: event.ID, Latest: map[domain.UserID]int{f.person("ada").UserID(): 1}}}
		},
		func(b *domain.Batch) error {
			decided++
			require.Equal(f, asked, decided, "need is called once before each decide")
			return decide(b, f.cancel(event, "ada", domain.Ticket{}), f.now()).Err
		})
	require.NoError(f, err)
	require.Equal(f, 1, f.event(event.ID).AvailableTickets)
}
