package domain

// CatchUp lets take place what has fallen due in an event, and nothing else:
// holds expire, and large promotions go on. Every other command does the same
// first.
type CatchUp struct{ EventID EventID }

// Validate always succeeds.
func (CatchUp) Validate() error { return nil }

func (c CatchUp) about() about {
	return about{event: c.EventID, by: ByBoxoffice, operation: "catch up", tickets: catchUpTickets}
}

// catchUpTickets lets many events catch up in one transaction, which bounds by
// itself what it takes on.
const catchUpTickets = 8

func (CatchUp) need(*Need, *Event) {}

// decide has nothing left to do. Refused with [ErrEventNotFound].
func (CatchUp) decide(*part, *Booking) (Result, error) { return Result{}, nil }
