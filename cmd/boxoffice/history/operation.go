package history

import (
	"fmt"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

type kind string

const (
	book        kind = "book"
	cancel      kind = "cancel"
	leave       kind = "leave"
	confirm     kind = "confirm"
	giveBack    kind = "give back"
	transfer    kind = "transfer"
	resize      kind = "resize"
	cancelEvent kind = "cancel event"
	readStatus  kind = "status"
	readEvent   kind = "event"
	readBooking kind = "booking"
	readAll     kind = "bookings"
)

// operation is one call with its answer, or several with the same
// Idempotency-Key.
type operation struct {
	kind             kind
	client           int
	called, answered time.Duration // since the record began

	// What was asked for, as far as the kind has it.
	person   domain.Person
	quantity int
	booking  string // its id; of a booking that was made, as answered
	ticket   string // the id of the ticket to cancel; empty is the latest
	total    int
	key      string

	unknown bool          // nobody knows whether it took effect; answered is never
	until   time.Duration // what is unknown took effect until then, or not at all; or it is never
	final   bool          // it is the reading at the end
	retried bool          // more than one attempt reached a server, so the answer may be a repeat's

	// What was answered.
	refusal   domain.Code
	tickets   []string // ids; of the ticket that was cancelled
	expiresAt time.Time
	position  int
	event     *eventJSON    // of its kinds only
	bookings  []bookingJSON // of its kinds only; of a command on a booking, that one

	at places // filled in when the record is complete
}

// places are what ids stand for: the sequence of a booking and the ordinal of a
// ticket in it, -1 if the event has no such thing.
type places struct {
	asked, answered place
}

type place struct {
	sequence int64
	ordinal  int
}

// never is the time at which an operation of unknown outcome was answered.
const never = time.Duration(1<<63 - 1)

func (o *operation) writes() bool {
	switch o.kind {
	case readStatus, readEvent, readBooking, readAll:
		return false
	default:
		return true
	}
}

// repeatable reports whether sending the operation again is safe.
func (o *operation) repeatable() bool {
	return o.key != "" || o.kind == leave || !o.writes()
}

// idempotencyKey is the key as the model takes it.
func (o *operation) idempotencyKey() domain.IdempotencyKey {
	if o.key == "" {
		return domain.IdempotencyKey{}
	}
	return domain.NewIdempotencyKey("", o.key)
}

// onBooking reports whether the operation names a booking.
func (o *operation) onBooking() bool {
	switch o.kind {
	case leave, confirm, giveBack, transfer, readBooking:
		return true
	default:
		return false
	}
}

// String tells the operation to people.
func (o *operation) String() string {
	asked := string(o.kind)
	switch o.kind {
	case book:
		asked = fmt.Sprintf("book %d for %s", o.quantity, o.person.Identifier())
	case cancel:
		asked = fmt.Sprintf("cancel the latest of %s", o.person.Identifier())
		if o.ticket != "" {
			asked = fmt.Sprintf("cancel %d.%d for %s", o.at.asked.sequence, o.at.asked.ordinal, o.person.Identifier())
		}
	case transfer:
		asked = fmt.Sprintf("transfer #%d to %s", o.at.asked.sequence, o.person.Identifier())
	case leave, confirm, giveBack, readBooking:
		asked = fmt.Sprintf("%s #%d", o.kind, o.at.asked.sequence)
	case resize:
		asked = fmt.Sprintf("resize to %d", o.total)
	case cancelEvent, readStatus, readEvent, readAll: // are about all of the event
	}
	return asked + " → " + o.answerText()
}

func (o *operation) answerText() string {
	switch {
	case o.unknown:
		return "no answer"
	case o.refusal != "":
		return string(o.refusal)
	case o.kind == book && o.position > 0:
		return fmt.Sprintf("#%d at %d", o.at.answered.sequence, o.position)
	case o.kind == book:
		return fmt.Sprintf("#%d, %d tickets", o.at.answered.sequence, len(o.tickets))
	case o.kind == cancel:
		return fmt.Sprintf("%d.%d", o.at.answered.sequence, o.at.answered.ordinal)
	case o.event != nil:
		return o.event.view().String()
	case len(o.bookings) > 0:
		return fmt.Sprint(viewsOf(o.bookings))
	default:
		return "done"
	}
}
