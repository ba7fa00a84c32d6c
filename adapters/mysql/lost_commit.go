package mysql

import (
	"context"
	"database/sql"
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

// proof is what a transaction leaves when it is committed: a row of the journal
// that names it, which nobody else can have written and nobody ever changes. One
// that changed no event leaves keys, all of them; if somebody else left just the
// same ones for the same requests, they came to the same.
type proof struct {
	ids         []domain.EventID  // what it locked
	journal     *ports.JournalRow // nil if no event changed
	transaction [16]byte
	keys        []domain.KeyUse
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
		committed, err := s.look(ctx, p)
		switch {
		case err == nil && committed:
			return nil
		case err == nil:
			return errNotCommitted
		}
		if pause(ctx, attempt) != nil {
			return ports.ErrOutcomeUnknown
		}
	}
}

// look asks once whether a transaction was committed.
func (s *Store) look(ctx context.Context, p *proof) (committed bool, err error) {
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		rollback(ctx, conn)
		_ = conn.Close() // it only goes back to its pool
	}()
	// This waits until the transaction has ended, if the server still has it.
	if _, err := lock(ctx, conn, p.ids); err != nil {
		return false, err
	}
	if p.journal != nil {
		found, err := count(ctx, s.lookups, "journal", sq.Eq{
			"event_id": p.journal.EventID.UUID[:], "last_version": p.journal.LastVersion, "transaction": p.transaction[:],
		})
		return found > 0, err
	}
	for _, k := range p.keys {
		found, err := count(ctx, s.lookups, "idempotency_keys", sq.Eq{
			"event_id": k.EventID.UUID[:], "key_hash": k.Key[:], "request_hash": k.Request[:],
		})
		if err != nil || found == 0 {
			return false, err
		}
	}
	return true, nil
}

// count counts the rows of a table that have these values.
func count(ctx context.Context, db *sql.DB, table string, row sq.Eq) (int, error) {
	query, args, err := sq.Select("COUNT(*)").From(table).Where(row).ToSql()
	if err != nil {
		return 0, err
	}
	var rows int
	err = db.QueryRowContext(ctx, query, args...).Scan(&rows)
	return rows, err
}
