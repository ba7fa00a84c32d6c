package ports

import (
	"github.com/boxoffice-go/boxoffice/domain"
)

// Changes are what a batch came to, folded for a store that keeps rows: each row
// once, as it is in the end; see [JournalOf] for its journal. A store may as well
// follow [domain.Batch.Records] one by one.
type Changes struct {
	Events   []domain.Event // as they are now
	Bookings []BookingChange
	Left     []LeftLine
	Keys     []domain.KeyUse
}

// BookingChange is a booking that was made or changed.
type BookingChange struct {
	domain.Booking      // as it is now
	New            bool // it was accepted in this batch
	// NewTickets says that it got its tickets in this batch: all of them are new
	// rows. Else Changed are the indexes of the tickets that changed.
	NewTickets bool
	Changed    []int
	NewPerson  bool // all its rows are another person's now
	Erased     bool // that person was erased, so that it is nobody's
}

// LeftLine is what left the line from one place: at most one booking, and the
// tickets that are asked for no more.
type LeftLine struct {
	EventID  domain.EventID
	Sequence int64
	Bookings int
	Tickets  int
}

// JournalRow is the journal of one event and transaction.
type JournalRow struct {
	EventID      domain.EventID
	FirstVersion int64
	LastVersion  int64
	Records      []byte // see [domain.EncodeRecords]
}

// ChangesOf folds what a batch came to.
func ChangesOf(batch *domain.Batch) *Changes {
	c := &Changes{Events: batch.Changed(), Keys: batch.Keys()}
	index := make(map[domain.BookingID]int)
	for _, r := range batch.Records() {
		if r.Booking != nil {
			c.fold(index, r)
		}
	}
	return c
}

// JournalOf makes the rows of a batch's journal, one for each event that it
// changed. It fails on a record that can't be encoded.
func JournalOf(batch *domain.Batch) ([]JournalRow, error) {
	byEvent := make(map[domain.EventID][]domain.Record)
	for _, r := range batch.Records() {
		byEvent[r.EventID] = append(byEvent[r.EventID], r)
	}
	var rows []JournalRow
	for _, e := range batch.Changed() {
		row, err := JournalRowOf(byEvent[e.ID])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// JournalRowOf makes the row of an event's records, of which there must be one at
// least.
func JournalRowOf(records []domain.Record) (JournalRow, error) {
	first, last := records[0], records[len(records)-1]
	encoded, err := domain.EncodeRecords(records)
	return JournalRow{EventID: first.EventID, FirstVersion: first.Version, LastVersion: last.Version, Records: encoded}, err
}

func (c *Changes) fold(index map[domain.BookingID]int, r domain.Record) {
	i, known := index[r.Booking.ID]
	if !known {
		i = len(c.Bookings)
		index[r.Booking.ID] = i
		c.Bookings = append(c.Bookings, BookingChange{})
	}
	b := &c.Bookings[i]
	b.Booking = *r.Booking
	if !b.NewTickets {
		for _, t := range r.Tickets {
			b.Changed = append(b.Changed, t.Ordinal-1)
		}
	}
	left := LeftLine{EventID: r.EventID, Sequence: b.Sequence}
	switch r.Kind {
	case domain.BookingWasBooked, domain.BookingWasHeld:
		b.New, b.NewTickets = true, true
	case domain.BookingJoined:
		b.New = true
	case domain.BookingWasPromoted:
		b.NewTickets, b.Changed = true, nil
	case domain.BookingConfirmed:
		for ordinal, t := range b.Tickets {
			if t.Status == domain.TicketBooked && !b.NewTickets {
				b.Changed = append(b.Changed, ordinal)
			}
		}
	case domain.BookingLeft:
		left.Bookings, left.Tickets = 1, b.Quantity
		c.Left = append(c.Left, left)
	case domain.BookingChanged:
		if left.Tickets = r.Less; r.Less > 0 {
			c.Left = append(c.Left, left)
		}
	case domain.BookingTransferred:
		b.NewPerson = true
	case domain.PersonErased:
		b.NewPerson, b.Erased = true, true
	case domain.BookingExtended, domain.BookingHasExpired, domain.TicketsCancelled:
	case domain.EventWasCreated, domain.EventWasChanged, domain.EventWasCancelled: // have no booking
	}
}
