package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// knownEvents is how many event ids a service remembers, in a few megabytes.
const knownEvents = 1 << 15

// creations is the namespace of the ids of events that were created under an
// idempotency key.
var creations = uuid.MustParse("c1b7e0d2-63fa-5c49-a0c8-7e9d25b4f611")

// Service books tickets. Its queries are the store's. All its methods are safe
// for concurrent use, and may return, beside the errors that they name,
// [ports.ErrStoreUnavailable], the context's error and, where something is
// changed, [ErrOverloaded] and [ports.ErrOutcomeUnknown].
type Service struct {
	ports.Reader

	store   ports.Store
	clock   ports.Clock
	ids     ports.IDs
	options Options

	known   *lru.Cache[domain.EventID, struct{}] // events are never deleted
	pending atomic.Int64                         // calls that wait in a lane
	lanes   []*lane
	running sync.WaitGroup
}

// New starts a service on a store. Close it when it is needed no more.
func New(store ports.Store, clock ports.Clock, ids ports.IDs, options Options) *Service {
	known, err := lru.New[domain.EventID, struct{}](knownEvents)
	if err != nil {
		panic(err) // only for a size below 1
	}
	s := &Service{Reader: store, store: store, clock: clock, ids: ids, options: options.withDefaults(), known: known}
	for range s.options.Lanes {
		l := newLane(s)
		s.lanes = append(s.lanes, l)
		s.running.Go(l.run)
	}
	return s
}

// Close refuses new commands, answers those that were accepted, and returns
// when all are. The store stays open.
func (s *Service) Close() {
	for _, l := range s.lanes {
		l.close()
	}
	s.running.Wait()
}

// Pending returns how many commands wait for a transaction now.
func (s *Service) Pending() int { return int(s.pending.Load()) }

// CreateEvent creates an event. Under an idempotency key, a repeat returns the
// event as it is now. Refused with [domain.ErrValidation] and
// [domain.ErrIdempotencyKeyReused].
func (s *Service) CreateEvent(ctx context.Context, n domain.NewEvent, key domain.IdempotencyKey) (domain.Event, error) {
	if err := n.Validate(); err != nil {
		return domain.Event{}, err
	}
	id := s.ids.NewID()
	if !key.IsZero() {
		// A repeat has to find the event, so its id follows from the key.
		const version = 8 // of UUIDs whose bits their maker defines
		id = uuid.NewHash(sha256.New(), creations, key.Key[:], version)
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.CommitTimeout)
	defer cancel()
	event, err := s.store.Create(ctx, n.Event(domain.EventID{UUID: id}, s.clock.Now()), key)
	if err == nil {
		s.known.Add(event.ID, struct{}{})
	}
	return event, err
}

// Book accepts a booking, with tickets or with a position in the line. Refused
// with [domain.ErrValidation], and as [domain.Batch.Book] says. Under an
// idempotency key, a repeat returns the booking as it is now.
func (s *Service) Book(ctx context.Context, c domain.Book) (domain.Booking, error) {
	if err := c.Validate(); err != nil {
		return domain.Booking{}, err
	}
	booking, err := submit(ctx, s, c, (*domain.Batch).Book)
	if repeat, ok := errors.AsType[*domain.Repeat](err); ok {
		return s.Booking(ctx, repeat.EventID, repeat.BookingID)
	}
	return booking, err
}

// CancelTicket gives one ticket back and promotes the line. Refused with
// [domain.ErrValidation], and as [domain.Batch.CancelTicket] says. Under an
// idempotency key, a repeat returns the same ticket.
func (s *Service) CancelTicket(ctx context.Context, c domain.CancelTicket) (domain.Ticket, error) {
	if err := c.Validate(); err != nil {
		return domain.Ticket{}, err
	}
	ticket, err := submit(ctx, s, c, (*domain.Batch).CancelTicket)
	repeat, ok := errors.AsType[*domain.Repeat](err)
	if !ok {
		return ticket, err
	}
	booking, err := s.Booking(ctx, repeat.EventID, repeat.BookingID)
	if err != nil {
		return domain.Ticket{}, err
	}
	for _, t := range booking.Tickets {
		if t.ID == repeat.TicketID {
			return t, nil
		}
	}
	return domain.Ticket{}, domain.ErrTicketNotFound
}

// LeaveWaitlist takes a booking out of the line and promotes whoever fits now.
// Refused as [domain.Batch.LeaveWaitlist] says.
func (s *Service) LeaveWaitlist(ctx context.Context, c domain.LeaveWaitlist) error {
	_, err := submit(ctx, s, c, func(b *domain.Batch, c domain.LeaveWaitlist, stamp domain.Stamp) (struct{}, error) {
		return struct{}{}, b.LeaveWaitlist(c, stamp)
	})
	return err
}

// ChangeEvent changes an event's settings and promotes whoever fits then. A
// larger capacity that promotes very many is reached in steps, each in a
// transaction of its own; if one fails, the event keeps the capacity that was
// reached, and the change can be sent again. Refused with
// [domain.ErrValidation], and as [domain.Batch.ChangeEvent] says.
func (s *Service) ChangeEvent(ctx context.Context, c domain.ChangeEvent) (domain.Event, error) {
	if err := c.Validate(); err != nil {
		return domain.Event{}, err
	}
	for {
		event, err := submit(ctx, s, c, (*domain.Batch).ChangeEvent)
		if err != nil || c.TotalTickets == nil || event.TotalTickets >= *c.TotalTickets {
			return event, err
		}
		c = domain.ChangeEvent{EventID: c.EventID, TotalTickets: c.TotalTickets}
	}
}

// CancelEvent cancels an event for good. Refused as [domain.Batch.CancelEvent]
// says.
func (s *Service) CancelEvent(ctx context.Context, c domain.CancelEvent) (domain.Event, error) {
	return submit(ctx, s, c, (*domain.Batch).CancelEvent)
}

// checkEvent refuses an unknown event before it takes a place in a lane, and
// before a store would have to lock what isn't there.
func (s *Service) checkEvent(ctx context.Context, id domain.EventID) error {
	if s.known.Contains(id) {
		return nil
	}
	if _, err := s.Event(ctx, id); err != nil {
		return err
	}
	s.known.Add(id, struct{}{})
	return nil
}

func (s *Service) lane(id domain.EventID) *lane {
	return s.lanes[binary.BigEndian.Uint64(id.UUID[8:])%uint64(len(s.lanes))]
}
