package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Store keeps everything in the memory of this process, and loses it with the
// process. It is safe for concurrent use; make one with [New].
type Store struct {
	// mu guards events and newest. A batch is saved while mu is held for
	// reading and each of its events for writing; so whoever holds mu for
	// writing, or one event for reading, sees no batch half saved.
	mu     sync.RWMutex
	events map[domain.EventID]*event
	newest []*event // the newest comes last
}

var _ ports.Store = (*Store)(nil)

// New returns a store without events.
func New() *Store {
	return &Store{events: make(map[domain.EventID]*event)}
}

// Create implements [ports.Writer].
func (s *Store) Create(ctx context.Context, head domain.Event, k domain.IdempotencyKey) (domain.Event, error) {
	if err := ctx.Err(); err != nil {
		return domain.Event{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.events[head.ID]; ok {
		return there.created(k)
	}
	e := &event{id: head.ID, head: head}
	if !k.IsZero() {
		e.keyUsed(domain.KeyRecord{IdempotencyKey: k})
	}
	s.events[head.ID] = e
	s.newest = slices.Insert(s.newest, s.olderThan(&head), e)
	return head, nil
}

// created answers that an event is to be created which is there already.
func (e *event) created(k domain.IdempotencyKey) (domain.Event, error) {
	first, ok := e.keys[k.Key]
	switch {
	case !ok:
		return domain.Event{}, fmt.Errorf("memory: there is an event %s already", e.id)
	case first.request != k.Request:
		return domain.Event{}, domain.ErrIdempotencyKeyReused
	default:
		return e.head, nil
	}
}

// Update implements [ports.Writer]. It waits for others who update the same
// events, whatever becomes of ctx meanwhile: they never wait for anything but
// the processor.
func (s *Store) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	events := s.find(ids)
	heads := make([]domain.Event, len(events))
	for i, e := range events {
		e.Lock()
		defer e.Unlock()
		heads[i] = e.head
	}

	batch := domain.NewBatch(heads)
	for _, n := range need(slices.Clone(heads)) {
		batch.Load(n, of(events, n.EventID).load(n))
	}
	if err := decide(batch); err != nil {
		return err
	}
	if err := batch.Err(); err != nil {
		return err
	}
	s.save(events, batch)
	return nil
}

// find returns the events that exist, in the order of their ids.
func (s *Store) find(ids []domain.EventID) []*event {
	events := make([]*event, 0, len(ids))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, id := range ids {
		if e, ok := s.events[id]; ok {
			events = append(events, e)
		}
	}
	slices.SortFunc(events, func(a, b *event) int { return compareIDs(a.id, b.id) })
	return events
}

// of returns the event with this id, which is among those found.
func of(events []*event, id domain.EventID) *event {
	i, _ := slices.BinarySearchFunc(events, id, func(e *event, id domain.EventID) int { return compareIDs(e.id, id) })
	return events[i]
}

func compareIDs(a, b domain.EventID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }

// save applies what was decided.
func (s *Store) save(events []*event, batch *domain.Batch) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, f := range batch.Facts() {
		switch f := f.(type) {
		case domain.TicketsBooked:
			of(events, f.Booking.EventID).ticketsBooked(f.Booking)
		case domain.WaitlistJoined:
			of(events, f.Booking.EventID).joined(f.Booking, f.Joined)
		case domain.WaitlistLeft:
			of(events, f.Booking.EventID).leftLine(f.Booking)
		case domain.BookingPromoted:
			of(events, f.Booking.EventID).promoted(f.Booking)
		case domain.TicketGivenBack:
			of(events, f.Ticket.EventID).ticketGivenBack(f.Ticket)
		case domain.KeyUsed:
			of(events, f.EventID).keyUsed(f.Record)
		case domain.EventChanged, domain.EventCalledOff:
			// The head says it all.
		}
	}
	for _, head := range batch.Changed() {
		of(events, head.ID).head = head
	}
}
