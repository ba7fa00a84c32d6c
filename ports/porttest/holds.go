package porttest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

var holdRules = []rule{
	{"are confirmed before they expire and not when they do", holdsAreConfirmedInTime},
	{"expire for good, and their tickets go to the line in the same transaction", holdsExpire},
	{"expire before anything else is decided, the longest due first", holdsExpireFirst},
	{"are extended, but no further than to their cap", holdsAreExtended},
	{"keep what is left when tickets are cancelled", holdsKeepTheRest},
	{"expire in steps when very many are due, but for those that are named", holdsExpireInSteps},
	{"expire whole in such a step, and give all that is free to the line", largeHoldsExpireInSteps},
	{"expire by the event's own time when a clock was ahead", holdsExpireByTheEventsTime},
}

// heldSale is an event that holds tickets for a minute, and claims for so many
// seconds.
func (f *fixture) heldSale(total, claim int) (e domain.Event, at time.Time) {
	f.Helper()
	const ago = -2 * time.Hour // so that what falls due in a test is due by the store's time
	at = f.store.Now().Add(ago)
	return f.createAt(domain.CreateEvent{Settings: concert(total, held(60, claim))}, at), at
}

func holdsAreConfirmedInTime(f *fixture) {
	event, at := f.heldSale(4, 60)
	intime := f.acceptAt(at, f.book(event, "ada", 2)).Booking
	late := f.acceptAt(at, f.book(event, "bob", 2)).Booking
	require.Equal(f, at.Add(time.Minute), intime.ExpiresAt)

	last := intime.ExpiresAt.Add(-time.Microsecond)
	booked := f.acceptAt(last, confirm(intime)).Booking
	require.Equal(f, domain.BookingBooked, booked.Status)
	require.Equal(f, last, booked.Tickets[0].BookedAt, "a ticket is booked when it is confirmed")
	require.ErrorIs(f, f.doAt(late.ExpiresAt, confirm(late))[0].Err, domain.ErrHoldExpired, "a hold that expires now is not confirmed")
	require.ErrorIs(f, f.doAt(last, confirm(late))[0].Err, domain.ErrHoldExpired, "nor is it when another clock is behind")
	require.Equal(f, domain.BookingExpired, f.booking(late).Status, "it expired though its confirmation was refused")

	f.accept(domain.CatchUp{EventID: event.ID})
	same(f, booked, f.booking(intime), "what was confirmed never expires")
	same(f, booked, f.acceptAt(late.ExpiresAt, confirm(intime)).Booking, "what is booked is confirmed again without a change")
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}

func holdsExpire(f *fixture) {
	event, at := f.heldSale(5, 90)
	gone := f.acceptAt(at, f.book(event, "ada", 5)).Booking
	promoted := f.acceptAt(at, f.book(event, "bob", 3)).Booking
	f.acceptAt(at, f.book(event, "cy", 4))
	before := f.event(event.ID)
	decided := gone.ExpiresAt.Add(time.Second)
	after := f.acceptAt(decided, domain.CatchUp{EventID: event.ID}).Event

	require.Equal(f, before.Version+1, after.Version, "an expiry and what follows is one change")
	same(f, after, f.event(event.ID), "an expiry is saved")
	require.Equal(f, domain.BookingExpired, f.booking(gone).Status)
	require.Equal(f, gone.ExpiresAt, f.booking(gone).ExpiresAt, "what expired tells when it should have")
	require.Equal(f, decided, f.booking(gone).Tickets[0].CancelledAt)
	claim := f.booking(promoted)
	require.Equal(f, domain.BookingHeld, claim.Status, "who is promoted gets a claim where the event asks for that")
	require.Equal(f, decided.Add(90*time.Second), claim.ExpiresAt, "a claim begins when its promotion is decided")
	require.Equal(f, []int{2, 3, 1}, []int{after.AvailableTickets, after.HeldTickets, after.Line.Waiting})
	for _, c := range []domain.Command{confirm(gone), extend(gone, 60), f.transfer(gone, "dan")} {
		require.ErrorIs(f, f.doAt(decided, c)[0].Err, domain.ErrHoldExpired, "what expired is over: %s", words(c))
	}
	f.acceptAt(decided, giveBack(gone)) // is over already
	same(f, after, f.event(event.ID), "nothing brings back what expired")
	checkRules(f, after, f.allBookings(event.ID))
}

func holdsExpireFirst(f *fixture) {
	event, at := f.heldSale(3, 60)
	one := f.acceptAt(at.Add(time.Second), f.book(event, "ada", 1)).Booking
	two := f.acceptAt(at.Add(time.Second), f.book(event, "bob", 1)).Booking
	three := f.acceptAt(at, f.book(event, "cy", 1)).Booking // by a clock that is behind
	a := f.doAt(at.Add(2*time.Minute), f.book(event, "dan", 3))[0]
	require.NoError(f, a.Err)
	require.Equal(f, domain.BookingHeld, a.Booking.Status, "what has expired is free for the command that comes next")
	require.Equal(f, at.Add(time.Second), three.CreatedAt, "an event's time never runs backwards")
	var expired []int64
	for _, r := range f.journal(event.ID) {
		if r.Kind == domain.BookingHasExpired {
			expired = append(expired, r.Booking.Sequence)
		}
	}
	require.Equal(f, []int64{one.Sequence, two.Sequence, three.Sequence}, expired, "holds expire by time and sequence")
}

func holdsAreExtended(f *fixture) {
	event, at := f.heldSale(4, 60)
	b := f.acceptAt(at, f.book(event, "ada", 1)).Booking
	other := f.acceptAt(at.Add(10*time.Second), f.book(event, "bob", 1)).Booking
	until := func(now, seconds int) time.Duration {
		f.Helper()
		f.acceptAt(at.Add(time.Duration(now)*time.Second), extend(b, seconds))
		return f.booking(b).ExpiresAt.Sub(at)
	}
	require.Equal(f, time.Minute, until(20, 40), "an extension that ends no later changes nothing")
	require.Equal(f, time.Minute, until(20, 1), "an extension never shortens a hold")
	require.Equal(f, 100*time.Second, until(20, 80), "an extension counts from now")
	require.Equal(f, 100*time.Second, until(20, 80), "extensions don't add up")
	require.Equal(f, other.ExpiresAt, f.event(event.ID).NextReleaseAt, "another hold is the next one then")
	require.Equal(f, time.Hour, until(50, 3600), "a hold lasts an hour or twice its window at most")
	require.Equal(f, time.Hour, until(3599, 3600))
	require.ErrorIs(f, f.doAt(at.Add(time.Hour), extend(b, 1))[0].Err, domain.ErrHoldExpired, "what expires now is not extended")
}

func holdsKeepTheRest(f *fixture) {
	event, at := f.heldSale(3, 60)
	b := f.acceptAt(at, f.book(event, "ada", 3)).Booking
	f.acceptAt(at, f.cancel(event, "ada", b.Tickets[1]))
	require.Equal(f, "#1 ada ×3 HELD [HELD CANCELLED HELD]", brief(f.booking(b)))
	require.Equal(f, 2, f.event(event.ID).HeldTickets)
	f.acceptAt(at, confirm(b))
	require.Equal(f, "#1 ada ×3 BOOKED [BOOKED CANCELLED BOOKED]", brief(f.booking(b)))
	second := f.acceptAt(at, f.book(event, "bob", 1)).Booking
	f.acceptAt(at, f.cancel(event, "bob", second.Tickets[0]))
	require.Equal(f, "#2 bob ×1 CANCELLED [CANCELLED]", brief(f.booking(second)), "a hold without tickets is cancelled")
	require.Zero(f, f.event(event.ID).NextReleaseAt, "and releases nothing")
}

func holdsExpireInSteps(f *fixture) {
	const more = 100
	event, at := f.heldSale(domain.MostExpiries+more, 60)
	var commands []domain.Command
	for i := range domain.MostExpiries + more {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
	}
	f.doAt(at, commands...)
	due := at.Add(time.Minute)
	f.acceptAt(due, domain.CatchUp{EventID: event.ID})
	e := f.event(event.ID)
	require.Equal(f, []int{domain.MostExpiries, more}, []int{e.AvailableTickets, e.HeldTickets}, "so many holds expire in a transaction, and no more")
	require.False(f, e.NextDueAt().After(due), "the others are due at once")
	require.Equal(f, 1, f.stepOn(event.ID), "the rest takes one step more")
	require.Equal(f, domain.MostExpiries+more, f.event(event.ID).AvailableTickets)

	again, at := f.heldSale(domain.MostExpiries+more, 60)
	for i, c := range commands {
		c := c.(domain.Book)
		c.EventID = again.ID
		commands[i] = c
	}
	answers := f.doAt(at, commands...)
	last := answers[len(answers)-1].Booking
	require.ErrorIs(f, f.doAt(at.Add(time.Minute), confirm(last))[0].Err, domain.ErrHoldExpired,
		"what a command names expires first, however many others are due")
	e = f.event(again.ID)
	require.Equal(f, domain.MostExpiries+1, e.AvailableTickets)
	require.Equal(f, domain.BookingExpired, f.booking(last).Status)
	f.stepOn(again.ID)
	f.checkJournal(&reader{event: again.ID, page: 100}, f.event(again.ID), f.allBookings(again.ID))
}

func largeHoldsExpireInSteps(f *fixture) {
	const holds, waiting, each, threeHours = 5, 60, 10, 3 * 60 * 60
	event, at := f.heldSale(holds*domain.MaxQuantity, threeHours)
	var commands []domain.Command
	for i := range holds {
		commands = append(commands, f.book(event, fmt.Sprint("holds ", i), domain.MaxQuantity))
	}
	for i := range waiting {
		commands = append(commands, f.book(event, fmt.Sprint("waits ", i), each))
	}
	f.doAt(at, commands...)
	due := at.Add(time.Minute)
	const expire = (domain.MostExpiries + domain.MaxQuantity - 1) / domain.MaxQuantity
	e := f.acceptAt(due, domain.CatchUp{EventID: event.ID}).Event
	require.Equal(f, waiting-expire*domain.MaxQuantity/each, e.Line.Waiting, "the hold that passes the bound is the last one")
	require.Equal(f, []int{0, holds * domain.MaxQuantity}, []int{e.AvailableTickets, e.HeldTickets})
	require.False(f, e.NextDueAt().After(due), "the others are due at once")
	require.Equal(f, 1, f.stepOn(event.ID))
	require.Equal(f, waiting-holds*domain.MaxQuantity/each, f.event(event.ID).Line.Waiting)
	f.checkJournal(&reader{event: event.ID, page: 100}, f.event(event.ID), f.allBookings(event.ID))
}

func holdsExpireByTheEventsTime(f *fixture) {
	event, at := f.heldSale(4, 60)
	ahead := at.Add(24 * time.Hour)
	b := f.acceptAt(ahead, f.book(event, "ada", 1)).Booking // by a clock that is a day ahead
	require.Equal(f, ahead.Add(time.Minute), b.ExpiresAt)
	require.ErrorIs(f, f.doAt(at, f.book(event, "bob", 5))[0].Err, domain.ErrQuantityOverCapacity)
	e := f.event(event.ID)
	require.Equal(f, 24*time.Hour, e.ClockAhead, "the event's time goes on from its last change")
	require.Equal(f, at.Add(time.Minute), e.NextDueAt(), "the hold falls due a minute later, not a day")
	f.acceptAt(at.Add(59*time.Second), confirm(f.acceptAt(at.Add(58*time.Second), f.book(event, "cy", 1)).Booking))
	require.ErrorIs(f, f.doAt(at.Add(time.Minute), confirm(b))[0].Err, domain.ErrHoldExpired)

	behind := f.acceptAt(at.Add(time.Minute), f.book(event, "dan", 1)).Booking
	slow := f.acceptAt(at.Add(51*time.Second), f.book(event, "eve", 1)).Booking // by a clock that is a little behind
	require.Equal(f, behind.CreatedAt, slow.CreatedAt, "a stamp behind the last change is moved to it")
	require.Equal(f, 24*time.Hour, f.event(event.ID).ClockAhead, "and that alone moves no clock")
}
