package sqlite

import "strings"

var (
	insertBookings = newInsertion("bookings", "event_id", "sequence", "id", "user_id", "identifier", "quantity", "status", "reference",
		"transfers", "expires_at", "latest_expires_at", "joined", "joined_after", "created_at")
	insertTickets = newInsertion("tickets", "event_id", "sequence", "ordinal", "id", "status", "booked_at", "cancelled_at")
	insertKeys    = newInsertion("idempotency_keys", "event_id", "key_hash", "request_hash", "user_id", "booking_id", "ticket_ids")
	insertJournal = newInsertion("journal", "event_id", "last_version", "first_version", "records")
)

// insertion adds rows to a table, many with each statement: SQLite then keeps its
// place at the end of each index, where new rows mostly go, instead of looking for
// it again for every row.
type insertion struct {
	columns int
	texts   [len(insertedAtOnce)]string
}

// insertedAtOnce are the numbers of rows that there are statements for.
var insertedAtOnce = [...]int{64, 8, 1}

func newInsertion(table string, columns ...string) insertion {
	// A row that can't be added undoes the whole transaction in any case. OR FAIL
	// spares SQLite copies of all pages, which undoing the statement alone would take.
	n := insertion{columns: len(columns)}
	row := "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
	for i, rows := range insertedAtOnce {
		n.texts[i] = "INSERT OR FAIL INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " +
			row + strings.Repeat(", "+row, rows-1)
	}
	return n
}

// add adds rows, whose values stand one row after another.
func (n *insertion) add(w *connection, values []any) error {
	for i, rows := range insertedAtOnce {
		for size := rows * n.columns; len(values) >= size; values = values[size:] {
			if err := w.exec(n.texts[i], values[:size]...); err != nil {
				return err
			}
		}
	}
	return nil
}
