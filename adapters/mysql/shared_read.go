package mysql

import (
	"context"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// sharedReadTimeout bounds a read that is nobody's own.
const sharedReadTimeout = 5 * time.Second

// sharedReads lets those who read from the same event at the same time share a
// query: while one is under way, all who come meanwhile wait for the next, which
// asks for what all of them want. They never join a query that has been sent, so
// that nobody is told of a state older than their request.
type sharedReads[W, A any] struct {
	query   func(context.Context, domain.EventID, []W) (A, error)
	mu      sync.Mutex
	flights map[domain.EventID]*flight[W, A]
}

func newSharedReads[W, A any](query func(context.Context, domain.EventID, []W) (A, error)) *sharedReads[W, A] {
	return &sharedReads[W, A]{query: query, flights: make(map[domain.EventID]*flight[W, A])}
}

// flight is the reading of one event, query after query.
type flight[W, A any] struct {
	next *sharedRead[W, A] // not sent yet; nil while nobody waits
}

// sharedRead is one query's answer, for all who wait for it.
type sharedRead[W, A any] struct {
	wanted []W
	done   chan struct{}
	answer A
	err    error
}

func (r *sharedReads[W, A]) read(ctx context.Context, id domain.EventID, wanted ...W) (A, error) {
	r.mu.Lock()
	f := r.flights[id]
	if f == nil {
		f = &flight[W, A]{}
		r.flights[id] = f
		r.mu.Unlock()
		defer r.sendNext(id, f)
		return r.query(ctx, id, wanted)
	}
	if f.next == nil {
		f.next = &sharedRead[W, A]{done: make(chan struct{})}
	}
	shared := f.next
	shared.wanted = append(shared.wanted, wanted...)
	r.mu.Unlock()
	select {
	case <-shared.done:
		return shared.answer, shared.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

// sendNext follows a query that was answered: with the next one, if somebody
// waits for it.
func (r *sharedReads[W, A]) sendNext(id domain.EventID, f *flight[W, A]) {
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
		shared.answer, shared.err = r.query(ctx, id, shared.wanted)
		close(shared.done)
		r.sendNext(id, f)
	}()
}
