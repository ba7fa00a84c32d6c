package domain

import (
	"fmt"
	"strconv"
	"time"
)

// Book asks for tickets, or for a place in the line where there are none.
type Book struct {
	EventID   EventID
	Person    Person
	Quantity  int    // 1 to MaxQuantity; 0 means 1
	NoWait    bool   // tickets now, or nothing
	Reference string // the seller's own note, at most MaxReferenceLength code points
	Key       IdempotencyKey
	By        string // who asks, for the journal
}

// Validate names every field that is out of range, with [CodeValidation].
func (c Book) Validate() error {
	return Invalid(c.Person.check(), checkRange("quantity", c.quantity(), 1, MaxQuantity), CheckReference(c.Reference))
}

func (c Book) quantity() int {
	if c.Quantity == 0 {
		return 1
	}
	return c.Quantity
}

func (c Book) about() about {
	a := about{event: c.EventID, by: c.By, key: c.Key, person: c.Person.userID, operation: "book", tickets: c.quantity()}
	if !c.Key.IsZero() {
		a.request = []string{c.Person.userID.String(), strconv.Itoa(c.quantity()), fmt.Sprint(c.NoWait), c.Reference}
	}
	return a
}

func (c Book) need(n *Need, _ *Event) { n.claims(c.Person.userID) }

// decide accepts a booking: with tickets if nobody waits and enough are free,
// else with a place at the end of the line. Refused, in this order, with
// [ErrEventCancelled], [ErrEventNotPublished], [ErrSalesNotStarted],
// [ErrSalesEnded], [ErrQuantityOverCapacity], [ErrUserLimitReached],
// [ErrSoldOut], [ErrWaitlistFull].
func (c Book) decide(p *part, _ *Booking) (Result, error) {
	if err := p.closed(); err != nil {
		return Result{}, err
	}
	if err := p.checkSales(); err != nil {
		return Result{}, err
	}
	quantity := c.quantity()
	if quantity > p.TotalTickets {
		return Result{}, ErrQuantityOverCapacity
	}
	if err := p.checkUserLimit(c.Person.userID, quantity); err != nil {
		return Result{}, err
	}
	// Whoever waits comes first, even if too few tickets for them are free.
	waits := p.Line.Waiting > 0 || quantity > p.AvailableTickets
	hasPlace := p.MaxWaitlist.allows(p.Line.Waiting + 1)
	switch {
	case waits && c.NoWait && hasPlace:
		return Result{}, ErrSoldOut
	case waits && c.NoWait:
		refusal := *ErrSoldOut
		refusal.Detail = ErrWaitlistFull.Detail // to join the line would not help
		return Result{}, &refusal
	case waits && !hasPlace:
		return Result{}, ErrWaitlistFull
	}

	p.LastSequence++
	booking := &Booking{
		ID:         BookingID{p.stamp.NewID()},
		EventID:    p.ID,
		UserID:     c.Person.userID,
		Identifier: c.Person.identifier,
		Quantity:   quantity,
		Sequence:   p.LastSequence,
		Reference:  c.Reference,
		CreatedAt:  p.now,
	}
	kind := BookingJoined
	switch {
	case waits:
		p.join(booking)
	case p.HoldSeconds > 0:
		kind = BookingWasHeld
		p.giveTickets(booking, p.HoldSeconds)
	default:
		kind = BookingWasBooked
		p.giveTickets(booking, 0)
	}
	p.count(booking, +1)
	p.claim(booking.UserID, quantity)
	p.belongs(booking)
	p.record(Record{Kind: kind, Booking: booking})
	return Result{Booking: booking.Clone()}, nil
}

// checkSales refuses what is asked for outside the sale window.
func (p *part) checkSales() error {
	switch {
	case p.now.Before(p.SalesStartAt):
		refusal := *ErrSalesNotStarted
		refusal.RetryAfter = p.SalesStartAt.Sub(p.now)
		refusal.Detail = fmt.Sprintf("sales of this event start at %s; try again then", p.SalesStartAt.UTC().Format(time.RFC3339))
		return &refusal
	case !p.SalesEndAt.IsZero() && !p.now.Before(p.SalesEndAt):
		return ErrSalesEnded
	}
	return nil
}
