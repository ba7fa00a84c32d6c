package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/domain"
)

// An event that somebody watches is looked at once in liveInterval, or in
// liveIntervalOfMany while very many events are watched. What is new is told as often
// at the most, or once in liveIntervalOfMany while very many watch: then to tell all of
// them is what a change costs. What this service commits itself is looked at without
// waiting, unless somebody was just told something.
const (
	liveInterval       = 250 * time.Millisecond
	liveIntervalOfMany = 700 * time.Millisecond
	veryMany           = 500
	liveTimeout        = 5 * time.Second
	// So many are told at once, the next ones later in the interval: a booking that
	// comes meanwhile would wait for its turn behind all of them.
	toldAtOnce = 256
	// So many of those parts are read at the same time where the store is slow, and
	// leave it to others too.
	partsAtOnce = 8
)

// live are the events that somebody watches, each looked at by one goroutine.
type live struct {
	service   *Service
	ctx       context.Context
	watching  atomic.Int64 // all who watch
	joined    atomic.Int64 // all who ever watched
	conflated atomic.Int64 // states that nobody took before the next one came

	mu     sync.RWMutex
	events map[domain.EventID]*watched
}

// watched is one event with those who watch it or its bookings. The lock of live
// guards both lists.
type watched struct {
	wake     chan struct{}
	stop     context.CancelFunc
	events   map[*watch[*EventState]]struct{}
	bookings map[*bookingWatch]struct{}
}

func newLive(ctx context.Context, s *Service) *live {
	return &live{service: s, ctx: ctx, events: make(map[domain.EventID]*watched)}
}

// join adds somebody who watches an event, and returns what takes them out again.
func (l *live) join(id domain.EventID, enter, exit func(*watched)) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watching.Add(1)
	o := l.events[id]
	if o == nil {
		ctx, stop := context.WithCancel(l.ctx)
		o = &watched{
			wake: make(chan struct{}, 1), stop: stop,
			events: make(map[*watch[*EventState]]struct{}), bookings: make(map[*bookingWatch]struct{}),
		}
		l.events[id] = o
		l.service.running.Go(func() { l.look(ctx, id, o) })
	}
	enter(o)
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.watching.Add(-1)
		exit(o)
		if len(o.events)+len(o.bookings) == 0 && l.events[id] == o {
			delete(l.events, id)
			o.stop()
		}
	})
}

// changed learns that a commit changed events.
func (l *live) changed(events []domain.Event) {
	if l.watching.Load() == 0 {
		return
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i := range events {
		if o := l.events[events[i].ID]; o != nil {
			select {
			case o.wake <- struct{}{}:
			default: // it will look anyway
			}
		}
	}
}

// look tells those who watch an event what is new, until nobody does.
func (l *live) look(ctx context.Context, id domain.EventID, o *watched) {
	defer l.endAll(o)
	version := int64(0)
	for {
		start, interval := time.Now(), intervalOf(int(l.watching.Load()))
		told := l.tellAll(ctx, id, o, version, interval)
		wake, pause := o.wake, intervalOf(l.watchedEvents())
		if told != version { // not sooner, or a rush would be told change by change
			wake, pause = nil, interval
		}
		version = told
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-time.After(pause - time.Since(start)):
		}
	}
}

func (l *live) watchedEvents() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.events)
}

func intervalOf(n int) time.Duration {
	if n > veryMany {
		return liveIntervalOfMany
	}
	return liveInterval
}

// tellAll reads the event and, if it is another version than was told, tells all who
// watch it or its bookings: those who joined first at once, and the others in the
// course of the interval, each of what the event is by then. It returns the version
// that was told. What fails is tried again soon.
func (l *live) tellAll(ctx context.Context, id domain.EventID, o *watched, told int64, interval time.Duration) int64 {
	reading, cancel := context.WithTimeout(ctx, liveTimeout)
	event, err := l.service.Event(reading, id)
	cancel()
	if err != nil || event.Version == told {
		return told
	}
	version := event.Version // whoever comes later has read this one, or a newer one
	l.mu.RLock()
	events, bookings := slices.Collect(maps.Keys(o.events)), slices.Collect(maps.Keys(o.bookings))
	l.mu.RUnlock()
	slices.SortFunc(events, func(v, w *watch[*EventState]) int { return cmp.Compare(v.number, w.number) })
	slices.SortFunc(bookings, func(v, w *bookingWatch) int { return cmp.Compare(v.number, w.number) })
	parts := (len(events)+len(bookings))/toldAtOnce + 1
	turns := time.NewTicker(interval / time.Duration(parts))
	defer turns.Stop()
	var telling errgroup.Group
	telling.SetLimit(partsAtOnce)
	for i := range parts {
		if i > 0 {
			select {
			case <-ctx.Done():
			case <-turns.C:
			}
		}
		telling.Go(func() error { return l.tell(ctx, id, part(events, i, parts), part(bookings, i, parts)) })
	}
	if telling.Wait() != nil {
		return told
	}
	return version
}

// part is the i-th of as many parts of all.
func part[W any](all []W, i, parts int) []W {
	return all[len(all)*i/parts : len(all)*(i+1)/parts]
}

// tell tells some of those who watch an event and its bookings what they are.
func (l *live) tell(ctx context.Context, id domain.EventID, events []*watch[*EventState], bookings []*bookingWatch) error {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	var event domain.Event
	var found []domain.Booking
	var err error
	if len(bookings) == 0 {
		event, err = l.service.Event(ctx, id)
	} else {
		ids := make([]domain.BookingID, len(bookings))
		for i, w := range bookings {
			ids[i] = w.id
		}
		event, found, err = l.service.store.BookingsByID(ctx, id, ids)
	}
	if err != nil {
		return err
	}
	state := &EventState{Event: event}
	for _, w := range events {
		w.tell(state, event.Version, event.Status == domain.EventCancelled)
	}
	states := make(map[domain.BookingID]*BookingState, len(found))
	for i := range found {
		states[found[i].ID] = stateOf(&event, &found[i])
	}
	for _, w := range bookings {
		if state := states[w.id]; state != nil {
			w.learn(state)
		}
	}
	return nil
}

func (l *live) endAll(o *watched) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for w := range o.events {
		w.end()
	}
	for w := range o.bookings {
		w.end()
	}
}
