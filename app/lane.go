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
	// locked are events that somebody else keeps hold of in the store. Their
	// calls are committed aside, so that the others don't wait for them.
	locked map[domain.EventID]bool
}

func newLane(s *Service) *lane {
	l := &lane{service: s, locked: make(map[domain.EventID]bool)}
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
		return ErrClosed
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
	for {
		if batch := l.draw(l.isFree); len(batch) > 0 {
			return batch, true
		}
		if l.closed && len(l.queue) == 0 {
			return nil, false
		}
		l.arrived.Wait()
	}
}

func (l *lane) isFree(event domain.EventID) bool { return !l.locked[event] }

// draw takes calls of some of the events out of the queue, in order, as many as
// fit into one transaction. Whoever calls it holds mu.
func (l *lane) draw(of func(domain.EventID) bool) []*call {
	var (
		options = &l.service.options
		batch   = make([]*call, 0, min(len(l.queue), options.MaxBatch))
		events  = make(map[domain.EventID]bool)
		left    = l.queue[:0]
		tickets int
		full    bool // of a later call, none must pass one that no longer fits
	)
	for i, c := range l.queue {
		event := c.event()
		weight := domain.TicketsOf(c.command)
		full = full || len(batch) == options.MaxBatch || !events[event] && len(events) == options.MaxEventsPerTx ||
			len(batch) > 0 && tickets+weight > maxTickets
		if full {
			left = append(left, l.queue[i:]...)
			break
		}
		if !of(event) {
			left = append(left, c)
			continue
		}
		if c.take() { // else the caller gave up
			events[event] = true
			tickets += weight
			batch = append(batch, c)
		}
	}
	l.service.pending.Add(int64(len(left) - len(l.queue)))
	clear(l.queue[len(left):])
	l.queue = left
	return batch
}

// commit answers every call of the batch, at once or, where an event is locked
// by somebody else, when that is over.
func (l *lane) commit(batch []*call) {
	if len(batch) == 0 {
		return
	}
	err := l.observed(batch)
	if locked, ok := errors.AsType[*ports.LockedError](err); ok {
		isLocked := func(c *call) bool { return slices.Contains(locked.Events, c.event()) }
		if kept := slices.DeleteFunc(slices.Clone(batch), func(c *call) bool { return !isLocked(c) }); len(kept) > 0 {
			l.commitAside(kept)
			l.commit(slices.DeleteFunc(batch, isLocked))
			return
		}
	}
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

// commitAside commits calls whose events are locked, and those that come for the
// same events meanwhile, until the events are free.
func (l *lane) commitAside(calls []*call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range eventsOf(calls) {
		l.locked[event] = true
		of := slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return c.event() != event })
		l.service.running.Go(func() { l.commitLocked(event, of) })
	}
}

func (l *lane) commitLocked(event domain.EventID, batch []*call) {
	for {
		err := l.waitForLock(batch)
		for _, c := range batch {
			c.answer(err)
		}
		l.mu.Lock()
		isIt := func(id domain.EventID) bool { return id == event }
		batch = nil
		if err != nil {
			batch = l.draw(isIt)
		}
		if len(batch) == 0 {
			delete(l.locked, event)
			l.arrived.Signal()
		}
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
	}
}

// waitForLock commits a batch of one event for as long as a transaction may
// take.
func (l *lane) waitForLock(batch []*call) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.service.options.CommitTimeout)
	defer cancel()
	for {
		err := l.observed(batch)
		if _, locked := errors.AsType[*ports.LockedError](err); !locked || ctx.Err() != nil {
			return err
		}
	}
}

// isPassing reports whether the store is at fault, and not a command: then a
// smaller batch would fare no better.
func isPassing(err error) bool {
	return errors.Is(err, ports.ErrStoreUnavailable) || errors.Is(err, ports.ErrOutcomeUnknown) ||
		errors.Is(err, context.DeadlineExceeded) // it took all the time that a transaction has
}

// outcome is what a transaction came to.
type outcome struct {
	records    []domain.Record
	clockJumps []domain.EventID
}

// try commits the batch in one transaction. Its context is not the callers':
// one that goes away must not take the others' answers along.
func (l *lane) try(batch []*call, events []domain.EventID) (o outcome, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.service.options.CommitTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			o, err = outcome{}, fmt.Errorf("app: panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()

	commands := make([]domain.Command, len(batch))
	for i, c := range batch {
		commands[i] = c.command
	}
	stamp := domain.Stamp{NewID: l.service.options.IDs.NewID}
	need := func(events []domain.Event) []domain.Need {
		stamp.At = l.service.options.Clock.Now()
		return domain.NeedsOf(stamp.At, events, commands)
	}
	var changed []domain.Event
	decide := func(b *domain.Batch) error {
		for _, c := range batch {
			c.result, c.refusal = b.Decide(c.command, stamp)
		}
		o = outcome{b.Records(), b.ClockJumps()}
		changed = b.Changed()
		return b.Err()
	}
	if err := l.service.store.Update(ctx, events, need, decide); err != nil {
		return outcome{}, err
	}
	l.service.due.changed(changed, stamp.At)
	return o, nil
}

// eventsOf lists the events of the calls, each once.
func eventsOf(batch []*call) []domain.EventID {
	var ids []domain.EventID
	seen := make(map[domain.EventID]bool)
	for _, c := range batch {
		if id := c.event(); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
