package ports

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// DefaultLimit is how many a list has that doesn't say.
const DefaultLimit = 50

// EventQuery asks for some events.
type EventQuery struct {
	Status domain.EventStatus // empty is any
	After  EventCursor        // the last one of the page before; zero is the first page
	Limit  int                // at most so many; 0 is DefaultLimit
}

// EventCursor is an event's place in the list of events.
type EventCursor struct {
	CreatedAt time.Time
	ID        domain.EventID
}

// CursorOfEvent is the place of an event.
func CursorOfEvent(e domain.Event) EventCursor { return EventCursor{e.CreatedAt, e.ID} }

// BookingQuery asks for some bookings of an event.
type BookingQuery struct {
	EventID       domain.EventID
	UserID        domain.UserID        // zero is anybody
	Status        domain.BookingStatus // empty is any
	Reference     string               // empty is any
	AfterSequence int64                // the last one of the page before; 0 is the first page
	Limit         int                  // at most so many; 0 is DefaultLimit
}

// PersonQuery asks for some bookings of a person.
type PersonQuery struct {
	UserID domain.UserID
	After  PersonCursor // the last one of the page before; zero is the first page
	Limit  int          // at most so many; 0 is DefaultLimit
}

// PersonCursor is a booking's place in the list of a person's bookings.
type PersonCursor struct {
	CreatedAt time.Time
	ID        domain.BookingID
}

// CursorOfBooking is the place of a booking in the list of its person's.
func CursorOfBooking(b domain.Booking) PersonCursor { return PersonCursor{b.CreatedAt, b.ID} }

// JournalQuery asks for some records of an event.
type JournalQuery struct {
	EventID domain.EventID
	After   JournalCursor // the last one of the page before; zero is the first page
	Limit   int           // at most so many; 0 is DefaultLimit
}

// JournalCursor is a record's place in its event's journal.
type JournalCursor struct {
	Version int64
	Number  int
}

// CursorOfRecord is the place of a record.
func CursorOfRecord(r domain.Record) JournalCursor { return JournalCursor{r.Version, r.Number} }

// Before reports whether a record comes after the cursor.
func (c JournalCursor) Before(r domain.Record) bool {
	return r.Version > c.Version || r.Version == c.Version && r.Number > c.Number
}

// LimitOf returns how many a list has that asks for limit. A negative one is
// refused with [domain.ErrValidation].
func LimitOf(limit int) (int, error) {
	switch {
	case limit < 0:
		return 0, domain.InvalidField("limit", "must not be negative")
	case limit == 0:
		return DefaultLimit, nil
	default:
		return limit, nil
	}
}
