package mysql

import (
	"context"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// sharedReadTimeout bounds a read that is nobody's own.
const sharedReadTimeout = 5 * time.Second

// sharedReads lets those who read the same event at the same time share a
// query: while one is under way, all who come meanwhile wait for the next. They
// never join a query that has been sent, so that nobody is told of a state
// older than their request.
type sharedReads struct {
	query   func(context.Context, domain.EventID) (domain.Event, error)
	mu      sync.Mutex
	flights map[domain.EventID]*flight
}

// flight is the reading of one event, query after query.
type flight struct {
	next *sharedRead // not sent yet; nil while nobody waits
}

// sharedRead is one query's answer, for all who wait for it.
type sharedRead struct {
	done  chan struct{}
	event domain.Event
	err   error
}

func (r *sharedReads) read(ctx context.Context, id domain.EventID) (domain.Event, error) {
	r.mu.Lock()
	f := r.flights[id]
	if f == nil {
		f = &flight{}
		r.flights[id] = f
		r.mu.Unlock()
		defer r.sendNext(id, f)
		return r.query(ctx, id)
	}
	if f.next == nil {
		f.next = &sharedRead{done: make(chan struct{})}
	}
	shared := f.next
	r.mu.Unlock()
	select {
	case <-shared.done:
		return shared.event, shared.err
	case <-ctx.Done():
		return domain.Event{}, ctx.Err()
	}
}

// sendNext follows a query that was answered: with the next one, if somebody
// waits for it.
func (r *sharedReads) sendNext(id domain.EventID, f *flight) {
	r.mu.Lock()
	shared := f.next
	f.next = nil
	if shared == nil {
		delete(r.flights, id)
	}
	r.mu.Unlock()
	if shared == nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), sharedReadTimeout)
		defer cancel()
		shared.event, shared.err = r.query(ctx, id)
		close(shared.done)
		r.sendNext(id, f)
	}()
}
