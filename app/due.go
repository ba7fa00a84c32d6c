package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The loop looks into the store for what is due at least once in lookEvery, and
// lets so many events catch up at a time. An event in which that fails is left
// alone for a while, longer each time, so that it never stands in the way of the
// others.
const (
	lookEvery    = time.Second
	mostDue      = 1000
	leastBackoff = time.Second
	mostBackoff  = time.Minute
)

// due lets take place what falls due in events without anybody's command: it
// sends [domain.CatchUp] through the lanes. Several servers may do so at once;
// the second finds nothing due.
type due struct {
	service *Service
	wake    chan struct{}
	stop    context.CancelFunc

	mu      sync.Mutex
	now     map[domain.EventID]struct{}  // are due, as own commits left them
	waiting map[domain.EventID]struct{}  // for their CatchUp
	failing map[domain.EventID]*failures // did not catch up
}

type failures struct {
	backoff time.Duration
	until   time.Time
}

func newDue(s *Service) *due {
	return &due{
		service: s,
		wake:    make(chan struct{}, 1),
		now:     make(map[domain.EventID]struct{}),
		waiting: make(map[domain.EventID]struct{}),
		failing: make(map[domain.EventID]*failures),
	}
}

// changed learns how a commit left events. What is to go on at once is not looked
// for in the store first.
func (d *due) changed(events []domain.Event, at time.Time) {
	for i := range events {
		next := events[i].NextDueAt()
		if next.IsZero() || next.After(at) {
			continue
		}
		d.mu.Lock()
		d.now[events[i].ID] = struct{}{}
		d.mu.Unlock()
		select {
		case d.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// run goes on until the service is closed.
func (d *due) run(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
			d.catchUpAll(ctx, d.takeNow())
		case <-look.C:
			look.Reset(d.look(ctx))
		}
	}
}

func (d *due) takeNow() []domain.EventID {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := make([]domain.EventID, 0, len(d.now))
	for id := range d.now {
		events = append(events, id)
	}
	clear(d.now)
	return events
}

// look asks the store once, and returns when to ask again.
func (d *due) look(ctx context.Context) time.Duration {
	d.mu.Lock()
	limit := mostDue + len(d.failing) + len(d.waiting)
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, d.service.options.CommitTimeout)
	defer cancel()
	events, next, err := d.service.store.Due(ctx, limit)
	if err != nil {
		return lookEvery
	}
	d.catchUpAll(ctx, events)
	if next.IsZero() {
		return lookEvery
	}
	return max(time.Millisecond, min(lookEvery, next.Sub(d.service.options.Clock.Now())))
}

func (d *due) catchUpAll(ctx context.Context, events []domain.EventID) {
	for _, id := range events {
		if d.begin(id) {
			d.service.running.Go(func() {
				_, err := d.service.submit(context.WithoutCancel(ctx), domain.CatchUp{EventID: id})
				d.end(id, err)
			})
		}
	}
}

// begin reports whether an event is to catch up now: it doesn't already, and has
// not just failed.
func (d *due) begin(id domain.EventID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, already := d.waiting[id]; already {
		return false
	}
	if failing := d.failing[id]; failing != nil && time.Now().Before(failing.until) {
		return false
	}
	d.waiting[id] = struct{}{}
	return true
}

func (d *due) end(id domain.EventID, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, id)
	if err == nil || errors.Is(err, ErrClosed) {
		delete(d.failing, id)
		return
	}
	failing := d.failing[id]
	if failing == nil {
		failing = &failures{backoff: leastBackoff / 2}
		d.failing[id] = failing
	}
	failing.backoff = min(2*failing.backoff, mostBackoff)
	failing.until = time.Now().Add(failing.backoff)
}
