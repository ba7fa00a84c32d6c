package domain

// LeaveWaitlist takes a booking out of the line.
type LeaveWaitlist struct {
	EventID   EventID
	BookingID BookingID
	By        string // who asks, for the journal
}

// Validate always succeeds.
func (LeaveWaitlist) Validate() error { return nil }

func (c LeaveWaitlist) about() about {
	return about{event: c.EventID, booking: c.BookingID, by: c.By, operation: "leave waitlist", tickets: 1}
}

func (LeaveWaitlist) need(n *Need, _ *Event) { n.frees(0, 1) }

// decide takes the booking out and promotes whoever fits now. Nothing happens
// if it left already or the event is cancelled. Refused with
// [ErrBookingNotFound], [ErrBookingNotWaiting].
func (LeaveWaitlist) decide(p *part, b *Booking) (Result, error) {
	switch {
	case p.Status == EventCancelled:
		return Result{}, nil
	case len(b.Tickets) > 0:
		return Result{}, ErrBookingNotWaiting
	case b.isOver():
		return Result{}, nil
	}
	p.leave(b)
	return Result{}, p.promote()
}
