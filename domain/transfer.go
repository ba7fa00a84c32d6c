package domain

// Transfer gives a booking to another person, with its id, its place and its
// tickets.
type Transfer struct {
	EventID   EventID
	BookingID BookingID
	Person    Person
	Key       IdempotencyKey
	By        string // who asks, for the journal
}

// Validate names every field that is missing, with [CodeValidation].
func (c Transfer) Validate() error { return c.Person.check() }

func (c Transfer) about() about {
	a := about{
		event: c.EventID, booking: c.BookingID, by: c.By, key: c.Key, person: c.Person.userID,
		operation: "transfer", tickets: bookingTickets,
	}
	if !c.Key.IsZero() {
		a.request = []string{c.BookingID.String(), c.Person.userID.String()}
	}
	return a
}

func (c Transfer) need(n *Need, _ *Event) {
	n.frees(0, 1)
	n.claims(c.Person.userID)
}

// decide gives the booking to the person, whose limit is judged by all that
// they would have and wait for. To whom it belongs already, only their
// identifier is written as it is now. Refused, in this order, with
// [ErrBookingNotFound], [ErrEventCancelled], [ErrHoldExpired],
// [ErrBookingCancelled], [ErrUserLimitReached].
func (c Transfer) decide(p *part, b *Booking) (Result, error) {
	switch {
	case p.Status == EventCancelled:
		return Result{}, ErrEventCancelled
	case b.Status == BookingExpired:
		return Result{}, ErrHoldExpired
	case b.Status == BookingCancelled:
		return Result{}, ErrBookingCancelled
	case b.UserID == c.Person.userID:
		if b.Identifier != c.Person.identifier {
			b.Identifier = c.Person.identifier
			p.record(Record{Kind: BookingChanged, Booking: b})
		}
		return Result{}, nil
	}
	if err := p.checkUserLimit(c.Person.userID, b.claims()); err != nil {
		return Result{}, err
	}
	from := b.UserID
	p.claim(from, -b.claims())
	b.wear(c.Person.userID, c.Person.identifier)
	b.Transfers++
	p.claim(b.UserID, b.claims())
	p.hasTickets(b)
	p.belongs(b)
	p.record(Record{Kind: BookingTransferred, Booking: b, From: from})
	return Result{}, nil
}
