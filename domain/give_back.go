package domain

// GiveBack gives a whole booking back, whatever it is: it leaves the line, or
// all its tickets are cancelled, and the line moves once.
type GiveBack struct {
	EventID   EventID
	BookingID BookingID
	Key       IdempotencyKey
	By        string // who asks, for the journal
}

// Validate always succeeds.
func (GiveBack) Validate() error { return nil }

func (c GiveBack) about() about {
	return about{
		event: c.EventID, booking: c.BookingID, by: c.By, key: c.Key,
		operation: "give back", request: []string{c.BookingID.String()}, tickets: bookingTickets,
	}
}

// bookingTickets is about how many tickets a booking has of which only the id
// is known.
const bookingTickets = 4

func (GiveBack) need(n *Need, _ *Event) { n.frees(MaxQuantity, 1) }

// decide gives the booking back. Nothing happens to one that is over already,
// also by the cancellation of its event. Refused with [ErrBookingNotFound].
func (GiveBack) decide(p *part, b *Booking) (Result, error) {
	switch {
	case p.Status == EventCancelled || b.isOver():
		return Result{}, nil
	case b.Status == BookingWaiting:
		p.leave(b)
	default:
		p.cancelTickets(b, anyTicket, BookingCancelled)
	}
	return Result{}, p.promote()
}
