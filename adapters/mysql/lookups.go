package mysql

import "fmt"

const (
	ticketColumns = "t.event_id, t.id, t.booking_id, t.user_id, t.sequence, t.ordinal, t.status, t.booked_at, t.cancelled_at"
	waitColumns   = "event_id, booking_id, user_id, identifier, quantity, sequence, joined_at, status"
)

// maxTickets bounds what selectBooked reads: four tickets for each of
// maxLookups people.
const maxTickets = 4 * maxLookups

// Each looks many rows up by an index, whatever the size of the tables.
var (
	selectKeys = bulk{
		before: "SELECT event_id, key_hash, request_hash, booking_id, ticket_id FROM idempotency_keys WHERE (event_id, key_hash) IN (",
		row:    "(?,?)", after: ")",
	}
	// What people hold are their booked tickets and the quantities they wait for.
	countBooked = bulk{
		before: "SELECT event_id, user_id, COUNT(*) FROM tickets FORCE INDEX (by_user) WHERE (event_id, user_id, status) IN (",
		row:    "(?,?,'BOOKED')", after: ") GROUP BY event_id, user_id",
	}
	countWaiting = bulk{
		before: "SELECT event_id, user_id, SUM(quantity) FROM waitlist FORCE INDEX (by_user) WHERE ",
		row:    "event_id = ? AND user_id = ? AND status = 'JOINED' AND sequence > ?", between: " OR ",
		after: " GROUP BY event_id, user_id",
	}
	// selectBooked finds all booked tickets of people who have few. If it comes
	// back with maxTickets, there are more, and selectLatest is asked instead.
	selectBooked = bulk{
		before: "SELECT " + ticketColumns + " FROM tickets AS t FORCE INDEX (by_user) WHERE (t.event_id, t.user_id, t.status) IN (",
		row:    "(?,?,'BOOKED')", after: fmt.Sprint(") LIMIT ", maxTickets),
	}
	// selectLatest finds the latest booked tickets of people, so many of each:
	// however many somebody has, but each person costs as much as four do above.
	selectLatest = bulk{
		row: "(SELECT " + ticketColumns + " FROM tickets AS t FORCE INDEX (by_user)" +
			" WHERE t.event_id = ? AND t.user_id = ? AND t.status = 'BOOKED' ORDER BY t.sequence DESC, t.ordinal DESC LIMIT ?)",
		between: " UNION ALL ",
	}
	selectTickets = bulk{
		before: "SELECT " + ticketColumns + " FROM tickets AS t WHERE (t.event_id, t.id) IN (", row: "(?,?)", after: ")",
	}
	// A booking has a row in the line, or tickets, or both; then its tickets
	// say all of it.
	selectWaits = bulk{
		before: "SELECT " + waitColumns + " FROM waitlist FORCE INDEX (by_booking) WHERE (event_id, booking_id) IN (",
		row:    "(?,?)", after: ")",
	}
	selectTicketsOfBookings = bulk{
		before: "SELECT " + ticketColumns + ", t.identifier, t.accepted_at" +
			" FROM tickets AS t FORCE INDEX (by_booking) WHERE (t.event_id, t.booking_id) IN (",
		row: "(?,?)", after: ") ORDER BY t.event_id, t.sequence, t.ordinal",
	}
	// selectFront finds the heads of lines, so many of each.
	selectFront = bulk{
		row: "(SELECT " + waitColumns + " FROM waitlist FORCE INDEX (by_status)" +
			" WHERE event_id = ? AND status = 'JOINED' AND sequence > ? ORDER BY sequence LIMIT ?)",
		between: " UNION ALL ",
	}
	selectQuantities = bulk{
		before: "SELECT event_id, quantity, COUNT(*) FROM waitlist FORCE INDEX (PRIMARY) WHERE ",
		row:    "event_id = ? AND status = 'JOINED' AND sequence > ?", between: " OR ",
		after: " GROUP BY event_id, quantity",
	}
)

// selectBooking finds one booking. An event that has no such booking has a row
// too, which tells it from one that doesn't exist.
var selectBooking = "SELECT " + bookingColumns + " FROM events AS e" +
	" LEFT JOIN waitlist AS w ON w.event_id = e.id AND w.booking_id = ?" +
	" LEFT JOIN tickets AS t ON t.event_id = e.id AND t.booking_id = ?" +
	" WHERE e.id = ? ORDER BY t.ordinal"
