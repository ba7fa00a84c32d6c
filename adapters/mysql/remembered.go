package mysql

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/boxoffice-go/boxoffice/domain"
)

// mostRemembered is how many events a store remembers: those on sale, in a few
// megabytes.
const mostRemembered = 1 << 12

// errStale says that somebody else changed an event that was remembered.
var errStale = errors.New("an event is not as it was left")

// remembered is how a store left its events, so that the next batch can be
// decided before they are locked. Nobody believes it beyond that: the lock
// tells. It only gives events that nobody else seems to work on.
type remembered struct {
	mu     sync.Mutex
	events *simplelru.LRU[domain.EventID, rememberedEvent]
}

type rememberedEvent struct {
	domain.Event
	// likely says that nobody else had changed the event when it was looked at
	// last, and that nobody has taken it since.
	likely bool
}

func newRemembered() *remembered {
	events, err := simplelru.NewLRU[domain.EventID, rememberedEvent](mostRemembered, nil)
	if err != nil {
		panic(err) // the size isn't positive
	}
	return &remembered{events: events}
}

// take takes all of these events, by id, if they are likely to be as they were
// left, else none. What is taken is not there any more until it is put back.
func (r *remembered) take(ids []domain.EventID) ([]domain.Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := make([]domain.Event, len(ids))
	for i, id := range ids {
		e, ok := r.events.Get(id)
		if !ok || !e.likely {
			return nil, false
		}
		taken[i] = e.Event
	}
	for _, e := range taken {
		r.events.Add(e.ID, rememberedEvent{Event: e})
	}
	slices.SortFunc(taken, func(a, b domain.Event) int { return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) })
	return taken, true
}

// put remembers how a transaction left the events that it had locked. An event
// that was found otherwise than it was left before is not taken the next time:
// where many are at the same events, each guess would be wrong.
func (r *remembered) put(locked, changed []domain.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := make(map[domain.EventID]domain.Event, len(changed))
	for _, e := range changed {
		now[e.ID] = e
	}
	for _, e := range locked {
		before, known := r.events.Peek(e.ID)
		likely := !known || before.Equal(e)
		if after, ok := now[e.ID]; ok {
			e = after
		}
		if !known || before.Version <= e.Version {
			r.events.Add(e.ID, rememberedEvent{Event: e, likely: likely})
		}
	}
}

func sameEvents(a, b []domain.Event) bool { return slices.EqualFunc(a, b, domain.Event.Equal) }

func idsOf(events []domain.Event) []domain.EventID {
	ids := make([]domain.EventID, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	return ids
}
