package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
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
// file is still the one in the directory. What is wrong is a *domain.Error whose
// detail says it. The answer may be a second old. See [ports.Reader].
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
	r.err = notReady(s.transact(asking, func(*connection) (*ports.JournalRow, error) { return nil, s.probe() }))
	r.askedAt = time.Now()
	return r.err
}

// notReady gives a probe its text.
func notReady(err error) error {
	reason := reasons[codeOf(err)]
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMoved):
		reason = errMoved.Error()
	case errors.Is(err, context.DeadlineExceeded):
		reason = "the disk is too slow, or another program is writing to the file"
	case reason == "":
		return err
	}
	return fmt.Errorf("%w: %w", &domain.Error{Code: ports.CodeStoreUnavailable, Detail: reason}, err)
}
