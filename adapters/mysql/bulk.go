package mysql

import (
	"cmp"
	"context"
	"slices"
	"strings"

	sq "github.com/Masterminds/squirrel"
)

// A statement has so many rows at the most, and about so many bytes of values
// before its last row: far less than a server's max_allowed_packet.
const (
	maxRows  = 1000
	maxBytes = 1 << 19
)

// bulk is a statement for any number of rows: its row is written as often as
// there are rows. Building each row with squirrel would take longer than the
// server takes to store it.
type bulk struct {
	before, row, after string
	between            string // the rows; empty is a comma
	args               []any  // of before
}

// bulkInsert lets squirrel build the statement for one row.
func bulkInsert(table string, columns []string, after string) bulk {
	query, _ := sq.Insert(table).Columns(columns...).Values(make([]any, len(columns))...).Suffix(after).MustSql()
	row := "(" + sq.Placeholders(len(columns)) + ")"
	before, after, _ := strings.Cut(query, row)
	return bulk{before: before, row: row, after: after}
}

func (b bulk) query(rows int) string {
	between := cmp.Or(b.between, ",")
	var q strings.Builder
	q.Grow(len(b.before) + rows*(len(b.row)+len(between)) + len(b.after))
	q.WriteString(b.before)
	for i := range rows {
		if i > 0 {
			q.WriteString(between)
		}
		q.WriteString(b.row)
	}
	q.WriteString(b.after)
	return q.String()
}

// addBulk adds b for all rows to a packet, chunk by chunk. add appends a row's
// values to args.
func addBulk[T any](ctx context.Context, p *packet, b bulk, rows []T, add func(args []any, row *T) []any) error {
	args := slices.Clone(b.args)
	from, size := 0, 0
	for i := range rows {
		before := len(args)
		args = add(args, &rows[i])
		size += sizeOf(args[before:])
		if i+1 < len(rows) && i+1-from < maxRows && size < maxBytes {
			continue
		}
		if err := p.add(ctx, b.query(i+1-from), args, size); err != nil {
			return err
		}
		args, from, size = args[:len(b.args)], i+1, 0
	}
	return nil
}

// sizeOf is about how long the values are in a statement.
func sizeOf(args []any) int {
	size := 0
	for _, a := range args {
		switch v := a.(type) {
		case string:
			size += 2 * len(v) // escaped, in the worst case
		case []byte:
			size += 2 * len(v)
		default:
			size += 16
		}
	}
	return size
}
