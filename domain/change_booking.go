package domain

// ChangeBooking changes what a booking asks for; what is nil stays.
type ChangeBooking struct {
	EventID   EventID
	BookingID BookingID
	Quantity  *int    // of one that waits, smaller than it is
	Reference *string // empty for none
	By        string  // who asks, for the journal
}

// Validate names every field that is out of range, with [CodeValidation].
func (c ChangeBooking) Validate() error {
	var errs []error
	if c.Quantity != nil {
		errs = append(errs, checkRange("quantity", *c.Quantity, 1, MaxQuantity))
	}
	if c.Reference != nil {
		errs = append(errs, CheckReference(*c.Reference))
	}
	return Invalid(errs...)
}

func (c ChangeBooking) about() about {
	return about{event: c.EventID, booking: c.BookingID, by: c.By, operation: "change booking", tickets: 1}
}

func (ChangeBooking) need(n *Need, _ *Event) { n.frees(0, 1) }

// decide changes the booking, all of it or nothing. With a smaller quantity it
// keeps its place, and whoever fits now is promoted. Refused, in this order, with
// [ErrBookingNotFound], [ErrEventCancelled], [ErrBookingNotWaiting],
// [ErrValidation].
func (c ChangeBooking) decide(p *part, b *Booking) (Result, error) {
	if p.Status == EventCancelled {
		return Result{}, ErrEventCancelled
	}
	less := 0
	if c.Quantity != nil {
		less = b.Quantity - *c.Quantity
		switch {
		case b.Status != BookingWaiting:
			return Result{}, ErrBookingNotWaiting
		case less < 0:
			return Result{}, InvalidField("quantity", "must be at most %d, which the booking asks for now; book the others anew", b.Quantity)
		}
	}
	reference := b.Reference
	if c.Reference != nil {
		reference = *c.Reference
	}
	if less == 0 && reference == b.Reference {
		return Result{}, nil
	}
	p.change(b, func() { b.Quantity, b.Reference = b.Quantity-less, reference })
	p.record(Record{Kind: BookingChanged, Booking: b, Less: less})
	return Result{}, p.promote()
}
