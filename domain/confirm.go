package domain

import "time"

// Confirm books a held booking for good.
type Confirm struct {
	EventID   EventID
	BookingID BookingID
	Key       IdempotencyKey
	By        string // who asks, for the journal
}

// Validate always succeeds.
func (Confirm) Validate() error { return nil }

func (c Confirm) about() about {
	return about{
		event: c.EventID, booking: c.BookingID, by: c.By, key: c.Key,
		operation: "confirm", request: []string{c.BookingID.String()}, tickets: bookingTickets,
	}
}

func (Confirm) need(n *Need, _ *Event) { n.frees(0, 1) }

// decide books the tickets that are held, if their time is not over. Nothing
// happens to a booking that is booked. Refused, in this order, with
// [ErrBookingNotFound], [ErrEventCancelled], [ErrHoldExpired],
// [ErrBookingCancelled], [ErrBookingNotHeld].
func (Confirm) decide(p *part, b *Booking) (Result, error) {
	if p.Status != EventCancelled && b.Status == BookingBooked {
		return Result{}, nil
	}
	if err := p.refuseUnlessHeld(b); err != nil {
		return Result{}, err
	}
	p.change(b, func() {
		p.holds.end(b)
		b.Status, b.ExpiresAt = BookingBooked, time.Time{}
		for i := range b.Tickets {
			if t := &b.Tickets[i]; t.Status == TicketHeld {
				t.Status, t.BookedAt = TicketBooked, p.now
			}
		}
	})
	p.record(Record{Kind: BookingConfirmed, Booking: b})
	return Result{}, nil
}
