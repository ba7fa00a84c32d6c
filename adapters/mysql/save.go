package mysql

import (
	"context"
	"strings"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

var (
	// The rows are there and locked; so this is the shortest way to write many
	// of them, each with other values.
	updateHeads = bulkInsert("events", eventColumns, "AS new ON DUPLICATE KEY UPDATE "+fromNew(eventColumns[1:]))

	insertTickets = bulkInsert("tickets", []string{
		"event_id", "sequence", "ordinal", "id", "booking_id", "user_id", "identifier", "status",
		"accepted_at", "booked_at", "cancelled_at",
	}, "")
	insertWaitlist = bulkInsert("waitlist", []string{
		"event_id", "sequence", "booking_id", "user_id", "identifier", "quantity", "status", "joined", "joined_at", "left_at",
	}, "")
	insertKeys = bulkInsert("idempotency_keys", []string{
		"event_id", "key_hash", "request_hash", "booking_id", "ticket_id",
	}, "")
	addDepartures = bulkInsert("waitlist_departures", []string{"event_id", "level", "parent", "child", "departed"},
		"AS new ON DUPLICATE KEY UPDATE departed = waitlist_departures.departed + new.departed")
)

// cancelTickets and leaveWaitlist name the primary key, so that no other rows are
// locked however small the table is. Commands of one batch have one time, so
// there is one statement for all of them, or few.
func cancelTickets(at time.Time) bulk {
	return bulk{
		before: "UPDATE tickets FORCE INDEX (PRIMARY) SET status = 'CANCELLED', cancelled_at = ? WHERE (event_id, sequence, ordinal) IN (",
		row:    "(?,?,?)", after: ")", args: []any{at},
	}
}

func leaveWaitlist(at time.Time) bulk {
	return bulk{
		before: "UPDATE waitlist FORCE INDEX (PRIMARY) SET status = 'LEFT', left_at = ? WHERE (event_id, sequence) IN (",
		row:    "(?,?)", after: ")", args: []any{at},
	}
}

func fromNew(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = new." + c
	}
	return strings.Join(set, ", ")
}

// save writes everything, in few statements.
func (c *changes) save(ctx context.Context, p *packet) error {
	if err := addBulk(ctx, p, insertTickets, c.tickets, addTicket); err != nil {
		return err
	}
	if err := addBulk(ctx, p, insertWaitlist, c.joined, addWaitlist); err != nil {
		return err
	}
	for at, tickets := range groupBy(c.cancelled, func(t domain.Ticket) time.Time { return t.CancelledAt }) {
		err := addBulk(ctx, p, cancelTickets(at), tickets, func(args []any, t *domain.Ticket) []any {
			return append(args, t.EventID.UUID[:], t.Sequence, int64(t.Ordinal))
		})
		if err != nil {
			return err
		}
	}
	for at, waits := range groupBy(c.leaving, func(w waitlistRow) time.Time { return w.leftAt }) {
		err := addBulk(ctx, p, leaveWaitlist(at), waits, func(args []any, w *waitlistRow) []any {
			return append(args, w.EventID.UUID[:], w.Sequence)
		})
		if err != nil {
			return err
		}
	}
	err := addBulk(ctx, p, addDepartures, c.departures, func(args []any, d *departure) []any {
		return append(args, d.event.UUID[:], int64(d.level), d.parent, d.child, d.departed)
	})
	if err != nil {
		return err
	}
	if err := addBulk(ctx, p, insertKeys, c.keys, addKey); err != nil {
		return err
	}
	err = addBulk(ctx, p, updateHeads, c.heads, func(args []any, e *domain.Event) []any {
		return append(args, eventArgs(e)...)
	})
	if err != nil {
		return err
	}
	return p.send(ctx)
}

func groupBy[T any](rows []T, key func(T) time.Time) map[time.Time][]T {
	groups := make(map[time.Time][]T)
	for _, row := range rows {
		k := key(row)
		groups[k] = append(groups[k], row)
	}
	return groups
}

func addTicket(args []any, t *ticketRow) []any {
	return append(args, t.EventID.UUID[:], t.Sequence, int64(t.Ordinal), t.ID.UUID[:], t.BookingID.UUID[:], t.UserID.UUID[:],
		t.identifier, string(t.Status), t.acceptedAt, t.BookedAt, timeArg(t.CancelledAt))
}

func addWaitlist(args []any, w *waitlistRow) []any {
	return append(args, w.EventID.UUID[:], w.Sequence, w.ID.UUID[:], w.UserID.UUID[:], w.Identifier, int64(w.Quantity),
		w.status, w.joined, w.CreatedAt, timeArg(w.leftAt))
}

func addKey(args []any, k *keyRow) []any {
	var booking, ticket any
	if k.BookingID != (domain.BookingID{}) {
		booking = k.BookingID.UUID[:]
	}
	if k.TicketID != (domain.TicketID{}) {
		ticket = k.TicketID.UUID[:]
	}
	return append(args, k.event.UUID[:], k.Key[:], k.Request[:], booking, ticket)
}

func timeArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
