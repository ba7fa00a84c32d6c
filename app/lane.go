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
	// aside has events that somebody else keeps hold of in the store, each with
	// calls that were taken out of the queue and wait for it, in order. They are
	// committed aside, so that the calls for other events don't wait for them.
	aside map[domain.EventID][]*call
}

func newLane(s *Service) *lane {
	l := &lane{service: s, aside: make(map[domain.EventID][]*call)}
	l.arrived.L = &l.mu
	return l
}

// push puts a call at the end of the queue, or refuses it at once. What falls
// due finds a place also where callers no longer do.
func (l *lane) push(c *call) error {
	_, own := c.command.(domain.CatchUp)
	if l.service.pending.Add(1) > int64(l.service.options.MaxPending) && !own {
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

func (l *lane) isFree(event domain.EventID) bool {
	_, aside := l.aside[event]
	return !aside
}

// draw takes calls of some of the events out of the queue, as many as fit into one
// transaction, those of each event in order. A small one of an event that has none
// in it yet always fits: nobody waits for another event's large bookings more than
// once. Whoever calls it holds mu.
func (l *lane) draw(of func(domain.EventID) bool) []*call {
	var (
		options = &l.service.options
		batch   = make([]*call, 0, min(len(l.queue), options.MaxBatch))
		events  = make(map[domain.EventID]bool)
		full    = make(map[domain.EventID]bool) // whose next call doesn't fit: none must pass it
		left    = l.queue[:0]
		tickets int
	)
	for i, c := range l.queue {
		event, weight := c.event(), domain.TicketsOf(c.command)
		if !of(event) || full[event] {
			left = append(left, c)
			continue
		}
		if len(batch) == options.MaxBatch || !events[event] && len(events) == options.MaxEventsPerTx {
			left = append(left, l.queue[i:]...)
			break
		}
		if len(batch) > 0 && tickets+weight > maxTickets && (events[event] || weight > fewTickets) {
			full[event] = true
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

// commit answers every call of the batch, at once or, where somebody else keeps
// hold of an event, when that is over.
func (l *lane) commit(batch []*call) {
	batch = l.setAside(batch, nil) // those that were found out meanwhile
	if len(batch) == 0 {
		return
	}
	err := l.observed(batch)
	if locked, ok := errors.AsType[*ports.LockedError](err); ok {
		if others := l.setAside(batch, locked.Events); len(others) < len(batch) {
			l.commit(others)
			return
		}
	}
	l.settle(batch, err, l.commit)
}

// settle answers the calls of a batch with what it came to. If it failed and one
// command alone may be at fault, it is committed again in halves instead.
func (l *lane) settle(batch []*call, err error, again func([]*call)) {
	if err != nil && len(batch) > 1 && !isPassing(err) {
		half := len(batch) / 2
		again(batch[:half])
		again(batch[half:])
		return
	}
	for _, c := range batch {
		c.answer(err)
	}
}

// setAside keeps back the calls for events that are locked, now or since before,
// and returns the others.
func (l *lane) setAside(batch []*call, locked []domain.EventID) (others []*call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.aside) == 0 && len(locked) == 0 {
		return batch
	}
	for _, c := range batch {
		event := c.event()
		isLocked := slices.Contains(locked, event)
		if isLocked && l.isFree(event) {
			l.service.running.Go(func() { l.commitAside(event) })
		}
		if isLocked || !l.isFree(event) {
			l.aside[event] = append(l.aside[event], c)
		} else {
			others = append(others, c)
		}
	}
	return others
}

// commitAside commits the calls for one event, also those that come meanwhile,
// until nobody else keeps hold of it.
func (l *lane) commitAside(event domain.EventID) {
	free := false
	for batch := l.nextAside(event, free); len(batch) > 0; batch = l.nextAside(event, free) {
		free = l.commitLocked(batch)
	}
}

// nextAside takes the next calls for an event that is committed aside. There are
// none, and the event is the lane's again, once it is free or nobody asks for it.
func (l *lane) nextAside(event domain.EventID, free bool) []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := l.aside[event]
	l.aside[event] = nil
	if len(batch) == 0 && !free {
		batch = l.draw(func(id domain.EventID) bool { return id == event })
	}
	if len(batch) == 0 {
		delete(l.aside, event)
		l.arrived.Signal()
	}
	return batch
}

// commitLocked commits a batch of one event for as long as a transaction may
// take, answers it, and reports whether the event was free in the end.
func (l *lane) commitLocked(batch []*call) (free bool) {
	ctx, cancel := context.WithTimeout(context.Background(), l.service.options.CommitTimeout)
	defer cancel()
	for {
		err := l.observed(batch)
		_, locked := errors.AsType[*ports.LockedError](err)
		if locked && ctx.Err() == nil {
			continue // the store has waited for it
		}
		l.settle(batch, err, func(half []*call) { l.commitLocked(half) })
		return !locked
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
	l.service.live.changed(changed)
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
