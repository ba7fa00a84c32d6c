package ports

import (
	"context"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Store keeps events with their bookings, tickets and lines. All its methods
// are safe for concurrent use, and may return [ErrStoreUnavailable] or the
// context's error beside the errors that they name.
type Store interface {
	Writer
	Reader
}

// Writer changes what is kept.
type Writer interface {
	// Create keeps a new event. If an event with its id is there already
	// and was created under the same idempotency key, nothing is created: the
	// event is returned as it is now, or domain.ErrIdempotencyKeyReused if it was
	// created by another request.
	Create(ctx context.Context, event domain.Event, key domain.IdempotencyKey) (domain.Event, error)

	// Update takes the heads of the events, loads what need asks for, lets decide
	// work on them, and saves what came out, all in one transaction that nobody
	// else changes the events in. Events that don't exist are left out; ids must
	// not repeat.
	// An error of decide is returned as it is, and nothing is saved then.
	// May return ErrOutcomeUnknown.
	Update(ctx context.Context, ids []domain.EventID, need Need, decide Decide) error
}

// Need says what deciding takes beyond the heads of the events.
type Need func(events []domain.Event) []domain.Need

// Decide works on a batch; an error undoes all of it.
type Decide func(batch *domain.Batch) error

// Reader answers from committed states.
type Reader interface {
	// Event returns one event, or domain.ErrEventNotFound.
	Event(ctx context.Context, id domain.EventID) (domain.Event, error)

	// Events lists events, the newest first: by CreatedAt, then by id, both
	// descending.
	Events(ctx context.Context, query EventQuery) ([]domain.Event, error)

	// Booking returns one booking as it is now, or domain.ErrEventNotFound or
	// domain.ErrBookingNotFound.
	Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error)

	// Bookings lists bookings of an event by sequence, as they are now, or
	// returns domain.ErrEventNotFound.
	Bookings(ctx context.Context, query BookingQuery) ([]domain.Booking, error)

	// Ready returns nil if the store can be read and written now.
	Ready(ctx context.Context) error
}

// EventQuery asks for some events.
type EventQuery struct {
	Status domain.EventStatus // empty is any
	// After is the last event of the page before; only its CreatedAt and ID
	// count. nil is the first page.
	After *domain.Event
	Limit int // at most so many, 1 or more
}

// BookingQuery asks for some bookings of an event.
type BookingQuery struct {
	EventID       domain.EventID
	UserID        domain.UserID        // zero is anybody
	Status        domain.BookingStatus // empty is any
	AfterSequence int64                // the last one of the page before; 0 is the first page
	Limit         int                  // at most so many, 1 or more
}
