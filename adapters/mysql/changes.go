package mysql

import (
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

// changes are a batch's facts, folded so that each row is written once, as it
// is in the end.
type changes struct {
	heads      []domain.Event
	tickets    []ticketRow     // new
	cancelled  []domain.Ticket // were there before
	joined     []waitlistRow   // new
	leaving    []waitlistRow   // were there before
	departures []departure
	keys       []keyRow
}

// ticketRow is a ticket with what its row knows of the booking.
type ticketRow struct {
	domain.Ticket
	identifier string
	acceptedAt time.Time
}

// waitlistRow is a booking that joined the line.
type waitlistRow struct {
	domain.Booking
	status string
	joined int64
	leftAt time.Time // zero unless it left
}

// The statuses of the line's rows. That a booking was promoted follows from the
// event's last_promoted: a promotion writes nothing into the line.
const (
	joined = "JOINED"
	left   = "LEFT"
)

type keyRow struct {
	domain.KeyRecord
	event domain.EventID
}

func changesOf(batch *domain.Batch) *changes {
	c := &changes{heads: batch.Changed()}
	var leaving []waitlistRow
	var cancelled []domain.Ticket
	for _, fact := range batch.Facts() {
		switch f := fact.(type) {
		case domain.TicketsBooked:
			c.addTickets(f.Booking)
		case domain.WaitlistJoined:
			c.joined = append(c.joined, waitlistRow{Booking: f.Booking, status: joined, joined: f.Joined})
		case domain.WaitlistLeft:
			leaving = append(leaving, waitlistRow{Booking: f.Booking, status: left, leftAt: f.At})
		case domain.BookingPromoted:
			c.addTickets(f.Booking)
		case domain.TicketGivenBack:
			cancelled = append(cancelled, f.Ticket)
		case domain.KeyUsed:
			c.keys = append(c.keys, keyRow{KeyRecord: f.Record, event: f.EventID})
		case domain.EventChanged, domain.EventCalledOff: // their heads say it all
		}
	}
	c.departures = departuresOf(leaving)
	c.leave(leaving)
	c.cancel(cancelled)
	return c
}

func (c *changes) addTickets(b domain.Booking) {
	for _, t := range b.Tickets {
		c.tickets = append(c.tickets, ticketRow{Ticket: t, identifier: b.Identifier, acceptedAt: b.CreatedAt})
	}
}

// leave tells bookings that joined in this batch from those that did before.
func (c *changes) leave(leaving []waitlistRow) {
	if len(leaving) == 0 {
		return
	}
	fresh := make(map[domain.BookingID]int, len(c.joined))
	for i, row := range c.joined {
		fresh[row.ID] = i
	}
	for _, row := range leaving {
		if i, ok := fresh[row.ID]; ok {
			c.joined[i].status, c.joined[i].leftAt = row.status, row.leftAt
		} else {
			c.leaving = append(c.leaving, row)
		}
	}
}

// cancel tells tickets that were booked in this batch from those before.
func (c *changes) cancel(cancelled []domain.Ticket) {
	if len(cancelled) == 0 {
		return
	}
	fresh := make(map[domain.TicketID]int, len(c.tickets))
	for i, row := range c.tickets {
		fresh[row.ID] = i
	}
	for _, t := range cancelled {
		if i, ok := fresh[t.ID]; ok {
			c.tickets[i].Ticket = t
		} else {
			c.cancelled = append(c.cancelled, t)
		}
	}
}

// proof picks a row that nobody else can have written just so.
func (c *changes) proof(ids []domain.EventID) *proof {
	p := &proof{ids: ids, changed: c.heads, decisive: true}
	switch {
	case len(c.tickets) > 0:
		t := c.tickets[0]
		p.table, p.row = "tickets", sq.Eq{"event_id": t.EventID.UUID[:], "sequence": t.Sequence, "ordinal": t.Ordinal, "id": t.ID.UUID[:]}
	case len(c.joined) > 0:
		w := c.joined[0]
		p.table, p.row = "waitlist", sq.Eq{"event_id": w.EventID.UUID[:], "sequence": w.Sequence, "booking_id": w.ID.UUID[:]}
	case len(c.cancelled) > 0:
		t := c.cancelled[0]
		p.table, p.row = "tickets", sq.Eq{"event_id": t.EventID.UUID[:], "sequence": t.Sequence, "ordinal": t.Ordinal, "cancelled_at": t.CancelledAt}
	case len(c.leaving) > 0:
		w := c.leaving[0]
		p.table, p.row = "waitlist", sq.Eq{"event_id": w.EventID.UUID[:], "sequence": w.Sequence, "status": w.status, "left_at": w.leftAt}
	case len(c.keys) > 0:
		k := c.keys[0]
		p.table, p.row = "idempotency_keys", sq.Eq{"event_id": k.event.UUID[:], "key_hash": k.Key[:], "booking_id": k.BookingID.UUID[:]}
	default:
		e := c.heads[0]
		p.table, p.row = "events", sq.Eq{"id": e.ID.UUID[:], "version": e.Version, "updated_at": e.UpdatedAt}
		p.decisive = false
	}
	return p
}
