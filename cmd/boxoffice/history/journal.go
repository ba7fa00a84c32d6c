package history

import (
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

// move is what an event's journal tells of one version: what somebody did, and
// to what. The search for an order takes the journal for a witness: whatever
// makes a version must be what the journal has there. Without that there are too
// many orders to try where many outcomes are unknown, and what it leaves is still
// judged by the model alone.
type move struct {
	kind    domain.Kind
	booking int64        // its sequence
	ticket  place        // the first that was cancelled
	total   int          // tickets of the event
	makers  []*operation // that can have made the booking
}

// readJournal reads what somebody did to an event, by version.
func (r *Recorder) readJournal(e *event) (map[int64]journalEntryJSON, error) {
	entries := make(map[int64]journalEntryJSON)
	for after := ""; ; {
		var page journalJSON
		if err := r.get("/events/"+e.id+"/journal?limit=200"+after, &page); err != nil {
			return nil, err
		}
		if len(page.Entries) == 0 {
			return entries, nil
		}
		for _, entry := range page.Entries {
			if entry.By != domain.ByBoxoffice { // what follows by itself, the model knows
				entries[entry.Version] = entry
			}
		}
		after = "&after=" + page.Next
	}
}

func (e journalEntryJSON) move(bookings, tickets map[string]place) move {
	m := move{kind: e.Type, booking: bookings[e.BookingID].sequence, total: e.Event.TotalTickets}
	if len(e.TicketIDs) > 0 {
		m.ticket = tickets[e.TicketIDs[0]]
	}
	return m
}

// resolveJournal finds what the journal's ids stand for, and which operations can
// have made each booking. Those of unknown outcome that made none are left out:
// nobody has seen an effect of theirs.
func (e *event) resolveJournal(final *operation, bookings, tickets map[string]place) {
	e.moves = make(map[int64]move, len(e.journal))
	transferred := make(map[string]bool)
	for version, entry := range e.journal {
		e.moves[version] = entry.move(bookings, tickets)
		if entry.Type == domain.BookingTransferred {
			transferred[entry.BookingID] = true
		}
	}
	made := make(map[*operation]bool)
	for version, m := range e.moves {
		i := slices.IndexFunc(final.bookings, func(b bookingJSON) bool { return b.Sequence == m.booking })
		if !m.isNewBooking() || i < 0 {
			continue
		}
		b := final.bookings[i]
		m.makers = e.makersOf(b, transferred[b.ID])
		e.moves[version] = m
		for _, o := range m.makers {
			made[o] = true
		}
	}
	e.operations = slices.DeleteFunc(e.operations, func(o *operation) bool { return o.kind == book && o.unknown && !made[o] })
}

// makersOf returns the operations that can have made a booking: those that were
// answered with it, and of those without an answer the ones that asked for just
// that, unless the answer went to somebody else.
func (e *event) makersOf(b bookingJSON, transferred bool) []*operation {
	var makers []*operation
	keys := make(map[string]bool)
	for _, o := range e.operations {
		if o.kind == book && o.at.answered.sequence == b.Sequence {
			makers = append(makers, o)
			keys[o.key] = true
		}
	}
	for _, o := range e.operations {
		same := o.quantity == b.Quantity && (transferred || o.person.UserID().String() == b.UserID)
		if o.kind == book && o.unknown && same && (len(keys) == 0 || o.key != "" && keys[o.key]) {
			makers = append(makers, o)
		}
	}
	return makers
}

func (m move) isNewBooking() bool {
	return m.kind == domain.BookingWasBooked || m.kind == domain.BookingWasHeld || m.kind == domain.BookingJoined
}

// isOf reports whether the journal has an operation, which the model answered so.
func (m move) isOf(o *operation, a porttest.Answer) bool {
	switch m.kind {
	case domain.BookingWasBooked, domain.BookingWasHeld, domain.BookingJoined:
		return m.booking == a.Booking.Sequence && slices.Contains(m.makers, o)
	case domain.TicketsCancelled:
		return o.kind == giveBack && m.booking == o.at.asked.sequence ||
			o.kind == cancel && m.ticket == place{a.Tickets[0].Sequence, a.Tickets[0].Ordinal}
	case domain.BookingLeft:
		return (o.kind == leave || o.kind == giveBack) && m.booking == o.at.asked.sequence
	case domain.BookingConfirmed:
		return o.kind == confirm && m.booking == o.at.asked.sequence
	case domain.BookingTransferred, domain.BookingChanged: // the second to the same person, in another spelling
		return o.kind == transfer && m.booking == o.at.asked.sequence
	case domain.EventWasChanged:
		return o.kind == resize && m.total == o.total
	case domain.EventWasCancelled:
		return o.kind == cancelEvent
	case domain.EventWasCreated, domain.BookingWasPromoted, domain.BookingExtended, domain.BookingHasExpired, domain.PersonErased:
		return false // nobody asks for these
	default:
		return false // the journal has nothing there
	}
}
