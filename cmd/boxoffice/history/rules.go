package history

import (
	"fmt"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// brokenRules checks what needs no search: every reading of all bookings by
// itself, and every answer against the last of them.
func (e *event) brokenRules(final *operation) []string {
	holds := e.settings.HoldSeconds > 0
	wrong := checkBookings(final.bookings, holds)
	wrong = append(wrong, checkCounts(final)...)
	for _, o := range e.operations {
		if o.kind == readAll {
			wrong = append(wrong, checkBookings(o.bookings, holds)...)
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	wrong = e.checkAnswers(final)
	wrong = append(wrong, e.checkHolds(final)...)
	return append(wrong, e.checkOrigins(final)...)
}

// checkBookings checks what holds in every state, whatever the event's
// capacity is then.
func checkBookings(bookings []bookingJSON, holds bool) (wrong []string) {
	position := 0
	var lastBooked time.Time
	for i, b := range bookings {
		if b.Sequence != int64(i+1) {
			wrong = append(wrong, fmt.Sprintf("lost: after #%d comes #%d", i, b.Sequence))
			return wrong
		}
		if len(b.Tickets) > 0 {
			if position > 0 {
				wrong = append(wrong, fmt.Sprintf("overtaken: #%d has tickets, and %d wait who came before", b.Sequence, position))
			}
			// Who came first was booked first, too, where nobody confirms later.
			if at := b.Tickets[0].BookedAt; at.Before(lastBooked) && !holds {
				wrong = append(wrong, fmt.Sprintf("overtaken: #%d was booked before somebody who came before", b.Sequence))
			} else {
				lastBooked = at
			}
			if len(b.Tickets) != b.Quantity {
				wrong = append(wrong, fmt.Sprintf("torn: #%d has %d tickets of %d", b.Sequence, len(b.Tickets), b.Quantity))
			}
		}
		if b.Status != domain.BookingWaiting {
			continue
		}
		position++
		if b.Position != position {
			wrong = append(wrong, fmt.Sprintf("positions: #%d is at %d, not at %d", b.Sequence, b.Position, position))
		}
	}
	return wrong
}

// checkCounts compares the event with its bookings.
func checkCounts(final *operation) (wrong []string) {
	booked, held, waiting := 0, 0, 0
	var head *bookingJSON
	for i := range final.bookings {
		b := &final.bookings[i]
		if b.Status == domain.BookingWaiting {
			waiting++
			if head == nil {
				head = b
			}
		}
		for _, t := range b.Tickets {
			switch t.Status {
			case domain.TicketBooked:
				booked++
			case domain.TicketHeld:
				held++
			case domain.TicketCancelled:
			}
		}
	}
	e := final.event
	if e.Status == domain.EventCancelled {
		if booked+held+waiting+e.AvailableTickets+e.HeldTickets+e.WaitingListCount > 0 {
			wrong = append(wrong, fmt.Sprintf("the event is cancelled, but %d tickets are booked, %d held, and %d wait; it says %s", booked, held, waiting, e.view()))
		}
		return wrong
	}
	switch {
	case booked+held > e.TotalTickets:
		wrong = append(wrong, fmt.Sprintf("oversold: %d tickets are booked and %d held of %d", booked, held, e.TotalTickets))
	case held != e.HeldTickets, booked+held+e.AvailableTickets != e.TotalTickets:
		wrong = append(wrong, fmt.Sprintf("miscounted: %d tickets are booked and %d held, but the event says %s", booked, held, e.view()))
	case waiting != e.WaitingListCount:
		wrong = append(wrong, fmt.Sprintf("miscounted: %d wait, but the event says %s", waiting, e.view()))
	case head != nil && head.Quantity <= e.AvailableTickets:
		wrong = append(wrong, fmt.Sprintf("idle: #%d waits for %d tickets, and %d are free", head.Sequence, head.Quantity, e.AvailableTickets))
	}
	return wrong
}

// checkAnswers finds what somebody was told that is not so.
func (e *event) checkAnswers(final *operation) (wrong []string) {
	transferred := e.transferred()
	for _, o := range e.operations {
		if o.unknown || o.refusal != "" {
			continue
		}
		switch o.kind {
		case book:
			if o.at.answered.sequence < 0 {
				wrong = append(wrong, fmt.Sprintf("lost: booking %s of %s, which was acknowledged", o.booking, o.person.Identifier()))
				continue
			}
			b := final.bookings[o.at.answered.sequence-1]
			sameUser := b.UserID == o.person.UserID().String() || transferred[b.Sequence]
			if !sameUser || b.Quantity != o.quantity {
				wrong = append(wrong, fmt.Sprintf("mixed up: %s asked for %d tickets and was answered with #%d, %d tickets of %s",
					o.person.Identifier(), o.quantity, b.Sequence, b.Quantity, b.Identifier))
			}
			for i, id := range o.tickets {
				if i >= len(b.Tickets) || b.Tickets[i].ID != id {
					wrong = append(wrong, fmt.Sprintf("lost: ticket %s of #%d, which was acknowledged", id, b.Sequence))
				}
			}
		case cancel:
			if o.at.answered.sequence < 0 {
				wrong = append(wrong, fmt.Sprintf("lost: ticket %s of %s, which was cancelled", o.tickets[0], o.person.Identifier()))
				continue
			}
			t := final.bookings[o.at.answered.sequence-1].Tickets[o.at.answered.ordinal-1]
			if t.Status != domain.TicketCancelled {
				wrong = append(wrong, fmt.Sprintf("lost: the cancellation of ticket %s, which was acknowledged", t.ID))
			}
		case leave:
			if o.at.asked.sequence < 0 {
				wrong = append(wrong, fmt.Sprintf("lost: booking %s, which left the line", o.booking))
				continue
			}
			if b := final.bookings[o.at.asked.sequence-1]; b.Status == domain.BookingWaiting {
				wrong = append(wrong, fmt.Sprintf("lost: #%d left the line, and waits", b.Sequence))
			}
		case confirm, giveBack:
			if o.at.asked.sequence < 0 {
				wrong = append(wrong, fmt.Sprintf("lost: booking %s, of which %s was acknowledged", o.booking, o.kind))
				continue
			}
			b := final.bookings[o.at.asked.sequence-1]
			isOver := b.Status == domain.BookingCancelled || b.Status == domain.BookingExpired
			if b.Status == domain.BookingHeld || o.kind == giveBack && !isOver {
				wrong = append(wrong, fmt.Sprintf("lost: %s of #%d, which is %s", o.kind, b.Sequence, b.Status))
			}
		default: // the search for an order judges the others
		}
	}
	return wrong
}

// transferred finds the bookings that may have been given to somebody else.
func (e *event) transferred() map[int64]bool {
	found := make(map[int64]bool)
	for _, o := range e.operations {
		if o.kind == transfer && o.refusal == "" {
			found[o.at.asked.sequence] = true
		}
	}
	return found
}

// checkOrigins finds bookings that nobody asked for: those that no answer
// names can only come from calls of unknown outcome, of the same person.
func (e *event) checkOrigins(final *operation) (wrong []string) {
	type asked struct {
		user     string
		quantity int
	}
	told := make(map[int64]bool)
	unknown := make(map[asked]int)
	for _, o := range e.operations {
		switch {
		case o.kind != book:
		case o.unknown:
			unknown[asked{o.person.UserID().String(), o.quantity}]++
		case o.refusal == "":
			told[o.at.answered.sequence] = true
		}
	}
	transferred := e.transferred()
	for _, b := range final.bookings {
		if a := (asked{b.UserID, b.Quantity}); !told[b.Sequence] && !transferred[b.Sequence] {
			unknown[a]--
			if unknown[a] < 0 {
				wrong = append(wrong, fmt.Sprintf("phantom: #%d of %s, of which nobody was told", b.Sequence, b.Identifier))
			}
		}
	}
	return wrong
}
