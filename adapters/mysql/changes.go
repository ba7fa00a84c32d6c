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
	ended      []waitlistRow   // were there before
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
	status  string
	joined  int64
	endedAt time.Time // zero while it waits
}

// What became of a booking that joined the line, as the rows have it.
const (
	waiting  = "WAITING"
	promoted = "PROMOTED"
	left     = "LEFT"
)

type keyRow struct {
	domain.KeyRecord
	event domain.EventID
}

func changesOf(batch *domain.Batch) *changes {
	c := &changes{heads: batch.Changed()}
	var ended []waitlistRow
	var cancelled []domain.Ticket
	for _, fact := range batch.Facts() {
		switch f := fact.(type) {
		case domain.TicketsBooked:
			c.addTickets(f.Booking)
		case domain.WaitlistJoined:
			c.joined = append(c.joined, waitlistRow{Booking: f.Booking, status: waiting, joined: f.Joined})
		case domain.WaitlistLeft:
			ended = append(ended, waitlistRow{Booking: f.Booking, status: left, endedAt: f.At})
		case domain.BookingPromoted:
			c.addTickets(f.Booking)
			ended = append(ended, waitlistRow{Booking: f.Booking, status: promoted, endedAt: f.Booking.Tickets[0].BookedAt})
		case domain.TicketGivenBack:
			cancelled = append(cancelled, f.Ticket)
		case domain.KeyUsed:
			c.keys = append(c.keys, keyRow{KeyRecord: f.Record, event: f.EventID})
		case domain.EventChanged, domain.EventCalledOff: // their heads say it all
		}
	}
	c.departures = departuresOf(ended)
	c.end(ended)
	c.cancel(cancelled)
	return c
}

func (c *changes) addTickets(b domain.Booking) {
	for _, t := range b.Tickets {
		c.tickets = append(c.tickets, ticketRow{Ticket: t, identifier: b.Identifier, acceptedAt: b.CreatedAt})
	}
}

// end tells bookings that joined in this batch from those that did before.
func (c *changes) end(ended []waitlistRow) {
	if len(ended) == 0 {
		return
	}
	fresh := make(map[domain.BookingID]int, len(c.joined))
	for i, row := range c.joined {
		fresh[row.ID] = i
	}
	for _, row := range ended {
		if i, ok := fresh[row.ID]; ok {
			c.joined[i].status, c.joined[i].endedAt = row.status, row.endedAt
		} else {
			c.ended = append(c.ended, row)
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
	case len(c.ended) > 0:
		w := c.ended[0]
		p.table, p.row = "waitlist", sq.Eq{"event_id": w.EventID.UUID[:], "sequence": w.Sequence, "status": w.status, "ended_at": w.endedAt}
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
