package sqlite

import (
	"context"
	"database/sql"
)

// queryer prepares statements where they are to be run.
type queryer interface {
	prepare(ctx context.Context, text string) (*sql.Stmt, error)
}

// get reads one row, or returns [sql.ErrNoRows].
func get(ctx context.Context, q queryer, text string, into []any, args ...any) error {
	stmt, err := q.prepare(ctx, text)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(into...)
}

// each reads rows until there are no more, or row wants no more.
func each(ctx context.Context, q queryer, text string, args []any, row func(scan func(...any) error) (more bool, err error)) error {
	stmt, err := q.prepare(ctx, text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	for rows.Next() {
		if more, err := row(rows.Scan); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// snapshot is a transaction that only reads, and sees one state.
type snapshot struct {
	*statements
	tx *sql.Tx
}

func (s snapshot) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	stmt, err := s.statements.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.tx.StmtContext(ctx, stmt), nil
}

// read runs reads that see one state.
func (s *Store) read(ctx context.Context, run func(q queryer) error) error {
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return run(snapshot{&s.stmts, tx})
}
