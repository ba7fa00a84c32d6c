package mysql

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/schema"
)

const (
	readyTimeout = 2 * time.Second // how long the database may take to answer
	readyFor     = time.Second     // how long its answer is believed
)

// readiness keeps the last answer, so that many who ask at once, or often, ask
// the database once.
type readiness struct {
	mu       sync.Mutex
	askedAt  time.Time
	err      error
	schemaOK bool // a schema that was right once is not checked again
}

// Ready asks whether the database can be read and written, and checks that its
// schema is the one this version needs: schema.ErrTooOld, schema.ErrTooNew,
// schema.ErrTableMissing. The answer may be a second old. See [ports.Reader].
func (s *Store) Ready(ctx context.Context) error {
	r := &s.ready
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.askedAt) < readyFor {
		return r.err
	}
	// One caller's time must not decide for all who share the answer.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	r.err = s.askReady(asking)
	r.askedAt = time.Now()
	return r.err
}

func (s *Store) askReady(ctx context.Context) error {
	var readOnly bool
	err := s.writes.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only OR @@GLOBAL.innodb_read_only").Scan(&readOnly)
	if err == nil && readOnly {
		return fmt.Errorf("%w: the server is read only", ports.ErrStoreUnavailable)
	}
	if err == nil && !s.ready.schemaOK {
		err = schema.Check(ctx, s.reads)
		s.ready.schemaOK = err == nil
	}
	if err == nil {
		err = s.checkClock(ctx)
	}
	switch {
	case errors.Is(err, schema.ErrTooOld), errors.Is(err, schema.ErrTooNew), errors.Is(err, schema.ErrTableMissing):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: no answer in %v", ports.ErrStoreUnavailable, readyTimeout)
	default:
		return storeError(ctx, err)
	}
}
