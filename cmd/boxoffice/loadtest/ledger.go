package loadtest

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
)

// ledger is what the clients were told about one event.
type ledger struct {
	promises []*promise // of one client after the other, each in its order
	clients  []int32    // whose they are
	places   map[uuid.UUID]int32
	attempts map[string]attempt // by identifier
}

func newLedger() *ledger {
	return &ledger{places: make(map[uuid.UUID]int32), attempts: make(map[string]attempt)}
}

func (l *ledger) addPromise(p *promise, client int) {
	l.places[p.booking] = int32(len(l.promises))
	l.promises = append(l.promises, p)
	l.clients = append(l.clients, int32(client))
}

// reading holds an event's bookings against the ledger, one after another.
type reading struct {
	*ledger
	wrong     violations
	sequences []int64         // of the promises; 0 until they were found
	explained map[string]bool // identifiers whose attempt was found
	bookings  int
	tickets   []uuid.UUID
	holds     bool // of the event
	booked    int  // tickets
	held      int  // tickets
	last      int64
	waiting   int
	head      listedBooking // of the line
}

func newReading(l *ledger, holds bool) *reading {
	return &reading{ledger: l, holds: holds, sequences: make([]int64, len(l.promises)), explained: make(map[string]bool)}
}

// booking checks the next booking, by sequence.
func (r *reading) booking(b *listedBooking) {
	r.bookings++
	if b.Sequence <= r.last {
		r.wrong.add("sequence %d comes after sequence %d", b.Sequence, r.last)
	}
	r.last = b.Sequence
	r.booked += b.count("BOOKED")
	r.held += b.count("HELD")
	for _, t := range b.Tickets {
		r.tickets = append(r.tickets, t.ID)
	}
	switch {
	case b.Status == "WAITING":
		r.waiting++
		if r.waiting == 1 {
			r.head = *b
		}
		if int(b.Position) != r.waiting {
			r.wrong.add("%s of %s is number %d in the line and has position %d", b.ID, b.Identifier, r.waiting, b.Position)
		}
	case r.waiting > 0 && len(b.Tickets) > 0:
		r.wrong.add("%s of %s got tickets with sequence %d while %s waits with sequence %d",
			b.ID, b.Identifier, b.Sequence, r.head.Identifier, r.head.Sequence)
	}
	r.compare(b)
}

// compare checks a booking against what its caller was told.
func (r *reading) compare(b *listedBooking) {
	place, promised := r.places[b.ID]
	switch {
	case !promised:
		if !r.wasAttempted(b) {
			r.wrong.add("%s of %s is there, and nobody was told so", b.ID, b.Identifier)
		}
	case r.sequences[place] != 0:
		r.wrong.add("%s of %s is there twice", b.ID, b.Identifier)
	default:
		r.sequences[place] = b.Sequence
		if rule := r.promises[place].compare(b, r.holds); rule != "" {
			r.wrong.add("%s of %s %s", b.ID, identifier(r.promises[place].person), rule)
		}
	}
}

// wasAttempted reports whether a booking comes from a call that was not
// answered; each explains one booking.
func (r *reading) wasAttempted(b *listedBooking) bool {
	a, attempted := r.attempts[b.Identifier]
	if !attempted || a.quantity != b.Quantity || r.explained[b.Identifier] {
		return false
	}
	r.explained[b.Identifier] = true
	return true
}

// finish checks what only the whole shows.
func (r *reading) finish(s statusAnswer) {
	if r.booked+r.held+s.AvailableTickets != s.TotalTickets {
		r.wrong.add("%d tickets are booked and %d available, of %d", r.booked+r.held, s.AvailableTickets, s.TotalTickets)
	}
	if r.held != s.HeldTickets {
		r.wrong.add("%d tickets are held, and the status says %d", r.held, s.HeldTickets)
	}
	if r.waiting != s.WaitingListCount {
		r.wrong.add("%d bookings wait, and the status says %d", r.waiting, s.WaitingListCount)
	}
	if r.waiting > 0 && r.head.Quantity <= s.AvailableTickets {
		r.wrong.add("%d tickets lie idle while %s waits for %d", s.AvailableTickets, r.head.Identifier, r.head.Quantity)
	}
	for i, sequence := range r.sequences {
		switch p := r.promises[i]; {
		case sequence == 0:
			r.wrong.add("%s was promised to %s and is not there", p.booking, identifier(p.person))
		case i > 0 && r.clients[i] == r.clients[i-1] && sequence <= r.sequences[i-1]:
			r.wrong.add("%s of %s was accepted later than %s, with a lower sequence", p.booking, identifier(p.person), r.promises[i-1].booking)
		}
	}
	slices.SortFunc(r.tickets, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	for i := range r.tickets {
		if i > 0 && r.tickets[i] == r.tickets[i-1] {
			r.wrong.add("ticket %s is there twice", r.tickets[i])
		}
	}
}
