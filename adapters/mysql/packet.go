package mysql

import (
	"context"
	"database/sql"
	"encoding/hex"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
)

// packet gathers statements of a transaction that travel together: what counts
// while a lock is held is the round trips.
type packet struct {
	conn   *sql.Conn
	vitess bool // conn leads to vtgate
	// guess are the events that the transaction was decided on without a lock, by
	// id; nil if they are locked. The first packet locks them, and fails with
	// errStale if they have changed.
	guess []domain.Event

	query strings.Builder
	args  []any
	size  int // of args, about
}

// add appends a statement, and sends those before it if both are too much.
func (p *packet) add(ctx context.Context, query string, args []any, size int) error {
	if p.size+size > maxBytes {
		if err := p.send(ctx); err != nil {
			return err
		}
	}
	if p.query.Len() == 0 && p.guess != nil {
		lock, ids, err := selectForUpdate(idsOf(p.guess))
		if err != nil {
			return err
		}
		p.query.WriteString(lock)
		p.args = append(p.args, ids...)
	}
	if p.query.Len() > 0 {
		p.query.WriteString(";\n")
	}
	p.query.WriteString(query)
	p.args = append(p.args, args...)
	p.size += size
	return nil
}

// send sends what there is.
func (p *packet) send(ctx context.Context) error {
	if p.query.Len() == 0 {
		return nil
	}
	query, args := p.query.String(), p.args
	if p.vitess {
		query, args = idsIntoText(query, args)
	}
	rows, err := p.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err has told what went wrong
	if p.guess != nil {
		if err := checkGuess(rows, p.guess); err != nil {
			return err
		}
		p.guess = nil
	}
	for rows.NextResultSet() {
		continue // nothing else returns rows
	}
	p.query.Reset()
	p.args, p.size = nil, 0
	return rows.Err()
}

// checkGuess compares events with those that the lock has found.
func checkGuess(rows *sql.Rows, guess []domain.Event) error {
	found, err := scanEvents(rows)
	if err != nil {
		return err
	}
	if !sameEvents(found, guess) {
		return errStale
	}
	return nil
}

// idsIntoText writes ids and hashes among args into a query's text, as x'…', and
// returns the args that are left. The driver would write _binary'…', which vtgate
// takes for an expression to compute: it then plans a list of ids anew for each
// length, and planning takes it longer than all else.
func idsIntoText(query string, args []any) (text string, others []any) {
	const longest = 32 // bytes
	written := make([]byte, 0, len(query)+len(args)*longest)
	others = make([]any, 0, len(args))
	for _, arg := range args {
		before, after, _ := strings.Cut(query, "?")
		written, query = append(written, before...), after
		if id, ok := arg.([]byte); ok && 0 < len(id) && len(id) <= longest {
			written = append(hex.AppendEncode(append(written, "x'"...), id), '\'')
		} else {
			written, others = append(written, '?'), append(others, arg)
		}
	}
	return string(append(written, query...)), others
}
