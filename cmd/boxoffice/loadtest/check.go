package loadtest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
)

// How much of the books is read, and by how many at once.
const (
	wholeEvents = 200
	readers     = 8
)

// tally is what the clients know of the tickets of one event.
type tally struct {
	promised int // tickets that were accepted, and not given back
	unsure   int // those that may be booked beside them
	ledger   *ledger
}

// books is what came out of the check.
type books struct {
	Balanced        bool     `json:"balanced"`
	Events          int      `json:"events"`      // whose status was checked
	EventsWhole     int      `json:"eventsWhole"` // whose bookings were all checked
	Bookings        int64    `json:"bookings"`
	UnknownOutcomes int      `json:"unknownOutcomes"`
	Violations      int      `json:"violations"`
	Examples        []string `json:"examples"`        // of violations
	Unread          string   `json:"unread,omitzero"` // why not all books could be read
}

// check reads the books and compares them with what the clients were told.
func (l *load) check() (books, error) {
	tallies := l.tallies()
	steps := len(tallies)
	for _, t := range tallies {
		if t.ledger != nil {
			steps += len(t.ledger.promises)
		}
	}
	bar := l.progress("Checking the books", steps)
	var (
		group           errgroup.Group
		next            atomic.Int64
		bookings, whole atomic.Int64
		statuses        atomic.Int64
	)
	for _, c := range l.clients[:min(readers, len(l.clients))] {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(tallies); i = int(next.Add(1)) - 1 {
				event, t := l.events[i], tallies[i]
				status, err := c.connection.readStatus(event)
				if err != nil {
					return err
				}
				l.checkStatus(event, t, status)
				statuses.Add(1)
				if t.ledger != nil {
					n, err := l.checkWhole(c.connection, event, t.ledger, bar)
					if err != nil {
						return err
					}
					bookings.Add(int64(n))
					whole.Add(1)
				}
				_ = bar.Add(1) // what can't be shown does no harm
			}
			return nil
		})
	}
	err := group.Wait()
	_ = bar.Finish()

	result := books{
		Balanced:        err == nil && l.wrong.count == 0,
		Events:          int(statuses.Load()),
		EventsWhole:     int(whole.Load()),
		Bookings:        bookings.Load(),
		UnknownOutcomes: l.unknownOutcomes(),
		Violations:      l.wrong.count,
		Examples:        append([]string{}, l.wrong.examples...),
	}
	if err != nil {
		result.Unread = err.Error()
	}
	return result, err
}

// tallies adds up what all clients were told, by event.
func (l *load) tallies() []tally {
	tallies := make([]tally, len(l.events))
	random := rand.New(rand.NewPCG(l.config.Seed, uint64(len(l.clients))))
	for _, i := range random.Perm(len(l.events))[:min(wholeEvents, len(l.events))] {
		tallies[i].ledger = newLedger()
	}
	for number, c := range l.clients {
		for i := range c.promises {
			p := &c.promises[i]
			t := &tallies[p.event]
			switch tickets := int(p.quantity - p.cancelled); {
			case p.left || p.hold == expired || p.hold == givenBack:
			case p.unsure || l.config.Hold > 0 && p.hold != confirmed:
				t.unsure += tickets
			default:
				t.promised += tickets
			}
			if t.ledger != nil {
				t.ledger.addPromise(p, number)
			}
		}
		for _, a := range c.attempts {
			t := &tallies[a.event]
			t.unsure += a.quantity
			if t.ledger != nil {
				t.ledger.attempts[identifier(a.person)] = a
			}
		}
	}
	return tallies
}

func (l *load) unknownOutcomes() int {
	n := 0
	for _, c := range l.clients {
		n += len(c.attempts)
		for i := range c.promises {
			if c.promises[i].unsure {
				n++
			}
		}
	}
	return n
}

// checkStatus compares an event's count of tickets with what was promised. When
// somebody waits, only the whole books tell whose promises have tickets.
func (l *load) checkStatus(event string, t tally, s statusAnswer) {
	if rule := s.check(l.config.Tickets); rule != "" {
		l.wrong.add("event %s: %s", event, rule)
	}
	booked := s.TotalTickets - s.AvailableTickets
	if s.WaitingListCount == 0 && (booked < t.promised || booked > t.promised+t.unsure) {
		l.wrong.add("event %s: %d tickets are booked, but %d were promised and %d more may be", event, booked, t.promised, t.unsure)
	}
}

// checkWhole compares all bookings of an event with what was promised, and
// returns how many there are.
func (l *load) checkWhole(c *connection, event string, promised *ledger, bar *progressbar.ProgressBar) (int, error) {
	const tries = 3
	for range tries {
		if l.config.Hold > 0 {
			if err := l.settle(c, event, promised); err != nil {
				return 0, err
			}
		}
		before, err := c.readStatus(event)
		if err != nil {
			return 0, err
		}
		r := newReading(promised, l.config.Hold > 0)
		err = c.readBookings(event, func(page []listedBooking) {
			for i := range page {
				r.booking(&page[i])
			}
			_ = bar.Add(len(page))
		})
		if err != nil {
			return 0, err
		}
		after, err := c.readStatus(event)
		if err != nil {
			return 0, err
		}
		if before != after {
			continue // a call whose answer was lost has come through late
		}
		r.finish(after)
		for i, example := range r.wrong.examples {
			r.wrong.examples[i] = fmt.Sprintf("event %s: %s", event, example)
		}
		l.wrong.addAll(&r.wrong)
		return r.bookings, nil
	}
	return 0, fmt.Errorf("event %s keeps changing after the load is over: somebody else books on it", event)
}
