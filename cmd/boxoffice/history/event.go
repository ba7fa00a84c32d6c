package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// leastPeople book on one event: few, so that they have several bookings each.
const leastPeople = 8

// event is one event of the load, and its record.
type event struct {
	id       string
	settings domain.CreateEvent
	people   []string
	left     atomic.Int64  // calls
	cancelAt int64         // calls that are left when the event is cancelled; 0 is never
	late     time.Duration // see Load

	mu         sync.Mutex
	operations []*operation
	bookings   []string    // ids that somebody was told
	tickets    []ownedID   // that somebody was told
	accepted   []operation // with keys, to be sent again
	keys       int

	journal map[int64]journalEntryJSON // by version; read at the end
	moves   map[int64]move             // the same, with places for ids
}

// ownedID is a ticket's id and who got it.
type ownedID struct{ identifier, ticket string }

func newEvent(id string, number int, settings domain.CreateEvent, load Load) *event {
	e := &event{id: id, settings: settings, late: load.Late}
	for i := range max(leastPeople, load.Clients) {
		e.people = append(e.people, fmt.Sprintf("Person%d@%d.example.com", i, number))
	}
	e.left.Store(int64(load.Calls))
	return e
}

func (e *event) add(o operation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.operations = append(e.operations, &o)
}

// learn keeps what an answer told, so that it can be asked for.
func (e *event) learn(identifier, booking string, tickets []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if booking != "" && !slices.Contains(e.bookings, booking) {
		e.bookings = append(e.bookings, booking)
	}
	for _, t := range tickets {
		if owned := (ownedID{identifier, t}); !slices.Contains(e.tickets, owned) {
			e.tickets = append(e.tickets, owned)
		}
	}
}

func (e *event) remember(o operation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.accepted = append(e.accepted, o)
}

// newKey returns an idempotency key that was not used on this event.
func (e *event) newKey() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys++
	return fmt.Sprintf("a key for one event, number %d", e.keys)
}

func (e *event) anyAccepted(random *rand.Rand) (operation, bool) { return pick(e, random, &e.accepted) }

func (e *event) anyTicket(random *rand.Rand) (ownedID, bool) { return pick(e, random, &e.tickets) }

func (e *event) anyBooking(random *rand.Rand) (string, bool) { return pick(e, random, &e.bookings) }

func pick[T any](e *event, random *rand.Rand, list *[]T) (one T, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(*list) == 0 {
		return one, false
	}
	return (*list)[random.IntN(len(*list))], true
}
