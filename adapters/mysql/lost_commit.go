package mysql

import (
	"context"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// A lost commit is asked about until the caller's deadline, but for askAtLeast
// even if that has passed (it may be why the answer was lost), and for
// askAtMost if there is none: longer than a stalled transaction can live.
const (
	askAtLeast = time.Second
	askAtMost  = 2 * waitTimeout
)

// proof is what a transaction leaves when it is committed.
type proof struct {
	ids     []domain.EventID // what it locked
	changed []domain.Event   // as it writes them
	table   string           // has the row only if it was committed
	row     sq.Eq
	// decisive: a missing row tells that it was not committed. Others can write
	// over the head of an event, but not over a ticket.
	decisive bool
}

// settle finds out what became of a commit whose answer was lost: nil, it was
// committed; errNotCommitted; or ports.ErrOutcomeUnknown.
func (s *Store) settle(ctx context.Context, p *proof) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(askAtMost)
	}
	if least := time.Now().Add(askAtLeast); deadline.Before(least) {
		deadline = least
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	for attempt := 1; ; attempt++ {
		committed, sure, err := s.look(ctx, p)
		switch {
		case err == nil && committed:
			return nil
		case err == nil && sure:
			return errNotCommitted
		case err == nil:
			return ports.ErrOutcomeUnknown
		}
		if pause(ctx, attempt) != nil {
			return ports.ErrOutcomeUnknown
		}
	}
}

// look asks once, and reports whether the answer can be relied on.
func (s *Store) look(ctx context.Context, p *proof) (committed, sure bool, err error) {
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return false, false, err
	}
	defer func() {
		rollback(ctx, conn)
		_ = conn.Close() // it only goes back to its pool
	}()
	// This waits until the transaction has ended, if the server still has it.
	heads, err := lock(ctx, conn, p.ids)
	if err != nil {
		return false, false, err
	}
	for _, head := range heads {
		for _, changed := range p.changed {
			if head.ID == changed.ID && head.Version < changed.Version {
				return false, true, nil
			}
		}
	}
	committed, err = exists(ctx, s.lookups, p.table, p.row)
	return committed, p.decisive, err
}
