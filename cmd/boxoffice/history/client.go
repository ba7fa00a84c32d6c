package history

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// retryPause is between two attempts of one call.
const retryPause = 50 * time.Millisecond

// client makes one call after another on one event.
type client struct {
	*Recorder
	number int
	event  *event
	random *rand.Rand
}

func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		left := c.event.left.Add(-1)
		switch {
		case left < 0:
			return
		case left == c.event.cancelAt && left > 0:
			c.insist(operation{kind: cancelEvent})
		default:
			c.act()
		}
		if c.load.Pause > 0 {
			c.pause(time.Duration(c.random.Int64N(int64(2 * c.load.Pause))))
		}
	}
}

// act makes any one call.
func (c *client) act() {
	switch n := c.random.IntN(100); {
	case n < 34:
		c.book()
	case n < 42:
		c.keyed(operation{kind: cancel, person: c.person(c.anyIdentifier())})
	case n < 50:
		c.cancelNamed()
	case n < 55:
		c.onBooking(operation{kind: leave})
	case n < 61:
		c.onBooking(operation{kind: confirm})
	case n < 66:
		c.onBooking(operation{kind: giveBack})
	case n < 69:
		c.onBooking(operation{kind: transfer, person: c.person(c.anyIdentifier())})
	case n < 76:
		c.onBooking(operation{kind: readBooking})
	case n < 82:
		c.insist(operation{kind: readStatus})
	case n < 86:
		c.insist(operation{kind: readEvent})
	case n < 89:
		c.insist(operation{kind: readAll})
	case n < 93:
		const largest = 45
		c.insist(operation{kind: resize, total: 1 + c.random.IntN(largest)})
	default:
		c.again()
	}
}

func (c *client) book() {
	const most = 3
	c.keyed(operation{kind: book, person: c.person(c.anyIdentifier()), quantity: 1 + c.random.IntN(most)})
}

// cancelNamed cancels a ticket by its id, now and then as somebody whose it
// isn't.
func (c *client) cancelNamed() {
	owned, ok := c.event.anyTicket(c.random)
	if !ok {
		c.book()
		return
	}
	if c.random.IntN(20) == 0 {
		owned.identifier = c.anyIdentifier()
	}
	c.keyed(operation{kind: cancel, person: c.person(owned.identifier), ticket: owned.ticket})
}

func (c *client) onBooking(o operation) {
	booking, ok := c.event.anyBooking(c.random)
	if !ok {
		c.book()
		return
	}
	o.booking = booking
	if o.kind == leave || o.kind == readBooking { // take no key
		c.insist(o)
		return
	}
	c.keyed(o)
}

// keyed makes a call under a new key, now and then twice at the same time, or
// without a key after all.
func (c *client) keyed(o operation) {
	if c.random.IntN(4) == 0 {
		c.insist(o)
		return
	}
	o.key = c.event.newKey()
	if c.random.IntN(8) != 0 {
		c.insist(o)
		return
	}
	var twins sync.WaitGroup
	for i := range uint64(2) {
		twin := *c
		twin.random = rand.New(rand.NewPCG(c.random.Uint64(), i))
		twins.Go(func() { twin.insist(o) })
	}
	twins.Wait()
}

// again repeats a call that was accepted before, now and then with another
// body, which must be refused.
func (c *client) again() {
	o, ok := c.event.anyAccepted(c.random)
	if !ok {
		c.book()
		return
	}
	if o.kind == book && c.random.IntN(4) == 0 {
		o.quantity++
	}
	c.insist(o)
}

func (c *client) anyIdentifier() string { return c.event.people[c.random.IntN(len(c.event.people))] }

// person is whom an identifier names, in any spelling.
func (c *client) person(identifier string) domain.Person {
	switch c.random.IntN(3) {
	case 0:
		identifier = strings.ToUpper(identifier)
	case 1:
		identifier = " " + strings.ToLower(identifier)
	}
	person, err := domain.NewPerson(identifier)
	if err != nil {
		panic(err) // not for these identifiers
	}
	return person
}

// insist makes a call, again if it may be repeated and its outcome isn't known,
// and records it.
func (c *client) insist(o operation) {
	request := o
	o.client, o.called, o.until = c.number, c.now(), 0
	for {
		last := c.now()
		answer := request
		refusal, err := c.send(&answer)
		switch {
		case err == nil:
			c.calls.Add(1)
			answer.client, answer.called, answer.answered = c.number, o.called, c.now()
			answer.refusal, answer.retried = refusal, o.retried
			if refusal != "" && o.retried && o.key != "" {
				// An attempt before may still arrive, and be accepted then.
				o.unknown, o.answered = true, never
				c.event.add(o)
				answer.called, answer.retried = last, false
			}
			c.event.add(answer)
			c.keep(request, answer)
			return
		case errors.Is(err, errNothingDone) && !o.retried:
			c.pause(retryPause)
			return // if it was done all the same, the final reading shows it
		case errors.Is(err, errUnknown):
			c.unknown.Add(1)
			if !o.writes() {
				return
			}
			o.retried = true
			if c.load.Local && errors.Is(err, errBroken) {
				o.until = max(o.until, c.now())
			} else {
				o.until = never
			}
		case !errors.Is(err, errNothingDone):
			c.note(err.Error())
			return
		}
		if c.giveUp.Err() != nil || !o.repeatable() {
			o.unknown, o.answered = true, never
			c.event.add(o)
			return
		}
		c.pause(retryPause)
	}
}

func isPassing(err error) bool { return errors.Is(err, errNothingDone) || errors.Is(err, errUnknown) }

// keep remembers what an answer told, to ask for it later.
func (c *client) keep(request, answered operation) {
	if answered.refusal != "" {
		return
	}
	for _, b := range answered.bookings {
		c.event.learn(b.Identifier, b.ID, idsOf(b.Tickets))
	}
	if answered.kind == book {
		c.event.learn(answered.person.Identifier(), answered.booking, answered.tickets)
	}
	if answered.key != "" {
		c.event.remember(request)
	}
}

// send makes one attempt, and fills in what was answered.
func (c *client) send(o *operation) (domain.Code, error) {
	server := c.server(c.random)
	path := server + "/events/" + c.event.id
	onEvent := map[string]any{"eventId": c.event.id, "identifier": o.person.Identifier()}
	switch o.kind {
	case book:
		var answer bookedJSON
		onEvent["quantity"] = o.quantity
		refusal, err := c.caller.call("POST", server+"/book", o.key, onEvent, &answer)
		o.booking, o.tickets, o.expiresAt = answer.BookingID, idsOf(answer.Tickets), answer.ExpiresAt
		if answer.WaitingEntry != nil {
			o.position = answer.WaitingEntry.Position
		}
		return refusal, err
	case cancel:
		var answer cancelledJSON
		if o.ticket != "" {
			onEvent["ticketId"] = o.ticket
		}
		refusal, err := c.caller.call("POST", server+"/cancel", o.key, onEvent, &answer)
		o.tickets = []string{answer.Ticket.ID}
		return refusal, err
	case leave:
		return c.caller.call("DELETE", path+"/waitlist/"+o.booking, "", nil, nil)
	case confirm:
		return c.sendOnBooking(o, "POST", path+"/bookings/"+o.booking+"/confirm", nil)
	case giveBack:
		return c.sendOnBooking(o, "DELETE", path+"/bookings/"+o.booking, nil)
	case transfer:
		to := map[string]any{"identifier": o.person.Identifier()}
		return c.sendOnBooking(o, "POST", path+"/bookings/"+o.booking+"/transfer", to)
	case resize:
		o.event = &eventJSON{}
		return c.caller.call("PATCH", path, "", map[string]any{"totalTickets": o.total}, o.event)
	case cancelEvent:
		o.event = &eventJSON{}
		return c.caller.call("POST", path+"/cancel", "", nil, o.event)
	case readStatus:
		o.event = &eventJSON{}
		return c.caller.call("GET", server+"/status/"+c.event.id, "", nil, o.event)
	case readEvent:
		o.event = &eventJSON{}
		return c.caller.call("GET", path, "", nil, o.event)
	case readBooking:
		return c.sendOnBooking(o, "GET", path+"/bookings/"+o.booking, nil)
	default: // one page has all
		var answer bookingsJSON
		refusal, err := c.caller.call("GET", path+"/bookings?limit=200", "", nil, &answer)
		o.bookings = answer.Bookings
		if answer.NextCursor != nil {
			return "", errNothingDone // several pages are several states
		}
		return refusal, err
	}
}

// sendOnBooking makes one attempt that is answered with a booking.
func (c *client) sendOnBooking(o *operation, method, url string, body any) (domain.Code, error) {
	o.bookings = make([]bookingJSON, 1)
	return c.caller.call(method, url, o.key, body, &o.bookings[0])
}
