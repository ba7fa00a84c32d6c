package domain

import (
	"cmp"
	"slices"
	"strconv"
)

// CancelTickets gives tickets of one person back.
type CancelTickets struct {
	EventID EventID
	Person  Person
	// TicketID names the ticket. The zero value stands for the person's latest:
	// of those that are held or booked, the last one of the booking with the
	// highest sequence, and so on for Quantity of them, all or none.
	TicketID TicketID
	Quantity int // 1 to MaxQuantity; 0 means 1; not beside TicketID
	Key      IdempotencyKey
	By       string // who asks, for the journal
}

// Validate names every field that is missing or out of range, with
// [CodeValidation].
func (c CancelTickets) Validate() error {
	var both error
	if c.TicketID != (TicketID{}) && c.Quantity != 0 {
		both = InvalidField("quantity", "must not be given beside ticketId")
	}
	return Invalid(c.Person.check(), both, checkRange("quantity", c.quantity(), 1, MaxQuantity))
}

func (c CancelTickets) quantity() int {
	if c.Quantity == 0 {
		return 1
	}
	return c.Quantity
}

func (c CancelTickets) about() about {
	a := about{event: c.EventID, by: c.By, key: c.Key, person: c.Person.userID, operation: "cancel tickets", tickets: c.quantity()}
	if !c.Key.IsZero() {
		a.request = []string{c.Person.userID.String(), c.TicketID.String(), strconv.Itoa(c.quantity())}
	}
	return a
}

func (c CancelTickets) need(n *Need, _ *Event) {
	n.frees(c.quantity(), c.quantity())
	if c.TicketID != (TicketID{}) {
		n.Tickets = append(n.Tickets, c.TicketID)
		return
	}
	if n.Latest == nil {
		n.Latest = make(map[UserID]int)
	}
	if _, asked := n.Latest[c.Person.userID]; !asked {
		n.Latest[c.Person.userID] = 0 // [Need.bound] adds what all commands touch
	}
}

// decide cancels the tickets and promotes whoever fits now. A named ticket of
// this person's that is cancelled already is answered as it is. Refused, in this
// order, with [ErrEventCancelled], [ErrEventNotPublished], [ErrTicketNotFound],
// [ErrTooFewTickets].
func (c CancelTickets) decide(p *part, _ *Booking) (Result, error) {
	if c.TicketID != (TicketID{}) {
		return c.decideNamed(p)
	}
	if err := p.closed(); err != nil {
		return Result{}, err
	}
	if _, asked := p.latest[c.Person.userID]; !asked {
		return Result{}, ErrNotLoaded
	}
	for _, b := range p.latest[c.Person.userID] {
		if err := p.expireIfDue(b); err != nil {
			return Result{}, err
		}
	}
	live := 0
	latest := slices.DeleteFunc(slices.Clone(p.latest[c.Person.userID]), func(b *Booking) bool { return b.UserID != c.Person.userID || b.live() == 0 })
	slices.SortFunc(latest, func(a, b *Booking) int { return cmp.Compare(b.Sequence, a.Sequence) })
	latest = slices.Compact(latest)
	for _, b := range latest {
		live += b.live()
	}
	switch {
	case live == 0:
		return Result{}, ErrTicketNotFound
	case live < c.quantity():
		return Result{}, ErrTooFewTickets
	}
	var cancelled []Ticket
	for _, b := range latest {
		left := c.quantity() - len(cancelled)
		if left == 0 {
			break
		}
		skip := max(0, b.live()-left) // the last ones of the booking go
		of := p.cancelTickets(b, func(*Ticket) bool { skip--; return skip < 0 }, BookingCancelled)
		for _, ticket := range slices.Backward(of) {
			cancelled = append(cancelled, ticket)
		}
	}
	return Result{Tickets: cancelled}, p.promote()
}

func (c CancelTickets) decideNamed(p *part) (Result, error) {
	b, asked := p.tickets[c.TicketID]
	if !asked {
		return Result{}, ErrNotLoaded
	}
	var ticket *Ticket
	if b != nil && b.UserID == c.Person.userID {
		if err := p.expireIfDue(b); err != nil {
			return Result{}, err
		}
		shown := b.OfEvent(p.Event)
		for i := range shown.Tickets {
			if shown.Tickets[i].ID == c.TicketID {
				ticket = &shown.Tickets[i]
			}
		}
	}
	if ticket != nil && ticket.Status == TicketCancelled {
		return Result{Tickets: []Ticket{*ticket}}, nil
	}
	if err := p.closed(); err != nil {
		return Result{}, err
	}
	if ticket == nil {
		return Result{}, ErrTicketNotFound
	}
	cancelled := p.cancelTickets(b, func(t *Ticket) bool { return t.ID == c.TicketID }, BookingCancelled)
	return Result{Tickets: cancelled}, p.promote()
}
