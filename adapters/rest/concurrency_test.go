package rest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheBooksBalanceWhenEverybodyCallsAtOnce(t *testing.T) {
	forEachStore(t, func(s *server) {
		const callers, turns, least, most = 200, 12, 20, 60
		s.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = callers
		var events []string
		for range 3 {
			events = append(events, s.create(fmt.Sprintf(`"totalTickets":%d`, least)).ID)
		}

		var (
			wait   sync.WaitGroup
			mutex  sync.Mutex
			waited = map[string]bool{} // bookings that had to wait, by their ids
		)
		for i := range callers {
			wait.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				c := caller{server: s, event: events[i%len(events)], name: fmt.Sprintf("person-%d", i)}
				for range turns {
					switch random.IntN(8) {
					case 0, 1, 2, 3:
						if b := c.book(1 + random.IntN(3)); b.Waitlisted {
							mutex.Lock()
							waited[b.BookingID] = true
							mutex.Unlock()
						}
					case 4, 5:
						c.cancel()
					case 6:
						c.leave()
					case 7:
						c.resize(least + random.IntN(most-least))
					}
					c.look()
				}
			})
		}
		wait.Wait()
		for _, id := range events {
			s.requireBalance(id, waited)
		}
	})
}

// caller is one person, who does one thing at a time.
type caller struct {
	*server
	event, name  string
	waiting      []booked       // bookings that wait, as far as this person knows
	lastPosition map[string]int // in the line, by booking
	lastSequence int
}

func (c *caller) book(quantity int) booked {
	b := c.server.book(c.event, c.name, fmt.Sprint(quantity))
	r := c.get("/events/" + c.event + "/bookings/" + b.BookingID)
	sequence := read[booking](c, r).Sequence
	assert.Greater(c, sequence, c.lastSequence, "who was answered before another asked was accepted before them")
	c.lastSequence = sequence
	if b.Waitlisted {
		c.waiting = append(c.waiting, b)
	} else {
		assert.Len(c, b.Tickets, quantity)
	}
	return b
}

func (c *caller) cancel() {
	r := c.post("/cancel", `{"eventId":"`+c.event+`","identifier":"`+c.name+`"}`)
	if r.status != http.StatusOK {
		refused(c, r, http.StatusNotFound, "ticket_not_found")
	}
}

func (c *caller) leave() {
	if len(c.waiting) == 0 {
		return
	}
	r := c.send("DELETE", "/events/"+c.event+"/waitlist/"+c.waiting[0].BookingID, "")
	if r.status != http.StatusNoContent {
		refused(c, r, http.StatusConflict, "booking_not_waiting")
	}
	c.waiting = c.waiting[1:]
}

func (c *caller) resize(total int) {
	r := c.send("PATCH", "/events/"+c.event, fmt.Sprintf(`{"totalTickets":%d}`, total))
	if r.status != http.StatusOK {
		refused(c, r, http.StatusConflict, "capacity_below_booked")
	}
}

// look checks that nobody's position has grown, and that rule 1 holds.
func (c *caller) look() {
	if c.lastPosition == nil {
		c.lastPosition = map[string]int{}
	}
	for _, b := range c.waiting {
		now := read[booking](c, c.get("/events/"+c.event+"/bookings/"+b.BookingID))
		if before, known := c.lastPosition[b.BookingID]; known {
			assert.LessOrEqual(c, now.Position, before)
		} else {
			assert.LessOrEqual(c, now.Position, b.WaitingEntry.Position)
		}
		c.lastPosition[b.BookingID] = now.Position
	}
	e := read[event](c, c.get("/events/"+c.event))
	assert.GreaterOrEqual(c, e.AvailableTickets, 0)
	assert.LessOrEqual(c, e.AvailableTickets, e.TotalTickets)
}

// requireBalance checks all that the rules say of an event that is at rest.
func (s *server) requireBalance(id string, waited map[string]bool) {
	s.Helper()
	e := read[event](s, s.get("/events/"+id))
	all := s.allBookings(id, "limit=37")
	require.NotEmpty(s, all)

	tickets := 0
	var line, promoted []booking
	for i, b := range all {
		require.Equal(s, i+1, b.Sequence, "sequences have no gaps")
		for _, ticket := range b.Tickets {
			if ticket.Status == "BOOKED" {
				tickets++
			}
		}
		switch {
		case b.Status == "WAITING":
			line = append(line, b)
			require.Equal(s, len(line), b.Position, "positions have no gaps")
			require.Empty(s, b.Tickets)
		case len(b.Tickets) > 0 && waited[b.ID]:
			require.Len(s, b.Tickets, b.Quantity, "promoted whole")
			promoted = append(promoted, b)
		}
	}
	require.Equal(s, e.TotalTickets, tickets+e.AvailableTickets)
	require.Len(s, line, e.WaitingListCount)
	if len(line) > 0 {
		require.Greater(s, line[0].Quantity, e.AvailableTickets, "no ticket is free that the head could have")
	}

	require.NotEmpty(s, promoted)
	require.True(s, slices.IsSortedFunc(promoted, func(a, b booking) int {
		switch { // times have one form, so they sort as texts
		case a.Tickets[0].BookedAt < b.Tickets[0].BookedAt:
			return -1
		case a.Tickets[0].BookedAt > b.Tickets[0].BookedAt:
			return 1
		}
		return 0
	}), "promoted in the order of acceptance")
	if len(line) > 0 {
		require.Less(s, promoted[len(promoted)-1].Sequence, line[0].Sequence, "nobody who waits was passed")
	}
}
