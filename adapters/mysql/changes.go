package mysql

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// changes are the rows that a batch writes, each once, as it is in the end.
type changes struct {
	*ports.Changes
	journal     []ports.JournalRow
	transaction [16]byte
	leavesKeys  bool // some command with a key was refused

	settings     []domain.Event // events whose settings changed
	counts       []domain.Event // the others that changed
	tickets      []ticketRow    // new
	held         []ticketRow    // new, of bookings that are just held
	further      []ticketRow    // new, not the first of their bookings
	inFull       []ticketRow    // new, of other bookings
	changed      []ticketRow
	plain        map[plainChange][]ticketRow
	joined       []domain.Booking // the line, and that is all
	joinedInFull []domain.Booking // the line
	inLine       []domain.Booking // changed
	leaving      []domain.Booking // left the line, and nothing else changed
	begun        []domain.Booking // holds
	extended     []domain.Booking // holds
	ended        []domain.Booking // holds
	finished     []domain.Booking // bookings that had tickets
	named        []domain.Booking // have another reference
}

// plainChange is what tickets became, where nothing else changed in their booking
// but what it is.
type plainChange struct {
	ticket  domain.TicketStatus  // booked or cancelled
	booking domain.BookingStatus // empty: as it was
	at      time.Time
}

// journalOf is replaced where it is measured what the journal costs.
var journalOf = ports.JournalOf

// changesOf folds a batch on these events. The bookings are those that were
// loaded, as they were.
func changesOf(batch *domain.Batch, events []domain.Event, bookings map[domain.BookingID]*domain.Booking) (*changes, error) {
	journal, err := journalOf(batch)
	if err != nil {
		return nil, err
	}
	c := &changes{
		Changes: ports.ChangesOf(batch),
		journal: journal,
		plain:   make(map[plainChange][]ticketRow),
	}
	// It is unguessable, since it must not be that of any other transaction.
	_, _ = rand.Read(c.transaction[:]) // never fails
	settingsVersion := make(map[domain.EventID]int64, len(events))
	for i := range events {
		settingsVersion[events[i].ID] = events[i].SettingsVersion
	}
	for _, e := range c.Events {
		if settingsVersion[e.ID] == e.SettingsVersion {
			c.counts = append(c.counts, e)
		} else {
			c.settings = append(c.settings, e)
		}
	}
	for i := range c.Bookings {
		b := &c.Bookings[i]
		before := bookings[b.ID]
		if before == nil { // it is new
			before = &domain.Booking{}
		}
		c.add(before, b)
	}
	return c, nil
}

func (c *changes) add(before *domain.Booking, b *ports.BookingChange) {
	switch {
	case len(b.Tickets) == 0 && b.New, b.NewTickets && b.New && b.Joined.Number > 0:
		c.join(b)
	case len(b.Tickets) == 0:
		c.changeInLine(before, b)
	case !b.New && b.Joined.Number > 0 && !isSamePerson(before, b): // its row in the line tells whose it is, too
		c.inLine = append(c.inLine, b.Booking)
	}
	switch {
	case len(b.Tickets) == 0:
	case b.NewTickets:
		c.addTickets(b)
	default:
		c.changeTickets(before, b)
	}
	c.addHold(before, b)
	if isOver(b.Status) && !isOver(before.Status) && len(b.Tickets) > 0 {
		c.finished = append(c.finished, b.Booking)
	}
	if b.Reference != "" && b.Reference != before.Reference {
		c.named = append(c.named, b.Booking)
	}
}

func (c *changes) join(b *ports.BookingChange) {
	if justJoined(&b.Booking) {
		c.joined = append(c.joined, b.Booking)
	} else {
		c.joinedInFull = append(c.joinedInFull, b.Booking)
	}
}

func isOver(s domain.BookingStatus) bool {
	return s == domain.BookingCancelled || s == domain.BookingExpired
}

func (c *changes) changeInLine(before *domain.Booking, b *ports.BookingChange) {
	if b.Status == domain.BookingCancelled && isSameBut(before, b) && before.Quantity == b.Quantity {
		c.leaving = append(c.leaving, b.Booking)
	} else {
		c.inLine = append(c.inLine, b.Booking)
	}
}

func (c *changes) addTickets(b *ports.BookingChange) {
	for i := range b.Tickets {
		row := ticketRow{&b.Booking, &b.Tickets[i]}
		switch {
		case row.isPlain():
			c.tickets = append(c.tickets, row)
		case row.isHeld():
			c.held = append(c.held, row)
		case row.isFurther():
			c.further = append(c.further, row)
		default:
			c.inFull = append(c.inFull, row)
		}
	}
}

func (c *changes) changeTickets(before *domain.Booking, b *ports.BookingChange) {
	row := func(i int) ticketRow { return ticketRow{&b.Booking, &b.Tickets[i]} }
	switch becomes, plain := plainChangeOf(before, b); {
	case !isSamePerson(before, b):
		for i := range b.Tickets {
			c.changed = append(c.changed, row(i))
		}
	case plain:
		for _, i := range b.Changed {
			c.plain[becomes] = append(c.plain[becomes], row(i))
		}
	default:
		indexes := append([]int{0}, b.Changed...) // the first has the booking
		slices.Sort(indexes)
		for _, i := range slices.Compact(indexes) {
			c.changed = append(c.changed, row(i))
		}
	}
}

// plainChangeOf reports whether a plain change makes a booking with tickets what it
// is: all that changed became the same at one time, and if the booking became
// another, it did so with its first ticket.
func plainChangeOf(before *domain.Booking, b *ports.BookingChange) (to plainChange, plain bool) {
	if !isSameBut(before, b) || len(b.Changed) == 0 {
		return plainChange{}, false
	}
	for n, i := range b.Changed {
		was, is := &before.Tickets[i], &b.Tickets[i]
		change := plainChange{ticket: is.Status, at: is.CancelledAt}
		switch {
		case is.Status == domain.TicketBooked:
			change.at = is.BookedAt
		case is.Status != domain.TicketCancelled, !is.BookedAt.Equal(was.BookedAt):
			return plainChange{}, false
		}
		if n > 0 && change != to {
			return plainChange{}, false
		}
		to = change
	}
	if b.Status == before.Status {
		return to, b.ExpiresAt.Equal(before.ExpiresAt)
	}
	to.booking = b.Status
	return to, slices.Contains(b.Changed, 0) && (b.Status != domain.BookingExpired || b.ExpiresAt.Equal(before.ExpiresAt))
}

// isSameBut reports whether nothing changed in a booking but its tickets, its
// status, its quantity and when it expires.
func isSameBut(before *domain.Booking, b *ports.BookingChange) bool {
	return isSamePerson(before, b) && before.Reference == b.Reference && before.Transfers == b.Transfers
}

func isSamePerson(before *domain.Booking, b *ports.BookingChange) bool {
	return before.UserID == b.UserID && before.Identifier == b.Identifier
}

// addHold keeps the rows of holds, which are there only while they run: no others
// are deleted, since that would lock the gap where they are not.
func (c *changes) addHold(before *domain.Booking, b *ports.BookingChange) {
	was, is := before.Status == domain.BookingHeld, b.Status == domain.BookingHeld
	switch {
	case is && !was:
		c.begun = append(c.begun, b.Booking)
	case is && !before.ExpiresAt.Equal(b.ExpiresAt):
		c.extended = append(c.extended, b.Booking)
	case was && !is:
		c.ended = append(c.ended, b.Booking)
	}
}

// proof is what the transaction leaves when it is committed.
func (c *changes) proof(ids []domain.EventID) *proof {
	p := &proof{ids: ids, transaction: c.transaction}
	if len(c.journal) > 0 {
		p.journal = &c.journal[0]
	} else {
		p.keys = c.Keys
	}
	return p
}
