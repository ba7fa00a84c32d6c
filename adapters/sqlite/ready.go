package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/ports"
)

// readyFor is how long an answer is believed.
const readyFor = time.Second

// readiness keeps the last answer, so that many who ask at once, or often, write
// once.
type readiness struct {
	mu      sync.Mutex
	askedAt time.Time
	err     error
}

// Ready commits a small transaction, as a booking would, and asks whether the
// file is still the one in the directory. The answer may be a second old. See
// [ports.Reader].
func (s *Store) Ready(ctx context.Context) error {
	r := &s.ready
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.askedAt) < readyFor {
		return r.err
	}
	// One caller's time must not decide for all who share the answer.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*busyTimeout*time.Millisecond)
	defer cancel()
	r.err = s.transact(asking, func(*connection) (*ports.JournalRow, error) { return nil, s.probe() })
	r.askedAt = time.Now()
	return r.err
}
