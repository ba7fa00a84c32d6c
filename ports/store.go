package ports

import (
	"context"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Store keeps events with their bookings, tickets, lines and journals. All its
// methods are safe for concurrent use, and may return [ErrStoreUnavailable] or
// the context's error beside the errors that they name.
type Store interface {
	Clock
	Writer
	Reader
}

// Writer changes what is kept.
type Writer interface {
	// Create keeps a new event, with its first record and what its idempotency
	// key leaves. If an event with its id is there already and was created under
	// the same key, nothing is created: the event is returned as it is now, or
	// domain.ErrIdempotencyKeyReused if it was created by another request or
	// under no such key.
	Create(ctx context.Context, creation domain.Creation) (domain.Event, error)

	// Update takes events, loads what need asks for, lets decide work on them,
	// and saves what came out, all in one transaction that nobody else changes the
	// events in. Events that don't exist are left out; ids must not repeat.
	// An error of decide is returned as it is, and nothing is saved then.
	// May return ErrOutcomeUnknown, and [*LockedError] if nothing was done because
	// somebody keeps hold of some of the events.
	Update(ctx context.Context, ids []domain.EventID, need Need, decide Decide) error

	// ForgetRequests lets no request that names a person match any more what
	// idempotency keys remember, on all events: nothing tells who was named. The
	// keys stay used. It may be repeated.
	ForgetRequests(ctx context.Context, person domain.UserID) error

	// Secret returns the store's secret with this name, 32 random bytes that are
	// made when it is asked for first and stay the same from then on.
	Secret(ctx context.Context, name string) ([]byte, error)
}

// Sharded is a [Store] that spreads events over shards, databases of their own,
// and can change events in one transaction only if they are on one shard.
type Sharded interface {
	// ShardOf names the shard that an event is on, as far as the store knows: it is
	// asked often, and mustn't take time. Where the answer is old, since the shard
	// was split, Update fails for events of several, and does nothing.
	ShardOf(event domain.EventID) string
}

// Need says what deciding takes beyond the events. It is called once in each
// attempt, right before what it asks for is read: the time to take a
// [domain.Stamp].
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

	// BookingsByID returns an event with those of its bookings that have these
	// ids, by sequence, all as they were at one moment, or
	// domain.ErrEventNotFound. It costs less than reading them one by one.
	BookingsByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error)

	// Bookings lists bookings of an event by sequence, as they are now, or
	// returns domain.ErrEventNotFound.
	Bookings(ctx context.Context, query BookingQuery) ([]domain.Booking, error)

	// PersonBookings lists one person's bookings of all events, the newest first:
	// by CreatedAt, then by id, both descending. Each is as it was at some time
	// during the call.
	PersonBookings(ctx context.Context, query PersonQuery) ([]domain.Booking, error)

	// Journal lists the records of an event in order, or returns
	// domain.ErrEventNotFound. They tell nobody's identifier or user id.
	Journal(ctx context.Context, query JournalQuery) ([]domain.Record, error)

	// Due lists events in which something has fallen due by the store's time, the
	// longest due first, and says when something will in another one; zero if
	// nothing will. See [domain.Event.NextDueAt].
	Due(ctx context.Context, limit int) (due []domain.EventID, next time.Time, err error)

	// Ready returns nil if the store can be read and written now.
	Ready(ctx context.Context) error
}
