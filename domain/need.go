package domain

import (
	"crypto/sha256"
	"time"
)

// What one transaction takes on of what follows by itself. What is left goes on
// in the next one, at once; see [Event.NextDueAt].
const (
	// MostExpiries is how many tickets stop being held in one transaction because
	// their time is over, beside those of bookings that its commands name. A hold
	// expires whole, so it may be up to MaxQuantity-1 more. Callers wait for two
	// such transactions at the most, of about 60 ms over MySQL.
	MostExpiries = 256
	// MostErased is from how many bookings one transaction erases a person.
	MostErased = 256
	// MostPromoted is how many tickets one transaction gives to lines. A booking
	// is promoted whole, so it may be up to MaxQuantity-1 more.
	MostPromoted = 2000
)

// Need is the part of an event, beyond the event itself, that a batch of
// commands is decided by. What it doesn't ask for need not be read, however
// large the event is; most bookings ask for nothing.
type Need struct {
	EventID EventID
	// Keys are hashes of idempotency keys that may have been used.
	Keys [][sha256.Size]byte
	// Claims are people whose tickets count against a limit: those that are held
	// or booked, and those they wait for.
	Claims []UserID
	// Latest says how many of a person's latest bookings that have tickets are
	// asked for.
	Latest map[UserID]int
	// Tickets and Bookings ask for bookings, by a ticket's or by their own id.
	Tickets  []TicketID
	Bookings []BookingID
	// Erase asks for bookings of these people, any of them, MostErased of each.
	Erase []UserID
	// Front is how many of the line's first bookings are asked for.
	Front int
	// Due asks for the held bookings that expire at this time or before, by
	// ExpiresAt and sequence, MostExpiries at the most. Zero asks for none.
	Due time.Time
	// Holds is how many of the next holds are asked for, due or not.
	Holds int

	now       time.Time // the event's
	limited   bool      // a limit per person may hold when a booking is decided
	freeing   bool      // something can free tickets or a place in the line
	freed     int       // tickets that can come free
	leaving   int       // bookings that can leave the line, or ask for less
	ending    int       // holds that can end
	touched   int       // bookings that somebody may have no more, so that an earlier one is their latest
	seen      map[UserID]bool
	capacity  int  // the largest that the event may have
	promoting bool // it may be that promotion, which was over, goes on
}

// NeedsOf says what the commands need of the events, in any order, when the
// store's clock says at; what it leaves out needs nothing. Commands on other
// events are passed over.
func NeedsOf(at time.Time, events []Event, commands []Command) []Need {
	needs := make([]Need, len(events))
	byID := make(map[EventID]int, len(events))
	for i := range events {
		e := &events[i]
		n := &needs[i]
		n.EventID, n.capacity = e.ID, e.TotalTickets
		n.now, _ = e.TimeAt(at)
		_, n.limited = e.MaxTicketsPerUser.Max()
		byID[e.ID] = i
	}
	for _, c := range commands { // first what makes other commands need more
		if change, ok := c.(ChangeEvent); ok {
			if i, ok := byID[change.EventID]; ok {
				change.prepare(&needs[i])
			}
		}
	}
	for _, c := range commands {
		a := c.about()
		i, ok := byID[a.event]
		if !ok {
			continue
		}
		n := &needs[i]
		if !a.key.IsZero() {
			n.Keys = append(n.Keys, a.keyHash())
		}
		if a.booking != (BookingID{}) {
			n.Bookings = append(n.Bookings, a.booking)
		}
		c.need(n, &events[i])
	}
	asked := needs[:0]
	for i := range events {
		needs[i].bound(&events[i])
		if !needs[i].empty() {
			asked = append(asked, needs[i])
		}
	}
	return asked
}

// bound finds how much can matter, now that all commands are known.
func (n *Need) bound(e *Event) {
	if e.Status == EventCancelled {
		n.Front, n.Holds = 0, 0
		return
	}
	if e.HeldTickets > 0 && !e.NextReleaseAt.After(n.now) {
		n.Due = n.now
		n.freeing = true
		n.freed += min(e.HeldTickets, MostExpiries+MaxQuantity-1)
		n.ending += MostExpiries
		n.touched += MostExpiries
	}
	for u := range n.Latest {
		n.Latest[u] += n.touched
		n.ending += n.Latest[u] // each may have expired
	}
	if e.HeldTickets > 0 && n.ending > 0 {
		n.Holds = n.ending + 1
	}
	if e.Promoting || e.WantedTickets > 0 {
		n.freeing = true
		n.capacity = max(n.capacity, e.WantedTickets)
	}
	// Of the line: every booking that is promoted takes a ticket at least, those
	// that leave may stand before it, and the one after it must be looked at to
	// see that it doesn't fit.
	if n.freeing && e.Line.Waiting > 0 && (n.promoting || e.promotes(n.now)) {
		free := e.AvailableTickets + (n.capacity - e.TotalTickets) + n.freed
		n.Front = min(e.Line.Waiting, min(free, MostPromoted)+n.leaving+1)
	}
}

func (n *Need) empty() bool {
	return len(n.Keys) == 0 && len(n.Claims) == 0 && len(n.Latest) == 0 && len(n.Tickets) == 0 && len(n.Bookings) == 0 &&
		len(n.Erase) == 0 && n.Front == 0 && n.Due.IsZero() && n.Holds == 0
}

// claims asks what counts against a person's limit, once.
func (n *Need) claims(u UserID) {
	if !n.limited || n.seen[u] {
		return
	}
	if n.seen == nil {
		n.seen = make(map[UserID]bool)
	}
	n.seen[u] = true
	n.Claims = append(n.Claims, u)
}

// frees says that a command may free so many tickets of so many bookings, or
// take them out of the line.
func (n *Need) frees(tickets, bookings int) {
	n.freeing = true
	n.freed += tickets
	n.leaving += bookings
	n.ending += bookings
	n.touched += bookings
}

// Loaded is what a store found of a [Need]. What was asked for and isn't there
// has an entry too, so that a decision can tell it from what nobody asked for.
// Bookings are complete, with all their tickets, and as their rows are, also in
// a cancelled event; their positions count for nothing.
type Loaded struct {
	Keys     map[[sha256.Size]byte]*KeyRecord
	Claims   map[UserID]int
	Latest   map[UserID][]Booking // the latest first
	Tickets  map[TicketID]*Booking
	Bookings map[BookingID]*Booking
	Erase    map[UserID][]Booking
	Front    []Booking // the head of the line first
	Due      []Booking
	Holds    []Hold // by ExpiresAt and Sequence
}

// Hold is a booking that is held, as far as it matters for what expires next.
type Hold struct {
	BookingID BookingID
	Sequence  int64
	ExpiresAt time.Time
}

// NewLoaded has an entry for all that the need asks for, each saying that there
// is no such thing; a store fills in what there is.
func NewLoaded(n Need) *Loaded {
	l := &Loaded{
		Keys:     make(map[[sha256.Size]byte]*KeyRecord, len(n.Keys)),
		Claims:   make(map[UserID]int, len(n.Claims)),
		Latest:   make(map[UserID][]Booking, len(n.Latest)),
		Tickets:  make(map[TicketID]*Booking, len(n.Tickets)),
		Bookings: make(map[BookingID]*Booking, len(n.Bookings)),
		Erase:    make(map[UserID][]Booking, len(n.Erase)),
	}
	for _, k := range n.Keys {
		l.Keys[k] = nil
	}
	for _, u := range n.Claims {
		l.Claims[u] = 0
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
	for _, u := range n.Erase {
		l.Erase[u] = nil
	}
	return l
}
