package mysql

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// maxLookups bounds the rows that one SELECT looks for.
const maxLookups = 200

// lookupPacket gathers statements that look something up, to be sent together.
type lookupPacket struct {
	vitess bool // it goes to vtgate
	query  strings.Builder
	args   []any
	scans  []func(rows *sql.Rows) error // of each statement
}

// addLookup adds b for all keys, chunk by chunk. scan is called for each row
// that is found.
func addLookup[T any](p *lookupPacket, b bulk, keys []T, add func(args []any, key *T) []any, scan func(rows *sql.Rows) error) {
	for chunk := range slices.Chunk(keys, maxLookups) {
		if len(p.scans) > 0 {
			p.query.WriteString(";\n")
		}
		p.query.WriteString(b.query(len(chunk)))
		p.args = append(p.args, b.args...)
		for i := range chunk {
			p.args = add(p.args, &chunk[i])
		}
		p.scans = append(p.scans, scan)
	}
}

// send sends what there is, and scans what is found, in the order in which it
// was asked for.
func (p *lookupPacket) send(ctx context.Context, db *sql.DB) error {
	if len(p.scans) == 0 {
		return nil
	}
	query, args := p.query.String(), p.args
	if p.vitess {
		query, args = idsIntoText(query, args)
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	for i, scan := range p.scans {
		if i > 0 && !rows.NextResultSet() {
			return errors.Join(rows.Err(), errors.New("fewer results than statements"))
		}
		if err := scanEach(rows, scan); err != nil {
			return err
		}
	}
	return nil
}
