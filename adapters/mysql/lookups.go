package mysql

import (
	"fmt"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

// mostLive bounds the rows that selectLive finds of so many people.
func mostLive(people int) int {
	const least, each = 256, 16
	return max(least, each*people)
}

// ticketsOfP reads all tickets of the bookings p, and those first: MySQL would
// rather scan tickets while they are few.
const (
	ticketsOfP       = " AS p" + ticketsOfTicketP
	ticketsOfTicketP = " STRAIGHT_JOIN tickets AS t FORCE INDEX (PRIMARY) ON t.event_id = p.event_id AND t.sequence = p.sequence"
)

// Each looks many rows up by an index, whatever the size of the tables, and
// finds them in any order.
var (
	selectKeys = bulk{
		before: "SELECT event_id, key_hash, request_hash, booking_id, ticket_ids FROM idempotency_keys WHERE (event_id, key_hash) IN (",
		row:    "(?,?)", after: ")",
	}
	// What counts against a limit are tickets that are held or booked, and the
	// quantities that are waited for; see countWaiting.
	countTickets = bulk{
		before: "SELECT event_id, user_id, COUNT(*) FROM tickets FORCE INDEX (by_user) WHERE (event_id, user_id, status) IN (",
		row:    "(?,?,'HELD'),(?,?,'BOOKED')", after: ") GROUP BY user_id, event_id",
	}
	// selectLatest finds the latest bookings with tickets of people, so many of
	// each: however many somebody has, but each person costs as much as four do in
	// selectLive.
	selectLatest = bulk{
		row:     latestWith("HELD") + " UNION ALL " + latestWith("BOOKED"),
		between: " UNION ALL ",
	}
	// A booking has tickets, or a row in the line that says all of it, or both;
	// then its tickets say it.
	selectTicketsOfBookings = bulk{
		before: "SELECT " + columnsOfTicketsT + " FROM tickets AS t FORCE INDEX (by_booking) WHERE (t.event_id, t.booking_id) IN (",
		row:    "(?,?)", after: ")",
	}
	selectWaiting = bulk{
		before: "SELECT " + columnsOfWaitlistW + " FROM waitlist AS w FORCE INDEX (by_booking) WHERE (w.event_id, w.booking_id) IN (",
		row:    "(?,?)", after: ")",
	}
	// selectFront finds the first of lines, so many of each.
	selectFront = bulk{
		row: "(SELECT " + columnsOfWaitlistW + " FROM waitlist AS w FORCE INDEX (by_status)" +
			" WHERE w.event_id = ? AND " + waitsW + "? ORDER BY w.sequence LIMIT ?)",
		between: " UNION ALL ",
	}
	// What a person has on an event is in both tables, so many of each.
	selectTicketsToErase = bulk{
		row: "(SELECT " + columnsOfTicketsT + " FROM (SELECT event_id, sequence FROM tickets FORCE INDEX (by_user)" +
			" WHERE event_id = ? AND user_id = ? AND ordinal = 1 LIMIT ?)" + ticketsOfP + ")",
		between: " UNION ALL ",
	}
	selectWaitingToErase = bulk{
		row: "(SELECT " + columnsOfWaitlistW + " FROM waitlist AS w FORCE INDEX (by_user)" +
			" WHERE w.event_id = ? AND w.user_id = ? AND (" + leftW + " OR " + waitsW + "?) LIMIT ?)",
		between: " UNION ALL ",
	}
	// selectDue and selectHolds find the next holds of events, so many of each.
	// Where an event has no more than that, selectAllDue and selectAllHolds find
	// all of them: MySQL plans one SELECT in a fraction of the time of a UNION of
	// many. None look before the event's next_release_at: what stood there has ended,
	// but a scan would pass over it until MySQL has purged it.
	selectDue = bulk{
		row: "(SELECT " + columnsOfTicketsT + " FROM (SELECT event_id, sequence FROM holds FORCE INDEX (due)" +
			" WHERE event_id = ? AND expires_at BETWEEN ? AND ? ORDER BY expires_at, sequence LIMIT ?)" + ticketsOfP + ")",
		between: " UNION ALL ",
	}
	selectHolds = bulk{
		row: "(SELECT event_id, sequence, booking_id, expires_at FROM holds FORCE INDEX (due)" +
			" WHERE event_id = ? AND expires_at >= ? ORDER BY expires_at, sequence LIMIT ?)",
		between: " UNION ALL ",
	}
)

// selectLive finds the bookings with tickets of people who have few, each as often
// as it has such tickets. If it comes back with mostLive rows, there are more, and
// selectLatest is asked instead.
func selectLive(of []asked[domain.UserID]) bulk {
	events, args := inEvents("p", of)
	return bulk{
		before: "SELECT " + columnsOfTicketsT + " FROM tickets AS p FORCE INDEX (by_user)" + ticketsOfTicketP +
			" WHERE " + events + " AND (p.event_id, p.user_id, p.status) IN (",
		row:   "(?,?,'HELD'),(?,?,'BOOKED')",
		after: fmt.Sprint(") LIMIT ", mostLive(len(of))), args: args,
	}
}

// countWaiting counts what people wait for.
func countWaiting(of []asked[domain.UserID]) bulk {
	events, args := inEvents("w", of)
	return bulk{
		before: "SELECT w.event_id, w.user_id, SUM(w.quantity) FROM waitlist AS w FORCE INDEX (by_user) WHERE " + events + " AND (",
		row:    "w.event_id = ? AND w.user_id = ? AND " + waitsW + "?", between: " OR ",
		after: ") GROUP BY w.user_id, w.event_id", args: args,
	}
}

// selectTickets finds the bookings of tickets.
func selectTickets(of []asked[domain.TicketID]) bulk {
	events, args := inEvents("p", of)
	return bulk{
		before: "SELECT " + columnsOfTicketsT + " FROM tickets AS p FORCE INDEX (by_id)" + ticketsOfTicketP +
			" WHERE " + events + " AND (p.event_id, p.id) IN (",
		row: "(?,?)", after: ")", args: args,
	}
}

// inEvents says of which events the rows of a table are, although the lookups say
// it of each row: vtgate sees only from this that what is joined with them is where
// they are, and that an OR of many is of these shards alone. It would join by itself
// otherwise, and, having found nothing to join, ask any shard for the names of
// columns.
func inEvents[T any](table string, of []asked[T]) (condition string, args []any) {
	seen := make(map[domain.EventID]bool)
	for i := range of {
		if event := of[i].event; !seen[event] {
			seen[event] = true
			args = append(args, event.UUID[:])
		}
	}
	return table + ".event_id IN (" + sq.Placeholders(len(args)) + ")", args
}

func selectAllDue(earliest, latest time.Time) bulk {
	return bulk{
		before: "SELECT " + columnsOfTicketsT + " FROM (SELECT event_id, sequence FROM holds FORCE INDEX (due)" +
			" WHERE expires_at BETWEEN ? AND ? AND event_id IN (",
		row: "?", after: "))" + ticketsOfP, args: []any{earliest, latest},
	}
}

func selectAllHolds(earliest time.Time) bulk {
	return bulk{
		before: "SELECT event_id, sequence, booking_id, expires_at FROM holds FORCE INDEX (due) WHERE expires_at >= ? AND event_id IN (",
		row:    "?", after: ")", args: []any{earliest},
	}
}

func latestWith(status string) string {
	return "(SELECT " + columnsOfTicketsT + " FROM (SELECT DISTINCT event_id, sequence FROM tickets FORCE INDEX (by_user)" +
		" WHERE event_id = ? AND user_id = ? AND status = '" + status + "' ORDER BY sequence DESC LIMIT ?)" + ticketsOfP + ")"
}
