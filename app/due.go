package app

import (
	"context"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The loop looks into the store for what is due at least once in lookEvery, and
// takes on about mostDue events at a time. An event that doesn't catch up is
// tried again, each time after a longer while, so that it never stands in the way
// of the others.
const (
	lookEvery    = time.Second
	lookAgain    = 50 * time.Millisecond // when more was due than it takes on
	mostDue      = 1000
	leastBackoff = 20 * time.Millisecond
	mostBackoff  = time.Minute
)

// due lets take place what falls due in events without anybody's command: it
// sends [domain.CatchUp] through the lanes. Several servers may do so at once;
// the second finds nothing due.
type due struct {
	service *Service
	wake    chan struct{}

	mu       sync.Mutex
	goOn     map[domain.EventID]bool // at once, as own commits left them
	catching map[domain.EventID]bool // up, each in a goroutine of its own
	trying   int                     // of those, the ones that aren't put off
}

func newDue(s *Service) *due {
	return &due{
		service:  s,
		wake:     make(chan struct{}, 1),
		goOn:     make(map[domain.EventID]bool),
		catching: make(map[domain.EventID]bool),
	}
}

// changed learns how a commit left events. What is to go on at once is not looked
// for in the store first.
func (d *due) changed(events []domain.Event, at time.Time) {
	for i := range events {
		if isDue(&events[i], at) {
			d.mu.Lock()
			d.goOn[events[i].ID] = true
			d.wakeUp()
			d.mu.Unlock()
		}
	}
}

func isDue(e *domain.Event, at time.Time) bool {
	next := e.NextDueAt()
	return !next.IsZero() && !next.After(at)
}

func (d *due) wakeUp() {
	select {
	case d.wake <- struct{}{}:
	default: // it is being woken up
	}
}

// run goes on until the context ends.
func (d *due) run(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
			d.catchUpAll(ctx, d.takeGoOn())
		case <-look.C:
			look.Reset(d.look(ctx))
		}
	}
}

func (d *due) takeGoOn() []domain.EventID {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := make([]domain.EventID, 0, len(d.goOn))
	for id := range d.goOn {
		if !d.catching[id] { // else when that ends
			events = append(events, id)
			delete(d.goOn, id)
		}
	}
	return events
}

// look asks the store once, and returns when to ask again.
func (d *due) look(ctx context.Context) time.Duration {
	d.mu.Lock()
	busy, limit := d.trying >= mostDue, mostDue+len(d.catching)
	d.mu.Unlock()
	if busy {
		return lookAgain
	}
	asked, cancel := context.WithTimeout(ctx, d.service.options.CommitTimeout)
	defer cancel()
	events, next, err := d.service.store.Due(asked, limit)
	if err != nil {
		return lookEvery
	}
	d.catchUpAll(ctx, events)
	switch {
	case len(events) == limit:
		return lookAgain
	case next.IsZero():
		return lookEvery
	default:
		return max(time.Millisecond, min(lookEvery, next.Sub(d.service.options.Clock.Now())))
	}
}

// catchUpAll lets events catch up that don't already.
func (d *due) catchUpAll(ctx context.Context, events []domain.EventID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range events {
		if !d.catching[id] {
			d.catching[id] = true
			d.trying++
			d.service.running.Go(func() { d.catchUp(ctx, id) })
		}
	}
}

// catchUp goes on until nothing is due in an event any more, or the context ends.
func (d *due) catchUp(ctx context.Context, id domain.EventID) {
	defer d.end(id)
	backoff := leastBackoff
	for version := int64(0); ctx.Err() == nil; {
		r, err := d.service.enqueue(ctx, domain.CatchUp{EventID: id})
		switch {
		case err == nil && !isDue(&r.Event, d.service.options.Clock.Now()):
			return
		case err == nil && r.Event.Version != version: // one step of several
			version, backoff = r.Event.Version, leastBackoff
			continue
		}
		if isPassing(err) { // then all go on as soon as it has passed
			backoff = min(backoff, lookEvery)
		}
		d.putOff(ctx, backoff)
		backoff = min(2*backoff, mostBackoff)
	}
}

func (d *due) putOff(ctx context.Context, backoff time.Duration) {
	d.try(-1)
	defer d.try(+1)
	select {
	case <-ctx.Done():
	case <-time.After(backoff):
	}
}

func (d *due) try(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trying += n
}

func (d *due) end(id domain.EventID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.catching, id)
	d.trying--
	if d.goOn[id] {
		d.wakeUp()
	}
}
