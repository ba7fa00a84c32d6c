package domain

import (
	"crypto/sha256"
	"time"
)

// part is one event of a batch: as it is now, and what is known of the rest.
type part struct {
	Event
	before Event // as it was when the batch began
	batch  *Batch

	// Of the command that is being decided.
	stamp   Stamp
	now     time.Time // the event's
	by      string
	touched bool
	numbers int // records so far

	caughtUp bool

	// What was loaded, and what the batch made of it.
	keys     map[[sha256.Size]byte]*KeyRecord
	claims   map[UserID]int
	latest   map[UserID][]*Booking
	tickets  map[TicketID]*Booking
	bookings map[BookingID]*Booking // an entry that is nil says that there is none
	erase    map[UserID][]*Booking
	due      []*Booking
	dueAsked bool

	line      []*Booking // the first of the line, and those who left it; all of it if wholeLine
	wholeLine bool
	holds     holds
}

func newPart(b *Batch, e Event) *part {
	p := &part{Event: e, before: e, batch: b, wholeLine: e.Line.Waiting == 0}
	p.holds.whole = e.HeldTickets == 0
	return p
}

// load takes over what was found of the need. A booking that was found in
// several ways is one.
func (p *part) load(n Need, l *Loaded) {
	p.keys, p.claims = l.Keys, l.Claims
	p.bookings = make(map[BookingID]*Booking, len(l.Bookings)+len(l.Front)+len(l.Due))
	p.latest = make(map[UserID][]*Booking, len(l.Latest))
	p.tickets = make(map[TicketID]*Booking, len(l.Tickets))
	p.erase = make(map[UserID][]*Booking, len(l.Erase))
	for id, b := range l.Bookings {
		if b == nil {
			p.bookings[id] = nil
		} else {
			p.known(b)
		}
	}
	for id, b := range l.Tickets {
		if b == nil {
			p.tickets[id] = nil
		} else {
			p.tickets[id] = p.known(b)
		}
	}
	for u := range l.Latest {
		p.latest[u] = p.allKnown(l.Latest[u])
	}
	for u := range l.Erase {
		p.erase[u] = p.allKnown(l.Erase[u])
	}
	p.line = p.allKnown(l.Front)
	p.wholeLine = len(l.Front) == p.before.Line.Waiting
	p.due, p.dueAsked = p.allKnown(l.Due), !n.Due.IsZero()
	p.holds.next = l.Holds
	p.holds.whole = p.before.HeldTickets == 0 || n.Holds > len(l.Holds)
}

func (p *part) known(b *Booking) *Booking {
	if there := p.bookings[b.ID]; there != nil {
		return there
	}
	own := b.Clone()
	own.Position, own.TicketsAhead = 0, 0 // the line moves on
	p.bookings[b.ID] = &own
	return &own
}

func (p *part) allKnown(bookings []Booking) []*Booking {
	known := make([]*Booking, len(bookings))
	for i := range bookings {
		known[i] = p.known(&bookings[i])
	}
	return known
}

// decide decides a command on this event.
func (p *part) decide(c Command, a about, s Stamp) (Result, error) {
	p.stamp = s
	p.now, p.ClockAhead = p.TimeAt(s.At)
	if !p.caughtUp {
		p.caughtUp = true
		p.begin(ByBoxoffice)
		p.keepClock()
		if err := p.catchUp(); err != nil {
			return Result{}, err
		}
	}
	p.begin(a.by)
	booking, err := p.find(a.booking)
	if err != nil {
		return Result{}, err
	}
	if err := p.checkKey(a); err != nil {
		return Result{}, err
	}
	r, err := c.decide(p, booking)
	if err != nil {
		return Result{}, err
	}
	if err := p.findNextRelease(); err != nil {
		return Result{}, err
	}
	if booking != nil {
		r.Booking = booking.Clone().OfEvent(p.Event)
	}
	p.useKey(a, r)
	return r, nil
}

// keepClock records that the event's time goes on by itself from now on, because
// a clock was ahead once: else it would stand still until something changes.
func (p *part) keepClock() {
	if p.ClockAhead != p.before.ClockAhead && p.Status != EventCancelled {
		p.recordEvent(EventWasChanged, ByBoxoffice)
	}
}

// begin starts what is recorded together, as one version.
func (p *part) begin(by string) {
	p.by, p.touched, p.numbers = by, false, 0
	if by == "" {
		p.by = ByNobody
	}
}

// touch makes the event another version, once for what is recorded together.
func (p *part) touch() {
	if !p.touched {
		p.touched = true
		p.Version++
		p.UpdatedAt = p.now
	}
}

// record records what happened.
func (p *part) record(r Record) {
	p.touch()
	p.numbers++
	r.EventID, r.Version, r.Number, r.At = p.ID, p.Version, p.numbers, p.now
	if r.By == "" {
		r.By = p.by
	}
	if r.Booking != nil {
		own := r.Booking.Clone()
		r.Booking = &own
	}
	p.batch.records = append(p.batch.records, r)
}

// recordEvent records what the event is now.
func (p *part) recordEvent(kind Kind, by string) {
	e := p.Event
	p.record(Record{Kind: kind, By: by, Event: &e})
}

// change lets a booking become another, and keeps the counts.
func (p *part) change(b *Booking, become func()) {
	before := b.claims()
	p.count(b, -1)
	become()
	p.count(b, +1)
	p.claim(b.UserID, b.claims()-before)
}

// claim counts tickets that a person has, or waits for, against their limit.
func (p *part) claim(u UserID, tickets int) {
	if claimed, asked := p.claims[u]; asked {
		p.claims[u] = claimed + tickets
	}
}

// checkUserLimit refuses tickets that a person may not have beside theirs.
func (p *part) checkUserLimit(u UserID, tickets int) error {
	if _, limited := p.MaxTicketsPerUser.Max(); !limited {
		return nil
	}
	claimed, asked := p.claims[u]
	switch {
	case !asked:
		return ErrNotLoaded
	case !p.MaxTicketsPerUser.allows(claimed + tickets):
		return ErrUserLimitReached
	}
	return nil
}

// find finds the booking that a command names; the zero id names none. One whose
// time is over expires, whether or not it is among those that are due first.
func (p *part) find(id BookingID) (*Booking, error) {
	if id == (BookingID{}) {
		return nil, nil
	}
	booking, asked := p.bookings[id]
	switch {
	case !asked:
		return nil, ErrNotLoaded
	case booking == nil:
		return nil, ErrBookingNotFound
	}
	return booking, p.expireIfDue(booking)
}

// checkKey answers a command that was accepted before.
func (p *part) checkKey(a about) error {
	if a.key.IsZero() {
		return nil
	}
	used := a.record()
	switch record, asked := p.keys[used.Key]; {
	case !asked:
		return ErrNotLoaded
	case record == nil:
		return nil
	case record.Request != used.Request:
		return ErrIdempotencyKeyReused
	default:
		return &Repeat{EventID: p.ID, BookingID: record.BookingID, TicketIDs: record.TicketIDs}
	}
}

func (p *part) useKey(a about, r Result) {
	if a.key.IsZero() {
		return
	}
	record := a.record()
	record.BookingID = r.Booking.ID
	for _, t := range r.Tickets {
		record.BookingID = t.BookingID
		record.TicketIDs = append(record.TicketIDs, t.ID)
	}
	p.keys[record.Key] = &record
	p.batch.keys = append(p.batch.keys, KeyUse{p.ID, record})
}

// giveTickets lets a booking have its tickets, held for so many seconds, or
// booked if that is 0.
func (p *part) giveTickets(b *Booking, seconds int) {
	status := TicketBooked
	b.Status, b.Position, b.TicketsAhead = BookingBooked, 0, 0
	if seconds > 0 {
		status = TicketHeld
		p.hold(b, time.Duration(seconds)*time.Second)
	}
	b.Tickets = make([]Ticket, b.Quantity)
	for i := range b.Tickets {
		b.Tickets[i] = Ticket{
			ID:        TicketID{p.stamp.NewID()},
			EventID:   p.ID,
			BookingID: b.ID,
			UserID:    b.UserID,
			Sequence:  b.Sequence,
			Ordinal:   i + 1,
			Status:    status,
			BookedAt:  p.now,
		}
	}
	p.hasTickets(b)
}

// hasTickets notes that a booking is among its person's that have tickets.
func (p *part) hasTickets(b *Booking) {
	if latest, asked := p.latest[b.UserID]; asked && b.live() > 0 {
		p.latest[b.UserID] = append(latest, b)
	}
}

// belongs notes that a booking is another person's now.
func (p *part) belongs(b *Booking) {
	if theirs, asked := p.erase[b.UserID]; asked {
		p.erase[b.UserID] = append(theirs, b)
	}
}

// cancelTickets cancels those tickets of a booking that match, records it, and
// returns them; if that was the last of them, the booking becomes what it is then.
func (p *part) cancelTickets(b *Booking, match func(*Ticket) bool, then BookingStatus) []Ticket {
	r := Record{Kind: TicketsCancelled, Booking: b, Held: b.Status == BookingHeld}
	if then == BookingExpired {
		r.Kind = BookingHasExpired
	}
	p.change(b, func() {
		r.Tickets = b.cancelTickets(p.now, match)
		if b.live() == 0 {
			if b.Status == BookingHeld {
				p.holds.end(b)
			}
			b.Status = then
			if then != BookingExpired {
				b.ExpiresAt = time.Time{}
			}
		}
	})
	p.record(r)
	return r.Tickets
}
