package loadtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// patience is how long a client waits when the server is too busy or away, so
// that refusals don't become the load.
const patience = 50 * time.Millisecond

// promise is a booking that was accepted, as its caller was told.
type promise struct {
	booking   uuid.UUID
	event     int32
	person    int32
	position  int32 // last told; 0 is booked
	quantity  uint8
	cancelled uint8 // tickets, as answered
	left      bool  // the line, as answered
	unsure    bool  // something has no known outcome
	hold      hold
	expiresAt int64 // of a hold, in milliseconds since 1970
}

func (p *promise) over() bool {
	return p.unsure || p.left || p.cancelled == p.quantity || p.hold == expired || p.hold == givenBack
}

// attempt is a booking that has no known outcome.
type attempt struct {
	event, person int32
	quantity      int
}

// client makes one call after another, and remembers what it was told.
type client struct {
	load       *load
	connection *connection
	random     *rand.Rand
	body       []byte
	person     int32     // the next new one
	arrivals   []arrival // people of whom there is no booking yet

	promises        []promise // in the order in which they were made
	booked, waiting []int32   // places in promises of those that are not over, as far as is known
	held            []int32   // those that are to be confirmed
	late            []visit   // those that will be, too late
	attempts        []attempt
}

func (c *client) anyEvent() int32 { return c.random.Int32N(int32(len(c.load.events))) }

// newPerson returns somebody whom no other client has.
func (c *client) newPerson() int32 {
	person := c.person
	c.person += int32(len(c.load.clients))
	return person
}

// share is this client's part of n.
func (c *client) share(n int) int {
	clients := len(c.load.clients)
	return (n + clients - 1 - int(c.person)%clients) / clients
}

func identifier(person int32) string { return fmt.Sprintf("person-%d@example.com", person) }

// pause waits, but not longer than the load goes on.
func (c *client) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.load.over:
	}
}

// do makes one measured call.
func (c *client) do(op operation, method, path string, body []byte, want int, answer any) *failure {
	start := time.Now()
	failed := c.connection.call(method, path, body, want, answer)
	c.load.measured.record(op, time.Since(start), failed)
	if failed != nil && failed.busy() {
		c.pause(patience)
	}
	return failed
}

type ticketAnswer struct {
	ID     uuid.UUID `json:"id"`
	Status string    `json:"status"`
}

// book asks for tickets for somebody who has none. It reports whether the
// server was too busy to do anything, so that they may ask again.
func (c *client) book(event, person int32, quantity int) (tryAgain bool) {
	var answer struct {
		BookingID    uuid.UUID `json:"bookingId"`
		Waitlisted   bool      `json:"waitlisted"`
		WaitingEntry *struct {
			ID       uuid.UUID `json:"id"`
			Position int32     `json:"position"`
		} `json:"waitingEntry"`
		Tickets   []ticketAnswer `json:"tickets"`
		ExpiresAt time.Time      `json:"expiresAt"`
	}
	c.body = fmt.Appendf(c.body[:0], `{"eventId":"%s","identifier":"%s","quantity":%d}`,
		c.load.events[event], identifier(person), quantity)
	failed := c.do(opBook, http.MethodPost, "/book", c.body, http.StatusCreated, &answer)
	if failed != nil {
		if failed.unknown {
			c.attempts = append(c.attempts, attempt{event, person, quantity})
		}
		return failed.busy() && !failed.unknown
	}
	made := promise{booking: answer.BookingID, event: event, person: person, quantity: uint8(quantity)}
	switch entry := answer.WaitingEntry; {
	case answer.Waitlisted && entry != nil && entry.ID == answer.BookingID && entry.Position > 0 && len(answer.Tickets) == 0:
		made.position = entry.Position
	case !answer.Waitlisted && entry == nil && len(answer.Tickets) == quantity && answer.ExpiresAt.IsZero() == (c.load.config.Hold == 0):
		if c.load.config.Hold > 0 {
			made.hold, made.expiresAt = held, answer.ExpiresAt.UnixMilli()
		}
	default:
		c.load.wrong.add("%s was told neither booked nor waiting: %s", identifier(person), c.connection.response.Body())
	}
	c.promises = append(c.promises, made)
	c.keep(int32(len(c.promises) - 1))
	return false
}

// keep puts a promise where it is found again, unless it is over.
func (c *client) keep(i int32) {
	switch p := &c.promises[i]; {
	case p.over():
	case p.position > 0:
		c.waiting = append(c.waiting, i)
	case p.hold == held:
		c.held = append(c.held, i)
	default:
		c.booked = append(c.booked, i)
	}
}

// lookAtAny asks what became of one of this client's bookings, rather one that
// waits.
func (c *client) lookAtAny() {
	list := &c.waiting
	if len(*list) == 0 {
		list = &c.booked
	}
	if len(*list) == 0 {
		c.status(c.anyEvent())
		return
	}
	i := takeAny(c.random, list)
	c.look(&c.promises[i])
	c.keep(i)
}

// look asks what became of a booking, and returns one of its booked tickets.
func (c *client) look(p *promise) uuid.UUID {
	var now listedBooking
	if c.do(opBooking, http.MethodGet, p.path(c), nil, http.StatusOK, &now) != nil {
		return uuid.Nil
	}
	if rule := p.compare(&now, c.load.config.Hold > 0); rule != "" {
		c.load.wrong.add("%s of %s: %s", p.booking, identifier(p.person), rule)
	}
	p.position = now.Position
	switch now.Status {
	case "HELD":
		p.hold, p.expiresAt = held, now.ExpiresAt.UnixMilli()
	case "EXPIRED":
		p.hold = expired
	}
	for _, t := range now.Tickets {
		if t.Status == "BOOKED" {
			return t.ID
		}
	}
	return uuid.Nil
}

// cancelAny gives back one ticket of one of this client's bookings: half of
// the time one that is named, else the person's last.
func (c *client) cancelAny() {
	if len(c.booked) == 0 {
		c.lookAtAny()
		return
	}
	i := takeAny(c.random, &c.booked)
	p := &c.promises[i]
	ticket := uuid.Nil
	if c.random.IntN(2) == 0 {
		ticket = c.look(p)
	}
	c.cancel(p, ticket)
	c.keep(i)
}

func (c *client) cancel(p *promise, ticket uuid.UUID) {
	c.body = fmt.Appendf(c.body[:0], `{"eventId":"%s","identifier":"%s"`, c.load.events[p.event], identifier(p.person))
	if ticket != uuid.Nil {
		c.body = fmt.Appendf(c.body, `,"ticketId":"%s"`, ticket)
	}
	c.body = append(c.body, '}')
	var answer struct {
		Ticket ticketAnswer `json:"ticket"`
	}
	switch failed := c.do(opCancel, http.MethodPost, "/cancel", c.body, http.StatusOK, &answer); {
	case failed != nil:
		p.unsure = failed.unknown
		if failed.code == "ticket_not_found" {
			c.load.wrong.add("%s of %s has a ticket that can't be cancelled", p.booking, identifier(p.person))
		}
	case answer.Ticket.Status != "CANCELLED" || ticket != uuid.Nil && answer.Ticket.ID != ticket:
		c.load.wrong.add("%s cancelled a ticket and was answered with another: %s", identifier(p.person), c.connection.response.Body())
	default:
		p.cancelled++
	}
}

// leaveAny takes one of this client's bookings out of the line.
func (c *client) leaveAny() {
	if len(c.waiting) == 0 {
		c.lookAtAny()
		return
	}
	i := takeAny(c.random, &c.waiting)
	p := &c.promises[i]
	path := "/events/" + c.load.events[p.event] + "/waitlist/" + p.booking.String()
	switch failed := c.do(opLeave, http.MethodDelete, path, nil, http.StatusNoContent, nil); {
	case failed == nil:
		p.left = true
	case failed.code == "booking_not_waiting":
		p.position = 0 // it was promoted meanwhile
		if c.load.config.Hold > 0 {
			p.hold = held
			c.look(p)
		}
	default:
		p.unsure = failed.unknown
	}
	c.keep(i)
}

func (c *client) status(event int32) {
	var now statusAnswer
	if c.do(opStatus, http.MethodGet, "/status/"+c.load.events[event], nil, http.StatusOK, &now) != nil {
		return
	}
	if rule := now.check(c.load.config.Tickets); rule != "" {
		c.load.wrong.add("event %s: %s", c.load.events[event], rule)
	}
}
