package domain_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"testing"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

// store keeps each event's bookings in a plain list, which it goes through for
// everything that it is asked. A batch gets from it what its need asks for and no
// more. So what the suite finds wrong with it is wrong with the domain.
type store struct {
	ports.SystemClock
	mu      sync.Mutex
	events  []*stored
	secrets map[string][]byte
}

// stored is one event.
type stored struct {
	domain.Event
	bookings []domain.Booking // by sequence
	left     []domain.LeftBefore
	keys     map[[sha256.Size]byte]domain.KeyRecord
	journal  []ports.JournalRow
	created  domain.KeyRecord
}

func newStore() *store { return &store{secrets: make(map[string][]byte)} }

func TestStoreOfPlainLists(t *testing.T) {
	t.Parallel()
	porttest.Run(t, func(*testing.T) ports.Store { return newStore() })
}

func (s *store) find(id domain.EventID) *stored {
	i := slices.IndexFunc(s.events, func(e *stored) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return s.events[i]
}

func (s *store) Create(ctx context.Context, c domain.Creation) (domain.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return domain.Event{}, ctx.Err()
	}
	if e := s.find(c.Event.ID); e != nil {
		if c.Key.Key == ([sha256.Size]byte{}) || e.created.Key != c.Key.Key || e.created.Request != c.Key.Request {
			return domain.Event{}, domain.ErrIdempotencyKeyReused
		}
		return e.Event, nil
	}
	e := &stored{Event: c.Event, created: c.Key, keys: make(map[[sha256.Size]byte]domain.KeyRecord)}
	row, err := ports.JournalRowOf([]domain.Record{c.Record})
	e.journal = append(e.journal, row)
	s.events = append(s.events, e)
	return e.Event, err
}

func (s *store) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var events []domain.Event
	for _, e := range s.events {
		if slices.Contains(ids, e.ID) {
			events = append(events, e.Event)
		}
	}
	batch := domain.NewBatch(slices.Clone(events))
	for _, n := range need(events) {
		batch.Load(n, s.find(n.EventID).load(n))
	}
	if err := cmp.Or(decide(batch), batch.Err(), ctx.Err()); err != nil {
		return err
	}
	changes := ports.ChangesOf(batch)
	journal, err := ports.JournalOf(batch)
	if err != nil {
		return err
	}
	for _, e := range changes.Events {
		s.find(e.ID).Event = e
	}
	for _, k := range changes.Keys {
		s.find(k.EventID).keys[k.Key] = k.KeyRecord
	}
	for _, b := range changes.Bookings {
		s.find(b.EventID).save(b)
	}
	for _, l := range changes.Left {
		left := &s.find(l.EventID).left[l.Sequence-1]
		left.Bookings += int64(l.Bookings)
		left.Tickets += int64(l.Tickets)
	}
	for _, row := range journal {
		e := s.find(row.EventID)
		e.journal = append(e.journal, row)
	}
	return nil
}

// save keeps what of a booking changed.
func (e *stored) save(b ports.BookingChange) {
	if b.New {
		e.bookings = append(e.bookings, domain.Booking{})
		e.left = append(e.left, domain.LeftBefore{})
	}
	kept := &e.bookings[b.Sequence-1]
	tickets := slices.Clone(kept.Tickets)
	if b.NewTickets {
		tickets = slices.Clone(b.Tickets)
	}
	for _, i := range b.Changed {
		tickets[i] = b.Tickets[i]
	}
	if b.NewPerson {
		for i := range tickets {
			tickets[i].UserID = b.UserID
		}
	}
	*kept = b.Booking
	kept.Tickets, kept.Position, kept.TicketsAhead = tickets, 0, 0
}

func (s *store) ForgetRequests(_ context.Context, person domain.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		for key, record := range e.keys {
			if record.UserID == person {
				record.Request, record.UserID = [sha256.Size]byte{}, domain.UserID{}
				e.keys[key] = record
			}
		}
	}
	return nil
}

// shown is a booking as it is read.
func (e *stored) shown(b domain.Booking) domain.Booking {
	b = b.Clone()
	if b.Status == domain.BookingWaiting {
		var before domain.LeftBefore
		for _, l := range e.left[:b.Sequence-1] {
			before.Bookings += l.Bookings
			before.Tickets += l.Tickets
		}
		b.Position, b.TicketsAhead = e.Line.Place(b.Joined, before)
	}
	return b.OfEvent(e.Event)
}
