package domain

import (
	"time"

	"github.com/google/uuid"
)

// Command asks for one change of one event. The commands are in files of their
// own, each with what it takes and how it is decided.
type Command interface {
	// Validate names every field that is out of range, with [CodeValidation].
	Validate() error

	about() about
	// need adds what deciding the command takes, of an event as it is before the
	// batch.
	need(n *Need, e *Event)
	// decide applies the command, which is valid and not a repeat. The booking is
	// the one that the command is about, nil if it names none.
	decide(p *part, b *Booking) (Result, error)
}

// about is what all commands have in common.
type about struct {
	event     EventID
	booking   BookingID // zero unless the command names one
	by        string
	key       IdempotencyKey
	operation string   // the scope of the key
	person    UserID   // whom the command names, zero if nobody
	request   []string // what is asked for, in one way of writing
	tickets   int      // that the command may touch, about
}

// EventOf returns the event that a command is for.
func EventOf(c Command) EventID { return c.about().event }

// OperationOf names what a command asks for, like "book": for metrics and traces.
func OperationOf(c Command) string { return c.about().operation }

// TicketsOf returns about how many tickets a command touches by itself, to
// bound how large a transaction becomes. Promotions are bounded by the batch.
func TicketsOf(c Command) int { return c.about().tickets }

// Result is what came of a command: what it was about, as it is now.
type Result struct {
	Event   Event    // as the command left it
	Booking Booking  // with its position only if it has just joined the line
	Tickets []Ticket // that were cancelled
	Erased  int      // bookings, by [ErasePerson]
}

// Stamp is what a decision takes from the world: the time, and fresh ids.
type Stamp struct {
	At    time.Time        // the store's time, in UTC with whole microseconds
	NewID func() uuid.UUID // unguessable, never the same twice
}
