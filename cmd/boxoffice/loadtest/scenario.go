package loadtest

import (
	"math/rand/v2"
	"time"
)

// scenario is what the clients do.
type scenario struct {
	events, tickets int // unless others are asked for
	// begin prepares a client; may be nil.
	begin func(c *client)
	// step makes a client's next call, or a few that belong together.
	step func(c *client)
}

// rush is how long it takes until everybody who wants tickets has asked for
// them, when an event goes on sale.
const rush = time.Second

var scenarios = map[string]scenario{
	"hot":     {events: 1, tickets: maxTotalTickets, step: bookOne},
	"spread":  {events: 10_000, tickets: maxTotalTickets, step: bookOne},
	"soldout": {events: 1, tickets: 1, step: bookOne},
	"mixed":   {events: 8, tickets: 1000, step: mix},
	"onsale":  {events: 1, tickets: 1000, begin: arrive, step: onSale},
}

// bookOne books a ticket of any event for somebody new.
func bookOne(c *client) { c.book(c.anyEvent(), c.newPerson(), 1) }

// mix does a bit of everything.
func mix(c *client) {
	switch dice := c.random.IntN(100); {
	case dice < 40:
		c.book(c.anyEvent(), c.newPerson(), 1+c.random.IntN(min(4, c.load.config.Tickets)))
	case dice < 60:
		c.status(c.anyEvent())
	case dice < 80:
		c.lookAtAny()
	case dice < 95:
		c.cancelAny()
	default:
		c.leaveAny()
	}
}

// arrival is when somebody wants to book.
type arrival struct {
	at     time.Time
	person int32
}

// arrive spreads this client's people over the first second.
func arrive(c *client) {
	for range c.share(c.load.config.People) {
		c.arrivals = append(c.arrivals, arrival{person: c.newPerson()})
	}
	for i := range c.arrivals {
		c.arrivals[i].at = c.load.start.Add(rush * time.Duration(i) / time.Duration(len(c.arrivals)))
	}
	c.random.Shuffle(len(c.arrivals), func(i, j int) {
		c.arrivals[i].person, c.arrivals[j].person = c.arrivals[j].person, c.arrivals[i].person
	})
}

// onSale lets everybody in who has arrived, and else lets the people look what
// became of their bookings; now and then one gives up a ticket or a place in
// the line.
func onSale(c *client) {
	now := time.Now()
	if len(c.arrivals) > 0 && !c.arrivals[0].at.After(now) {
		who := c.arrivals[0]
		c.arrivals = c.arrivals[1:]
		if tryAgain := c.book(c.anyEvent(), who.person, 1); tryAgain {
			c.arrivals = append(c.arrivals, arrival{at: now, person: who.person})
		}
		return
	}
	if len(c.booked)+len(c.waiting) == 0 && len(c.arrivals) > 0 {
		c.pause(c.arrivals[0].at.Sub(now))
		return
	}
	switch dice := c.random.IntN(1000); {
	case dice < 5:
		c.cancelAny()
	case dice < 10:
		c.leaveAny()
	case dice < 100:
		c.status(c.anyEvent())
	default:
		c.lookAtAny()
	}
}

// takeAny takes any one out of the list.
func takeAny(random *rand.Rand, list *[]int32) int32 {
	last := len(*list) - 1
	i := random.IntN(len(*list))
	taken := (*list)[i]
	(*list)[i] = (*list)[last]
	*list = (*list)[:last]
	return taken
}
