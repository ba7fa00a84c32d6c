package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	bookingColumns = "event_id, sequence, id, user_id, COALESCE(identifier, ''), quantity, status, COALESCE(reference, '')," +
		" transfers, expires_at, latest_expires_at, joined, joined_after, created_at"
	selectBookings = "SELECT " + bookingColumns + " FROM bookings "

	// Only what is given to another person changes their columns: SQLite writes
	// all indexes of a column that is set, changed or not.
	updateBooking = "UPDATE bookings SET identifier = ?, quantity = ?, status = ?, reference = ?, expires_at = ?, latest_expires_at = ?" +
		" WHERE event_id = ? AND sequence = ?"
	updatePerson = "UPDATE bookings SET user_id = ?, transfers = ? WHERE event_id = ? AND sequence = ?"

	updateTicket = "UPDATE tickets SET status = ?, booked_at = ?, cancelled_at = ? WHERE event_id = ? AND sequence = ? AND ordinal = ?"
)

// scanBooking reads a booking but for its tickets.
func scanBooking(scan func(...any) error) (domain.Booking, error) {
	var b domain.Booking
	err := scan(
		&b.EventID.UUID, &b.Sequence, &b.ID.UUID, &b.UserID.UUID, &b.Identifier, &b.Quantity, &b.Status, &b.Reference,
		&b.Transfers, moment{&b.ExpiresAt}, moment{&b.LatestExpiresAt}, &b.Joined.Number, &b.Joined.TicketsBefore, moment{&b.CreatedAt},
	)
	return b, err
}

// bookingsWhere reads bookings but for their tickets.
func bookingsWhere(ctx context.Context, q queryer, where string, args ...any) ([]domain.Booking, error) {
	var found []domain.Booking
	err := each(ctx, q, selectBookings+where, args, func(scan func(...any) error) (bool, error) {
		b, err := scanBooking(scan)
		found = append(found, b)
		return true, err
	})
	return found, err
}

// addTickets reads the tickets of bookings of one event, in one statement.
func addTickets(ctx context.Context, q queryer, event domain.EventID, bookings []*domain.Booking) error {
	bySequence := make(map[int64][]*domain.Booking, len(bookings))
	var sequences []int64
	for _, b := range bookings {
		if b.Status == domain.BookingWaiting {
			continue
		}
		if _, there := bySequence[b.Sequence]; !there {
			sequences = append(sequences, b.Sequence)
		}
		bySequence[b.Sequence] = append(bySequence[b.Sequence], b)
	}
	if len(sequences) == 0 {
		return nil
	}
	wanted, err := json.Marshal(sequences)
	if err != nil {
		return err
	}
	const selectTickets = "SELECT t.sequence, t.ordinal, t.id, t.status, t.booked_at, t.cancelled_at" +
		" FROM json_each(?) AS wanted CROSS JOIN tickets AS t" +
		" WHERE t.event_id = ? AND t.sequence = wanted.value ORDER BY t.sequence, t.ordinal"
	return each(ctx, q, selectTickets, []any{string(wanted), event.UUID[:]}, func(scan func(...any) error) (bool, error) {
		t := domain.Ticket{EventID: event}
		if err := scan(&t.Sequence, &t.Ordinal, &t.ID.UUID, &t.Status, moment{&t.BookedAt}, moment{&t.CancelledAt}); err != nil {
			return false, err
		}
		for _, b := range bySequence[t.Sequence] {
			t.BookingID, t.UserID = b.ID, b.UserID
			b.Tickets = append(b.Tickets, t)
		}
		return true, nil
	})
}

// The counters of what left a line are a tree whose nodes have 64 parts. Six
// levels reach to sequence 64^6, more than anybody will book on an event.
const (
	levels    = 6
	levelBits = 6
	childMask = 1<<levelBits - 1
)

const addDeparture = "INSERT INTO line_departures (event_id, level, parent, child, bookings, tickets) VALUES (?, ?, ?, ?, ?, ?)" +
	" ON CONFLICT DO UPDATE SET bookings = bookings + excluded.bookings, tickets = tickets + excluded.tickets"

// selectLeftBefore adds up, of each level, the earlier parts of the node that a
// sequence is in.
var selectLeftBefore = func() string {
	sums := make([]string, levels)
	for level := range sums {
		sums[level] = fmt.Sprintf("SELECT SUM(bookings) AS bookings, SUM(tickets) AS tickets FROM line_departures"+
			" WHERE event_id = ?1 AND level = %d AND parent = ?2 >> %d AND child < (?2 >> %d & %d)",
			level, (level+1)*levelBits, level*levelBits, childMask)
	}
	return "SELECT COALESCE(SUM(bookings), 0), COALESCE(SUM(tickets), 0) FROM (" + strings.Join(sums, " UNION ALL ") + ")"
}()

// place fills in the position of a booking that waits.
func place(ctx context.Context, q queryer, e *domain.Event, b *domain.Booking) error {
	if b.Status != domain.BookingWaiting || e.Status == domain.EventCancelled {
		return nil
	}
	var left domain.LeftBefore
	if err := get(ctx, q, selectLeftBefore, []any{&left.Bookings, &left.Tickets}, e.ID.UUID[:], b.Sequence); err != nil {
		return err
	}
	b.Position, b.TicketsAhead = e.Line.Place(b.Joined, left)
	return nil
}
