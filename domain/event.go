package domain

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The ranges of an event's and a booking's numbers, both ends included.
const (
	MinNameLength   = 3   // code points
	MaxNameLength   = 100 // code points
	MaxTotalTickets = 10_000_000
	MaxQuantity     = 100
)

// EventStatus is where an event is in its life.
type EventStatus string

// An event goes from draft to published, and from either to cancelled.
const (
	EventDraft     EventStatus = "DRAFT"
	EventPublished EventStatus = "PUBLISHED"
	EventCancelled EventStatus = "CANCELLED"
)

// Event is the head of an event: its settings and its counts, all that a plain
// booking is decided by. It is a value: a copy changes nothing elsewhere.
type Event struct {
	ID     EventID
	Name   string
	Status EventStatus

	TotalTickets      int // the capacity
	AvailableTickets  int // neither booked nor, in a cancelled event, void
	WaitingCount      int // bookings that wait
	MaxTicketsPerUser Limit
	MaxWaitlist       Limit

	// Version grows by one with every command that changed the event, its
	// bookings or its line.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time // when Version grew last; never before CreatedAt

	// LastSequence is the sequence of the booking accepted last.
	LastSequence int64
	// JoinedCount and PromotedCount count the bookings that ever joined the
	// line and that were ever promoted. A rank follows from them without
	// counting the line; see [Position].
	JoinedCount   int64
	PromotedCount int64
	// LastPromoted is the sequence of the booking promoted last, 0 if none was.
	// Of those that joined the line, all up to it were promoted or left, and all
	// after it wait or left.
	LastPromoted int64
}

// booked returns how many tickets people hold.
func (e *Event) booked() int { return e.TotalTickets - e.AvailableTickets }

// Limit is a largest number, or none. The zero value is no limit.
type Limit struct {
	max int
	set bool
}

// AtMost is a limit of n.
func AtMost(n int) Limit { return Limit{max: n, set: true} }

// Max returns the largest number allowed, and false if there is no limit.
func (l Limit) Max() (n int, limited bool) { return l.max, l.set }

// MarshalJSON writes the limit as a number, and no limit as null.
func (l Limit) MarshalJSON() ([]byte, error) {
	if !l.set {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(l.max), 10), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Limit) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*l = Limit{}
		return nil
	}
	n, err := strconv.Atoi(string(text))
	*l = AtMost(n)
	return err
}

// allows reports whether n is within the limit.
func (l Limit) allows(n int) bool { return !l.set || n <= l.max }

// NewEvent is what an event is made from.
type NewEvent struct {
	Name              string
	TotalTickets      int
	Status            EventStatus // EventDraft or EventPublished; empty is EventPublished
	MaxTicketsPerUser Limit       // 1 or more
	MaxWaitlist       Limit       // bookings, 0 or more; 0 means that nobody can wait
}

// Validate names every field that is out of range, with [CodeValidation].
func (n NewEvent) Validate() error {
	var status error
	if n.Status != "" && n.Status != EventDraft && n.Status != EventPublished {
		status = InvalidField("status", "must be %s or %s", EventDraft, EventPublished)
	}
	return Invalid(
		checkName(n.Name),
		checkTotalTickets(n.TotalTickets),
		status,
		checkLimit("maxTicketsPerUser", n.MaxTicketsPerUser, 1),
		checkLimit("maxWaitlist", n.MaxWaitlist, 0),
	)
}

// Event makes the event, which nobody has booked yet.
func (n NewEvent) Event(id EventID, at time.Time) Event {
	if n.Status == "" {
		n.Status = EventPublished
	}
	return Event{
		ID:                id,
		Name:              n.Name,
		Status:            n.Status,
		TotalTickets:      n.TotalTickets,
		AvailableTickets:  n.TotalTickets,
		MaxTicketsPerUser: n.MaxTicketsPerUser,
		MaxWaitlist:       n.MaxWaitlist,
		Version:           1,
		CreatedAt:         at,
		UpdatedAt:         at,
	}
}

func checkName(name string) error {
	switch length := utf8.RuneCountInString(name); {
	case !utf8.ValidString(name):
		return InvalidField("name", "must be valid UTF-8")
	case length < MinNameLength || length > MaxNameLength:
		return InvalidField("name", "must have %d to %d characters", MinNameLength, MaxNameLength)
	case strings.TrimSpace(name) == "":
		return InvalidField("name", "must not be blank")
	case strings.ContainsFunc(name, unicode.IsControl):
		return InvalidField("name", "must not contain control characters")
	}
	return nil
}

func checkTotalTickets(n int) error {
	return checkRange("totalTickets", n, 1, MaxTotalTickets)
}

// checkLimit bounds a limit from above too: a larger one could never bind.
func checkLimit(field string, limit Limit, least int) error {
	if n, limited := limit.Max(); limited {
		return checkRange(field, n, least, MaxTotalTickets)
	}
	return nil
}

func checkRange(field string, n, least, most int) error {
	if n < least || n > most {
		return InvalidField(field, "must be a whole number from %d to %d", least, most)
	}
	return nil
}
