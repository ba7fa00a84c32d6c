package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// queryer runs statements, each of which it prepares once.
type queryer interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// each reads rows until there are no more, or row wants no more.
func each(ctx context.Context, q queryer, text string, args []any, row func(scan func(...any) error) (more bool, err error)) error {
	rows, err := q.query(ctx, text, args...)
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

// get reads one row, or returns [sql.ErrNoRows].
func get(ctx context.Context, q queryer, text string, into []any, args ...any) error {
	found := false
	err := each(ctx, q, text, args, func(scan func(...any) error) (bool, error) {
		found = true
		return false, scan(into...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// connection is one of SQLite's, with the statements that were prepared on it.
type connection struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newConnection(ctx context.Context, db *sql.DB) (*connection, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, stmts: make(map[string]*sql.Stmt)}, nil
}

func (c *connection) close() error {
	var errs []error
	for _, stmt := range c.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

// query implements [queryer].
func (c *connection) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := c.prepare(ctx, text); err != nil {
		return nil, err
	}
	return c.stmts[text].QueryContext(ctx, args...)
}

func (c *connection) prepare(ctx context.Context, text string) error {
	if c.stmts[text] != nil {
		return nil
	}
	stmt, err := c.conn.PrepareContext(ctx, text) //nolint:sqlclosecheck // close does that
	if err == nil {
		c.stmts[text] = stmt
	}
	return err
}

// exec is for the connection that writes. What it does is never cancelled half
// way, as that would cost a goroutine for each statement: a transaction is short.
func (c *connection) exec(text string, args ...any) error {
	if err := c.prepare(context.Background(), text); err != nil {
		return err
	}
	_, err := c.stmts[text].ExecContext(context.Background(), args...)
	return err
}

// read runs reads that see one state. A caller who goes away ends a read, but not
// the transaction: database/sql would undo that beside us, when the connection is
// the next reader's already.
func (s *Store) read(ctx context.Context, run func(q queryer) error) error {
	return s.borrow(ctx, func(c *connection) error {
		tx, err := c.conn.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // nothing was written
		return run(c)
	})
}

// borrow runs one read on a connection that nobody else uses meanwhile.
func (s *Store) borrow(ctx context.Context, run func(c *connection) error) error {
	select {
	case <-s.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		return run(c)
	}
}
