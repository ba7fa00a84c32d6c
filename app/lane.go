package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// lane commits the commands of some of the events, in order of arrival.
type lane struct {
	service *Service

	mu      sync.Mutex
	arrived sync.Cond // something is in the queue, or the lane is closed
	queue   []*call
	closed  bool
}

func newLane(s *Service) *lane {
	l := &lane{service: s}
	l.arrived.L = &l.mu
	return l
}

// push puts a call at the end of the queue, or refuses it at once.
func (l *lane) push(c *call) error {
	if l.service.pending.Add(1) > int64(l.service.options.MaxPending) {
		l.service.pending.Add(-1)
		return ErrOverloaded
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.service.pending.Add(-1)
		return ErrOverloaded
	}
	l.queue = append(l.queue, c)
	l.arrived.Signal()
	return nil
}

// close lets run return when the queue is empty; what is pushed later is
// refused.
func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.arrived.Signal()
}

func (l *lane) run() {
	for batch, ok := l.next(); ok; batch, ok = l.next() {
		l.commit(batch)
	}
}

// next waits for calls and takes as many as fit into one transaction; false
// means that the lane is closed and empty.
func (l *lane) next() ([]*call, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 {
		if l.closed {
			return nil, false
		}
		l.arrived.Wait()
	}
	var (
		batch  = make([]*call, 0, min(len(l.queue), l.service.options.MaxBatch))
		events = make(map[domain.EventID]bool)
		seen   int
	)
	for _, c := range l.queue {
		if len(batch) == l.service.options.MaxBatch {
			break
		}
		event := c.command.Event()
		if !events[event] && len(events) == l.service.options.MaxEventsPerTx {
			break // not just this one: a later call must not pass it
		}
		seen++
		if c.take() { // else the caller gave up
			events[event] = true
			batch = append(batch, c)
		}
	}
	l.service.pending.Add(-int64(seen))
	l.queue = slices.Delete(l.queue, 0, seen)
	return batch, true
}

// commit answers every call of the batch.
func (l *lane) commit(batch []*call) {
	if len(batch) == 0 {
		return
	}
	err := l.observed(batch)
	if err != nil && len(batch) > 1 && !isPassing(err) {
		half := len(batch) / 2
		l.commit(batch[:half])
		l.commit(batch[half:])
		return
	}
	for _, c := range batch {
		c.answer(err)
	}
}

// isPassing reports whether the store is at fault, and not a command: then a
// smaller batch would fare no better.
func isPassing(err error) bool {
	return errors.Is(err, ports.ErrStoreUnavailable) || errors.Is(err, ports.ErrOutcomeUnknown) ||
		errors.Is(err, context.DeadlineExceeded) // it took all the time that a transaction has
}

// try commits the batch in one transaction. Its context is not the callers':
// one that goes away must not take the others' answers along. It returns what
// happened.
func (l *lane) try(batch []*call, events []domain.EventID) (facts []domain.Fact, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.service.options.CommitTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			facts, err = nil, fmt.Errorf("app: panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()

	commands := make([]domain.Command, len(batch))
	for i, c := range batch {
		commands[i] = c.command
	}
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(events, commands) }
	decide := func(b *domain.Batch) error {
		stamp := domain.Stamp{At: l.service.clock.Now(), NewID: l.service.ids.NewID}
		for _, c := range batch {
			c.decide(b, stamp)
		}
		facts = b.Facts()
		return b.Err()
	}
	if err := l.service.store.Update(ctx, events, need, decide); err != nil {
		return nil, err
	}
	return facts, nil
}

// eventsOf lists the events of the calls, each once.
func eventsOf(batch []*call) []domain.EventID {
	var ids []domain.EventID
	seen := make(map[domain.EventID]bool)
	for _, c := range batch {
		if id := c.command.Event(); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
