package domain

import (
	"errors"
	"slices"
)

// Batch is what many commands are decided in, one after another, each seeing
// what those before it did. A store makes it from the heads of events and saves
// what came out of it, in one transaction.
//
// A Batch is not safe for concurrent use.
type Batch struct {
	parts map[EventID]*part
	order []*part
	facts []Fact
	err   error
}

// NewBatch starts a batch on events. What comes out of it may be saved only if
// nobody else has changed them meanwhile.
func NewBatch(events []Event) *Batch {
	b := &Batch{parts: make(map[EventID]*part, len(events)), order: make([]*part, len(events))}
	for i, e := range events {
		p := newPart(b, e)
		b.order[i], b.parts[e.ID] = p, p
	}
	return b
}

// Load adds what a store found of a need; see [NewLoaded].
func (b *Batch) Load(n Need, l *Loaded) {
	b.parts[n.EventID].load(n, l)
}

// Facts returns what happened, in order.
func (b *Batch) Facts() []Fact { return b.facts }

// Changed returns the events that something happened to, as they are now, in
// the order in which they were given.
func (b *Batch) Changed() []Event {
	var changed []Event
	for _, p := range b.order {
		if p.Version != p.before.Version {
			changed = append(changed, p.Event)
		}
	}
	return changed
}

// Err returns [ErrNotLoaded] if a decision could not be made; then nothing of
// the batch may be saved.
func (b *Batch) Err() error { return b.err }

// Book accepts a booking: with tickets if nobody waits and enough are free,
// else with a place at the end of the line. Refused, in this order, with
// [ErrValidation], [ErrEventNotFound], [ErrIdempotencyKeyReused],
// [ErrEventCancelled], [ErrEventNotPublished], [ErrQuantityOverCapacity],
// [ErrUserLimitReached], [ErrWaitlistFull]. A command that was accepted before
// is answered with a [*Repeat].
func (b *Batch) Book(c Book, s Stamp) (Booking, error) {
	if err := c.Validate(); err != nil {
		return Booking{}, err
	}
	p, err := b.open(c.EventID, c.Key)
	if err != nil {
		return Booking{}, b.fail(err)
	}
	if err := p.checkOpen(); err != nil {
		return Booking{}, err
	}
	if c.Quantity > p.TotalTickets {
		return Booking{}, ErrQuantityOverCapacity
	}
	if err := p.checkUserLimit(c); err != nil {
		return Booking{}, b.fail(err)
	}
	// Whoever waits comes first, even if too few tickets for them are free.
	waits := p.WaitingCount > 0 || c.Quantity > p.AvailableTickets
	if waits && !p.MaxWaitlist.allows(p.WaitingCount+1) {
		return Booking{}, ErrWaitlistFull
	}

	p.touch(s)
	p.LastSequence++
	booking := Booking{
		ID:         BookingID{s.NewID()},
		EventID:    p.ID,
		UserID:     c.Person.userID,
		Identifier: c.Person.identifier,
		Quantity:   c.Quantity,
		Sequence:   p.LastSequence,
		CreatedAt:  p.UpdatedAt,
	}
	p.hold(booking.UserID, booking.Quantity)
	if waits {
		booking = p.join(booking)
	} else {
		booking = p.giveTickets(booking, s)
		b.record(TicketsBooked{booking})
	}
	p.useKey(c.Key, booking.ID, TicketID{})
	return booking, nil
}

// CancelTicket gives one booked ticket back and promotes whoever fits now. A
// ticket of this person's that is cancelled already is answered as it is.
// Refused, in this order, with [ErrValidation], [ErrEventNotFound],
// [ErrIdempotencyKeyReused], [ErrEventCancelled], [ErrEventNotPublished],
// [ErrTicketNotFound]. A command that was accepted before is answered with a
// [*Repeat].
func (b *Batch) CancelTicket(c CancelTicket, s Stamp) (Ticket, error) {
	if err := c.Validate(); err != nil {
		return Ticket{}, err
	}
	p, err := b.open(c.EventID, c.Key)
	if err != nil {
		return Ticket{}, b.fail(err)
	}
	ticket, found, err := p.findTicket(c)
	if err != nil {
		return Ticket{}, b.fail(err)
	}
	if found && ticket.Status == TicketCancelled {
		p.useKey(c.Key, ticket.BookingID, ticket.ID)
		return ticket, nil
	}
	if err := p.checkOpen(); err != nil {
		return Ticket{}, err
	}
	if !found {
		return Ticket{}, ErrTicketNotFound
	}

	p.touch(s)
	ticket.Status, ticket.CancelledAt = TicketCancelled, p.UpdatedAt
	p.giveBack(ticket)
	b.record(TicketGivenBack{ticket})
	p.useKey(c.Key, ticket.BookingID, ticket.ID)
	return ticket, b.fail(p.promoteAll(s))
}

// LeaveWaitlist takes a booking out of the line and promotes whoever fits now.
// Nothing happens if it left already or the event is cancelled. Refused with
// [ErrEventNotFound], [ErrBookingNotFound], [ErrBookingNotWaiting].
func (b *Batch) LeaveWaitlist(c LeaveWaitlist, s Stamp) error {
	p, ok := b.parts[c.EventID]
	if !ok {
		return ErrEventNotFound
	}
	booking, err := p.findBooking(c.BookingID)
	switch {
	case err != nil:
		return b.fail(err)
	case booking == nil:
		return ErrBookingNotFound
	case p.Status == EventCancelled:
		return nil
	case len(booking.Tickets) > 0:
		return ErrBookingNotWaiting
	case booking.Status == BookingCancelled:
		return nil
	}

	p.touch(s)
	p.leave(*booking)
	return b.fail(p.promoteAll(s))
}

// ChangeEvent changes an event's settings, all of them or, when it is refused,
// none. A larger capacity promotes whoever fits now; if that would promote
// more than [PromotionStep] bookings, the capacity is raised only as far as it
// promotes: the event that comes back has less than was asked for, and the
// command is to be sent again. Refused, in this order, with [ErrValidation],
// [ErrEventNotFound], [ErrPreconditionFailed], [ErrEventCancelled],
// [ErrCapacityBelowBooked], [ErrCapacityBelowWaiting].
func (b *Batch) ChangeEvent(c ChangeEvent, s Stamp) (Event, error) {
	if err := c.Validate(); err != nil {
		return Event{}, err
	}
	p, ok := b.parts[c.EventID]
	switch {
	case !ok:
		return Event{}, ErrEventNotFound
	case c.IfVersions != nil && !slices.Contains(c.IfVersions, p.Version):
		return Event{}, ErrPreconditionFailed
	case p.Status == EventCancelled:
		return Event{}, ErrEventCancelled
	}
	changed, err := p.with(c)
	if err != nil {
		return Event{}, b.fail(err)
	}
	if changed == p.Event {
		return p.Event, nil
	}

	raised := changed.TotalTickets > p.TotalTickets
	p.Event = changed
	p.touch(s)
	changed = p.Event
	before := len(b.facts)
	if raised {
		if err := p.promoteStep(s); err != nil {
			return Event{}, b.fail(err)
		}
		changed.AvailableTickets -= changed.TotalTickets - p.TotalTickets
		changed.TotalTickets = p.TotalTickets
	}
	// The change comes first, though how far it goes was found by promoting.
	b.facts = slices.Insert(b.facts, before, Fact(EventChanged{changed}))
	return p.Event, nil
}

// CancelEvent cancels an event for good; nothing happens if it is already.
// Refused with [ErrEventNotFound].
func (b *Batch) CancelEvent(c CancelEvent, s Stamp) (Event, error) {
	p, ok := b.parts[c.EventID]
	if !ok {
		return Event{}, ErrEventNotFound
	}
	if p.Status == EventCancelled {
		return p.Event, nil
	}
	p.touch(s)
	p.Status, p.AvailableTickets, p.WaitingCount = EventCancelled, 0, 0
	b.record(EventCalledOff{p.Event})
	return p.Event, nil
}

func (b *Batch) record(f Fact) { b.facts = append(b.facts, f) }

// fail passes an error on, and remembers it if it sinks the whole batch.
func (b *Batch) fail(err error) error {
	if errors.Is(err, ErrNotLoaded) {
		b.err = err
	}
	return err
}

// open finds the event that a command is for, unless the command is a repeat.
func (b *Batch) open(id EventID, key IdempotencyKey) (*part, error) {
	p, ok := b.parts[id]
	if !ok {
		return nil, ErrEventNotFound
	}
	if key.IsZero() {
		return p, nil
	}
	switch record, asked := p.loaded.Keys[key.Key]; {
	case !asked:
		return nil, ErrNotLoaded
	case record == nil:
		return p, nil
	case record.Request != key.Request:
		return nil, ErrIdempotencyKeyReused
	default:
		return nil, &Repeat{EventID: id, BookingID: record.BookingID, TicketID: record.TicketID}
	}
}
