package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/boxoffice-go/boxoffice/ports"
)

// answer is what a transaction ends with that is no failure of the store, and
// that callers get as it is. Nothing is kept then.
type answer struct{ error }

// transact runs a transaction, while nobody else writes. run returns the row of
// the journal that only this transaction can have written, if it wrote one.
func (s *Store) transact(ctx context.Context, run func(w *connection) (*ports.JournalRow, error)) error {
	select {
	case <-s.closed:
		return storeError(ctx, errClosed)
	case <-ctx.Done():
		return ctx.Err()
	case s.writing <- struct{}{}:
	}
	defer func() { <-s.writing }()
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.unmoved()
	if err == nil {
		err = s.attempt(ctx, run)
	}
	var its answer
	switch {
	case errors.As(err, &its):
		return its.error
	case errors.Is(err, ports.ErrOutcomeUnknown):
		return err
	case err != nil:
		return storeError(ctx, err)
	}
	s.wipe()
	return nil
}

func (s *Store) attempt(ctx context.Context, run func(w *connection) (*ports.JournalRow, error)) error {
	tx, err := s.writer.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	proof, err := run(s.writer)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return answer{err}
	}
	if err := tx.Commit(); err != nil {
		return s.settle(proof, err)
	}
	return nil
}

// settle finds what became of a transaction whose commit failed; nil is that it
// took place. SQLite rolls it back, but where it was the sync that failed, all of
// it may stand in the log, and would count when the file is opened next. Another
// transaction overwrites it there; without that nobody knows.
func (s *Store) settle(proof *ports.JournalRow, failed error) error {
	there, err := s.took(proof)
	switch {
	case err == nil && there:
		return nil
	case codeOf(failed) == sqlite3.SQLITE_FULL: // before all of it was written
		return failed
	case err == nil:
		err = s.probe()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, explain(failed))
	}
	return failed
}

func (s *Store) took(proof *ports.JournalRow) (bool, error) {
	if proof == nil {
		return false, nil
	}
	const selectRecords = "SELECT records FROM journal WHERE event_id = ? AND last_version = ?"
	var records []byte
	err := get(context.Background(), s.writer, selectRecords, []any{&records}, proof.EventID.UUID[:], proof.LastVersion)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && bytes.Equal(records, proof.Records), err
}

// probe commits a small transaction. One that is rolled back would tell nothing:
// SQLite writes to the disk only when it commits.
func (s *Store) probe() error {
	return s.writer.exec("INSERT INTO ready (id, asked_at) VALUES (1, ?) ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at",
		time.Now().UnixMicro())
}
