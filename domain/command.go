package domain

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
)

// Command asks for one change of one event.
type Command interface {
	// Event names the event.
	Event() EventID
	// need adds what deciding the command takes; see [NeedsOf].
	need(n *Need)
}

// Stamp is what a decision takes from the world: the time, and fresh ids.
type Stamp struct {
	At    time.Time
	NewID func() uuid.UUID // unguessable, never the same twice
}

// Book asks for tickets, or for a place in the line where there are none.
type Book struct {
	EventID  EventID
	Person   Person
	Quantity int // 1 to MaxQuantity
	Key      IdempotencyKey
}

// Validate names every field that is out of range, with [CodeValidation].
func (c Book) Validate() error {
	return Invalid(c.Person.check(), checkRange("quantity", c.Quantity, 1, MaxQuantity))
}

// Event names the event.
func (c Book) Event() EventID { return c.EventID }

// CancelTicket gives one ticket back.
type CancelTicket struct {
	EventID EventID
	Person  Person
	// TicketID names the ticket. The zero value stands for the person's latest:
	// of their booked tickets, the last of the booking with the highest sequence.
	TicketID TicketID
	Key      IdempotencyKey
}

// Validate names every field that is missing, with [CodeValidation].
func (c CancelTicket) Validate() error { return Invalid(c.Person.check()) }

// Event names the event.
func (c CancelTicket) Event() EventID { return c.EventID }

// LeaveWaitlist takes a booking out of the line.
type LeaveWaitlist struct {
	EventID   EventID
	BookingID BookingID
}

// Event names the event.
func (c LeaveWaitlist) Event() EventID { return c.EventID }

// ChangeEvent changes an event's settings; what is nil stays.
type ChangeEvent struct {
	EventID           EventID
	Name              *string
	TotalTickets      *int
	MaxTicketsPerUser *Limit
	MaxWaitlist       *Limit
	Publish           bool
	// IfVersions lets the change happen only while the event's version is one
	// of these; nil is any version.
	IfVersions []int64
}

// Validate names every field that is out of range, with [CodeValidation].
func (c ChangeEvent) Validate() error {
	var errs []error
	if c.Name != nil {
		errs = append(errs, checkName(*c.Name))
	}
	if c.TotalTickets != nil {
		errs = append(errs, checkTotalTickets(*c.TotalTickets))
	}
	if c.MaxTicketsPerUser != nil {
		errs = append(errs, checkLimit("maxTicketsPerUser", *c.MaxTicketsPerUser, 1))
	}
	if c.MaxWaitlist != nil {
		errs = append(errs, checkLimit("maxWaitlist", *c.MaxWaitlist, 0))
	}
	return Invalid(errs...)
}

// Event names the event.
func (c ChangeEvent) Event() EventID { return c.EventID }

// CancelEvent cancels an event for good.
type CancelEvent struct{ EventID EventID }

// Event names the event.
func (c CancelEvent) Event() EventID { return c.EventID }

// IdempotencyKey makes a command take effect once, however often it is sent.
// Only hashes are kept. The zero value is no key.
type IdempotencyKey struct {
	Key     [sha256.Size]byte // of the caller and the key they chose
	Request [sha256.Size]byte // of what they asked for; the same key for something else is refused
}

// IsZero reports whether there is no key.
func (k IdempotencyKey) IsZero() bool { return k == IdempotencyKey{} }

// KeyRecord is what an accepted command left under its idempotency key.
type KeyRecord struct {
	IdempotencyKey
	BookingID BookingID // the booking that was made, or whose ticket was cancelled
	TicketID  TicketID  // the ticket that was cancelled, if one was
}
