package domain

import "crypto/sha256"

// PromotionStep is the most bookings that one larger capacity promotes at a
// time: it bounds how long one command can hold an event up.
const PromotionStep = 1000

// Need is the part of an event, beyond its head, that a batch of commands is
// decided by. What it doesn't ask for need not be read, however large the
// event is; most bookings ask for nothing.
type Need struct {
	EventID EventID
	// Keys are idempotency keys that may have been used.
	Keys [][sha256.Size]byte
	// Holdings are people whose tickets count against a limit.
	Holdings []UserID
	// Latest says how many of a person's latest booked tickets are asked for.
	Latest map[UserID]int
	// Tickets are asked for by their ids.
	Tickets []TicketID
	// Bookings are asked for by their ids.
	Bookings []BookingID
	// Front is how many of the line's first bookings are asked for.
	Front int
	// Quantities asks how many waiting bookings there are of each quantity.
	Quantities bool

	limited bool           // a limit per person may hold when a booking is decided
	freeing bool           // some command can free tickets or a place in the line
	leaving int            // commands that leave the line
	largest int            // the largest capacity the event may have
	freed   int            // tickets that cancellations can free
	raises  int            // commands that may raise the capacity
	named   map[UserID]int // tickets of a person that are cancelled by their ids
	seen    map[UserID]bool
}

// NeedsOf says what the commands need of the events, in any order; what it
// leaves out needs nothing. Commands on other events are passed over.
func NeedsOf(events []Event, commands []Command) []Need {
	needs := make([]Need, len(events))
	byID := make(map[EventID]*Need, len(events))
	for i, e := range events {
		needs[i] = Need{EventID: e.ID, largest: e.TotalTickets}
		_, needs[i].limited = e.MaxTicketsPerUser.Max()
		byID[e.ID] = &needs[i]
	}
	for _, c := range commands { // first what makes other commands need more
		if change, ok := c.(ChangeEvent); ok && byID[change.EventID] != nil {
			byID[change.EventID].prepare(change)
		}
	}
	for _, c := range commands {
		if n := byID[c.Event()]; n != nil {
			c.need(n)
		}
	}
	asked := needs[:0]
	for i, e := range events {
		needs[i].bound(e)
		if !needs[i].empty() {
			asked = append(asked, needs[i])
		}
	}
	return asked
}

func (n *Need) prepare(c ChangeEvent) {
	if c.MaxTicketsPerUser != nil && c.MaxTicketsPerUser.set {
		n.limited = true
	}
	if c.TotalTickets != nil {
		n.raises++
		n.freeing = true
		n.largest = max(n.largest, *c.TotalTickets)
		// A booking that waits asks for MaxQuantity at most.
		n.Quantities = n.Quantities || *c.TotalTickets < MaxQuantity
	}
}

// bound finds how much can matter, now that all commands are known. Of the
// line: every booking that is promoted takes a ticket at least, one that left
// may stand before it, and the one after it must be looked at to see that it
// doesn't fit. A raise promotes a step at the most, and leaves fewer tickets
// free than a head can ask for.
func (n *Need) bound(e Event) {
	for u := range n.Latest {
		n.Latest[u] += n.named[u] // each of them may be one of the latest
	}
	if e.Status != EventPublished || e.WaitingCount == 0 {
		n.Front, n.Quantities = 0, false
		return
	}
	if n.freeing {
		raised := min(n.largest-e.TotalTickets, n.raises*(PromotionStep+MaxQuantity-1))
		n.Front = min(e.WaitingCount, e.AvailableTickets+raised+n.freed+n.leaving+1)
	}
}

func (n *Need) empty() bool {
	return len(n.Keys) == 0 && len(n.Holdings) == 0 && len(n.Latest) == 0 && len(n.Tickets) == 0 &&
		len(n.Bookings) == 0 && n.Front == 0 && !n.Quantities
}

func (n *Need) key(k IdempotencyKey) {
	if !k.IsZero() {
		n.Keys = append(n.Keys, k.Key)
	}
}

func (c Book) need(n *Need) {
	n.key(c.Key)
	if n.limited && !n.seen[c.Person.userID] {
		if n.seen == nil {
			n.seen = make(map[UserID]bool)
		}
		n.seen[c.Person.userID] = true
		n.Holdings = append(n.Holdings, c.Person.userID)
	}
}

func (c CancelTicket) need(n *Need) {
	n.key(c.Key)
	n.freeing = true
	n.freed++
	if c.TicketID == (TicketID{}) {
		count(&n.Latest, c.Person.userID)
	} else {
		count(&n.named, c.Person.userID)
		n.Tickets = append(n.Tickets, c.TicketID)
	}
}

func count(people *map[UserID]int, u UserID) {
	if *people == nil {
		*people = make(map[UserID]int)
	}
	(*people)[u]++
}

func (c LeaveWaitlist) need(n *Need) {
	n.freeing = true
	n.leaving++
	n.Bookings = append(n.Bookings, c.BookingID)
}

func (ChangeEvent) need(*Need) {}

func (CancelEvent) need(*Need) {}

// Loaded is what a store found of a [Need]. What was asked for and isn't there
// has an entry too, so that a decision can tell it from what nobody asked for.
type Loaded struct {
	Keys       map[[sha256.Size]byte]*KeyRecord
	Holdings   map[UserID]int       // booked tickets and waiting quantities
	Latest     map[UserID][]Ticket  // booked ones
	Tickets    map[TicketID]*Ticket // whatever their status and whoever's
	Bookings   map[BookingID]*Booking
	Front      []Booking   // the head of the line first
	Quantities map[int]int // waiting bookings by quantity
}

// NewLoaded has an entry for all that the need asks for, each saying that there
// is no such thing; a store fills in what there is.
func NewLoaded(n Need) *Loaded {
	l := &Loaded{
		Keys:       make(map[[sha256.Size]byte]*KeyRecord, len(n.Keys)),
		Holdings:   make(map[UserID]int, len(n.Holdings)),
		Latest:     make(map[UserID][]Ticket, len(n.Latest)),
		Tickets:    make(map[TicketID]*Ticket, len(n.Tickets)),
		Bookings:   make(map[BookingID]*Booking, len(n.Bookings)),
		Quantities: make(map[int]int),
	}
	for _, k := range n.Keys {
		l.Keys[k] = nil
	}
	for _, u := range n.Holdings {
		l.Holdings[u] = 0
	}
	for u := range n.Latest {
		l.Latest[u] = nil
	}
	for _, t := range n.Tickets {
		l.Tickets[t] = nil
	}
	for _, b := range n.Bookings {
		l.Bookings[b] = nil
	}
	return l
}
