package mysql

import (
	"context"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var (
	// The rows are there and locked; so this is the shortest way to write many
	// of them, each with other values. That updateCounts leaves the settings out is
	// what these columns have defaults for: no event is ever made with those.
	updateEvents = bulkInsert("events", eventColumns, onDuplicate(eventColumns[1:]))
	updateCounts = bulkInsert("events", countColumns, onDuplicate(countColumns[1:]))
	insertEvents = bulkInsert("events", eventColumns, "")

	insertTickets        = bulkInsert("tickets", ticketColumns, "")
	insertHeldTickets    = bulkInsert("tickets", heldTicketColumns, "")
	insertFurtherTickets = bulkInsert("tickets", furtherTicketColumns, "")
	insertTicketsInFull  = bulkInsert("tickets", ticketColumnsInFull, "")
	updateTickets        = bulkInsert("tickets", ticketColumnsInFull, onDuplicate([]string{
		"user_id", "identifier", "status", "booked_at", "cancelled_at",
		"booking_status", "reference", "transfers", "expires_at", "latest_expires_at",
	}))

	insertJoined         = bulkInsert("waitlist", joinedColumns, "")
	insertWaitlistInFull = bulkInsert("waitlist", waitlistColumns, "")
	updateWaitlist       = bulkInsert("waitlist", waitlistColumns, onDuplicate([]string{
		"user_id", "identifier", "quantity", "status", "reference", "transfers",
	}))
	leaveWaitlist = bulk{
		before: "UPDATE waitlist AS w FORCE INDEX (PRIMARY) SET w.status = '" + left + "' WHERE (w.event_id, w.sequence) IN (",
		row:    "(?,?)", after: ")",
	}
	addDepartures = bulkInsert("waitlist_departures", []string{"event_id", "level", "parent", "child", "bookings", "tickets"},
		"AS new ON DUPLICATE KEY UPDATE bookings = waitlist_departures.bookings + new.bookings, tickets = waitlist_departures.tickets + new.tickets")

	insertHolds = bulkInsert("holds", holdColumns, "")
	updateHolds = bulkInsert("holds", holdColumns, onDuplicate([]string{"expires_at"}))
	// DELETE takes an index as a hint only.
	deleteHolds = bulk{
		before: "DELETE /*+ INDEX(holds PRIMARY) */ FROM holds WHERE (event_id, sequence) IN (", row: "(?,?)", after: ")",
	}
	insertEnded    = bulkInsert("ended_bookings", []string{"event_id", "status", "sequence"}, "")
	saveReferences = bulkInsert("booking_references", []string{"event_id", "reference", "sequence"}, onDuplicate([]string{"sequence"}))

	insertKeys    = bulkInsert("idempotency_keys", []string{"event_id", "key_hash", "request_hash", "user_id", "booking_id", "ticket_ids"}, "")
	insertJournal = bulkInsert("journal", []string{"event_id", "last_version", "first_version", "transaction", "records"}, "")
)

// plainUpdate names the primary key, so that no other rows are locked however
// small the table is. Commands of one batch have one time, so there is one
// statement for all bookings that became the same, or few.
func plainUpdate(to plainChange) bulk {
	set := "status = 'CANCELLED', cancelled_at = ?"
	if to.ticket == domain.TicketBooked {
		set = "status = 'BOOKED', booked_at = ?"
	}
	if to.booking != "" {
		set += ", booking_status = IF(ordinal = 1, '" + string(to.booking) + "', NULL)"
		if to.booking != domain.BookingExpired {
			set += ", expires_at = NULL"
		}
	}
	return bulk{
		before: "UPDATE tickets FORCE INDEX (PRIMARY) SET " + set + " WHERE (event_id, sequence, ordinal) IN (",
		row:    "(?,?,?)", after: ")", args: []any{to.at},
	}
}

func onDuplicate(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = new." + c
	}
	return "AS new ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}

// save writes everything, in few statements.
func (c *changes) save(ctx context.Context, p *packet) error {
	s := saving{ctx: ctx, packet: p}
	addRows(&s, insertTickets, c.tickets, func(args []any, r *ticketRow) []any { return r.args(args) })
	addRows(&s, insertHeldTickets, c.held, func(args []any, r *ticketRow) []any { return r.heldArgs(args) })
	addRows(&s, insertFurtherTickets, c.further, func(args []any, r *ticketRow) []any { return r.furtherArgs(args) })
	addRows(&s, insertTicketsInFull, c.inFull, func(args []any, r *ticketRow) []any { return r.argsInFull(args) })
	addRows(&s, updateTickets, c.changed, func(args []any, r *ticketRow) []any { return r.argsInFull(args) })
	for to, rows := range c.plain {
		addRows(&s, plainUpdate(to), rows, ticketKey)
	}
	addRows(&s, insertJoined, c.joined, joinedArgs)
	addRows(&s, insertWaitlistInFull, c.joinedInFull, waitlistArgs)
	addRows(&s, updateWaitlist, c.inLine, waitlistArgs)
	addRows(&s, leaveWaitlist, c.leaving, bookingKey)
	addRows(&s, addDepartures, departuresOf(c.Left), func(args []any, d *departure) []any {
		return append(args, d.event.UUID[:], int64(d.level), d.parent, d.child, d.bookings, d.tickets)
	})
	addRows(&s, insertHolds, c.begun, holdArgs)
	addRows(&s, updateHolds, c.extended, holdArgs)
	addRows(&s, deleteHolds, c.ended, bookingKey)
	addRows(&s, insertEnded, c.finished, func(args []any, b *domain.Booking) []any {
		return append(args, b.EventID.UUID[:], string(b.Status), b.Sequence)
	})
	addRows(&s, saveReferences, c.named, func(args []any, b *domain.Booking) []any {
		return append(args, b.EventID.UUID[:], b.Reference, b.Sequence)
	})
	addRows(&s, insertKeys, c.Keys, keyArgs)
	addRows(&s, insertJournal, c.journal, func(args []any, j *ports.JournalRow) []any { return journalArgs(args, j, c.transaction) })
	addRows(&s, updateCounts, c.counts, countArgs)
	addRows(&s, updateEvents, c.settings, eventArgs)
	return s.end()
}

// saving adds rows to a packet until something fails.
type saving struct {
	ctx    context.Context //nolint:containedctx // lives for one call
	packet *packet
	err    error
}

func addRows[T any](s *saving, b bulk, rows []T, add func(args []any, row *T) []any) {
	if s.err == nil {
		s.err = addBulk(s.ctx, s.packet, b, rows, add)
	}
}

func (s *saving) end() error {
	if s.err != nil {
		return s.err
	}
	return s.packet.send(s.ctx)
}

func ticketKey(args []any, r *ticketRow) []any {
	return append(bookingKey(args, r.Booking), int64(r.Ordinal))
}

var holdColumns = []string{"event_id", "sequence", "booking_id", "expires_at"}

func holdArgs(args []any, b *domain.Booking) []any {
	return append(bookingKey(args, b), b.ID.UUID[:], b.ExpiresAt)
}

func bookingKey(args []any, b *domain.Booking) []any {
	return append(args, b.EventID.UUID[:], b.Sequence)
}

func keyArgs(args []any, k *domain.KeyUse) []any {
	var tickets []byte
	for _, id := range k.TicketIDs {
		tickets = append(tickets, id.UUID[:]...)
	}
	var person, booking any
	if k.UserID != (domain.UserID{}) {
		person = k.UserID.UUID[:]
	}
	if k.BookingID != (domain.BookingID{}) {
		booking = k.BookingID.UUID[:]
	}
	return append(args, k.EventID.UUID[:], k.Key[:], k.Request[:], person, booking, tickets)
}

func journalArgs(args []any, j *ports.JournalRow, transaction [16]byte) []any {
	return append(args, j.EventID.UUID[:], j.LastVersion, j.FirstVersion, transaction[:], j.Records)
}
