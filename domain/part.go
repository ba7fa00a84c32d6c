package domain

import "maps"

// part is one event of a batch: its head as it is now, and what is known of
// the rest.
type part struct {
	Event
	before Event // as it was when the batch began
	batch  *Batch
	loaded *Loaded

	line       []Booking // the first of the line, and all of it if wholeLine
	wholeLine  bool
	left       map[BookingID]bool // have left in this batch, though still in line
	cancelled  map[TicketID]bool  // were cancelled in this batch
	quantities bool               // loaded.Quantities counts the whole line as it was before
}

func newPart(b *Batch, e Event) *part {
	empty := e.WaitingCount == 0
	return &part{Event: e, before: e, batch: b, loaded: &Loaded{}, wholeLine: empty, quantities: empty}
}

// load takes over what was found of the need.
func (p *part) load(n Need, l *Loaded) {
	p.loaded = l
	p.quantities = p.quantities || n.Quantities
	p.line = l.Front
	p.wholeLine = len(l.Front) == p.before.WaitingCount
}

// touch makes the event another version. Its times never go back, whatever
// the clocks of several servers say.
func (p *part) touch(s Stamp) {
	p.Version++
	if s.At.After(p.UpdatedAt) {
		p.UpdatedAt = s.At
	}
}

func (p *part) checkOpen() error {
	switch p.Status {
	case EventCancelled:
		return ErrEventCancelled
	case EventDraft:
		return ErrEventNotPublished
	default:
		return nil
	}
}

func (p *part) checkUserLimit(c Book) error {
	if _, limited := p.MaxTicketsPerUser.Max(); !limited {
		return nil
	}
	held, asked := p.loaded.Holdings[c.Person.userID]
	switch {
	case !asked:
		return ErrNotLoaded
	case !p.MaxTicketsPerUser.allows(held + c.Quantity):
		return ErrUserLimitReached
	}
	return nil
}

// hold counts tickets that a person has, or waits for, against their limit.
func (p *part) hold(u UserID, tickets int) {
	if held, asked := p.loaded.Holdings[u]; asked {
		p.loaded.Holdings[u] = held + tickets
	}
}

func (p *part) useKey(k IdempotencyKey, booking BookingID, ticket TicketID) {
	if k.IsZero() {
		return
	}
	record := KeyRecord{IdempotencyKey: k, BookingID: booking, TicketID: ticket}
	p.loaded.Keys[k.Key] = &record
	p.batch.record(KeyUsed{EventID: p.ID, Record: record})
}

// giveTickets turns a booking into a booked one.
func (p *part) giveTickets(b Booking, s Stamp) Booking {
	b.Status, b.Position = BookingBooked, 0
	b.Tickets = make([]Ticket, b.Quantity)
	for i := range b.Tickets {
		b.Tickets[i] = Ticket{
			ID:        TicketID{s.NewID()},
			EventID:   p.ID,
			BookingID: b.ID,
			UserID:    b.UserID,
			Sequence:  b.Sequence,
			Ordinal:   i + 1,
			Status:    TicketBooked,
			BookedAt:  p.UpdatedAt,
		}
	}
	p.AvailableTickets -= b.Quantity
	if latest, asked := p.loaded.Latest[b.UserID]; asked {
		p.loaded.Latest[b.UserID] = append(latest, b.Tickets...)
	}
	p.knowBooking(b)
	return b
}

func (p *part) giveBack(t Ticket) {
	if p.cancelled == nil {
		p.cancelled = make(map[TicketID]bool)
	}
	p.cancelled[t.ID] = true
	p.AvailableTickets++
	p.hold(t.UserID, -1)
	p.knowTicket(t)
}

// findTicket finds the ticket that a command cancels, whatever its status.
func (p *part) findTicket(c CancelTicket) (t Ticket, found bool, err error) {
	if c.TicketID != (TicketID{}) {
		switch t, asked := p.loaded.Tickets[c.TicketID]; {
		case !asked:
			return Ticket{}, false, ErrNotLoaded
		case t == nil || t.UserID != c.Person.userID:
			return Ticket{}, false, nil
		default:
			return t.OfEvent(p.Event), true, nil
		}
	}
	latest, asked := p.loaded.Latest[c.Person.userID]
	if !asked {
		return Ticket{}, false, ErrNotLoaded
	}
	for _, candidate := range latest {
		if !p.cancelled[candidate.ID] && (!found || candidate.after(t)) {
			t, found = candidate, true
		}
	}
	return t, found, nil
}

// after reports whether t comes after u in the event's order of tickets.
func (t Ticket) after(u Ticket) bool {
	return t.Sequence > u.Sequence || t.Sequence == u.Sequence && t.Ordinal > u.Ordinal
}

func (p *part) findBooking(id BookingID) (*Booking, error) {
	booking, asked := p.loaded.Bookings[id]
	if !asked {
		return nil, ErrNotLoaded
	}
	return booking, nil
}

// knowTicket and knowBooking let later commands of the batch see what became
// of the things that they ask for.
func (p *part) knowTicket(t Ticket) {
	if _, asked := p.loaded.Tickets[t.ID]; asked {
		known := t // t itself need not escape
		p.loaded.Tickets[t.ID] = &known
	}
}

func (p *part) knowBooking(b Booking) {
	if _, asked := p.loaded.Bookings[b.ID]; asked {
		known := b
		p.loaded.Bookings[b.ID] = &known
	}
}

// with returns the event with other settings.
func (p *part) with(c ChangeEvent) (Event, error) {
	e := p.Event
	if c.Name != nil {
		e.Name = *c.Name
	}
	if c.MaxTicketsPerUser != nil {
		e.MaxTicketsPerUser = *c.MaxTicketsPerUser
	}
	if c.MaxWaitlist != nil {
		e.MaxWaitlist = *c.MaxWaitlist
	}
	if c.Publish {
		e.Status = EventPublished
	}
	if c.TotalTickets != nil {
		e.TotalTickets = *c.TotalTickets
		e.AvailableTickets = e.TotalTickets - p.booked()
		if err := p.checkCapacity(e.TotalTickets); err != nil {
			return Event{}, err
		}
	}
	return e, nil
}

func (p *part) checkCapacity(total int) error {
	if total < p.booked() {
		return ErrCapacityBelowBooked
	}
	if total >= p.TotalTickets || total >= MaxQuantity || p.WaitingCount == 0 {
		return nil // nobody can be waiting for more
	}
	if !p.quantities {
		return ErrNotLoaded
	}
	for quantity, bookings := range p.waitingQuantities() {
		if bookings > 0 && quantity > total {
			return ErrCapacityBelowWaiting
		}
	}
	return nil
}

// waitingQuantities counts the bookings that wait now by their quantity. It
// reads the batch's facts rather than keeping counts: few batches ask.
func (p *part) waitingQuantities() map[int]int {
	counts := make(map[int]int)
	maps.Copy(counts, p.loaded.Quantities)
	count := func(b Booking, n int) {
		if b.EventID == p.ID {
			counts[b.Quantity] += n
		}
	}
	for _, f := range p.batch.facts {
		switch f := f.(type) {
		case WaitlistJoined:
			count(f.Booking, +1)
		case WaitlistLeft:
			count(f.Booking, -1)
		case BookingPromoted:
			count(f.Booking, -1)
		}
	}
	return counts
}
