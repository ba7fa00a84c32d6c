package memory

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"sync"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Store keeps everything in the memory of this process, and loses it with the
// process. Its time is that of this machine. It is safe for concurrent use; make
// one with [New].
type Store struct {
	ports.SystemClock

	// mu guards events and newest. A batch is saved while mu is held for
	// reading and each of its events for writing; so whoever holds mu for
	// writing, or one event for reading, sees no batch half saved.
	mu     sync.RWMutex
	events map[domain.EventID]*event
	newest []*event // the newest comes last
	due    *dues

	secrets  sync.Map // by name
	webhooks webhooks
}

var _ ports.Store = (*Store)(nil)

// New returns a store without events.
func New() *Store {
	return &Store{events: make(map[domain.EventID]*event), due: newDues()}
}

// Create implements [ports.Writer].
func (s *Store) Create(ctx context.Context, c domain.Creation) (domain.Event, error) {
	if err := ctx.Err(); err != nil {
		return domain.Event{}, err
	}
	row, err := ports.JournalRowOf([]domain.Record{c.Record})
	if err != nil {
		return domain.Event{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.events[c.Event.ID]; ok {
		if first, ok := there.keys[c.Key.Key]; !ok || first.request != c.Key.Request {
			return domain.Event{}, domain.ErrIdempotencyKeyReused
		}
		return there.head, nil
	}
	e := &event{id: c.Event.ID, head: c.Event}
	e.journal.add(row)
	if c.Key.Key != (domain.KeyRecord{}.Key) {
		e.useKey(c.Key)
	}
	s.events[e.id] = e
	s.newest = slices.Insert(s.newest, s.olderThan(ports.CursorOfEvent(e.head)), e)
	return e.head, nil
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
		batch.Load(n, events[index(events, n.EventID)].load(n))
	}
	if err := decide(batch); err != nil {
		return err
	}
	if err := batch.Err(); err != nil {
		return err
	}
	return s.save(events, batch)
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

// index returns where the event with this id is among those found.
func index(events []*event, id domain.EventID) int {
	i, _ := slices.BinarySearchFunc(events, id, func(e *event, id domain.EventID) int { return compareIDs(e.id, id) })
	return i
}

func compareIDs(a, b domain.EventID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }

// save applies what was decided. All that can fail comes first.
func (s *Store) save(events []*event, batch *domain.Batch) error {
	records := make([][]domain.Record, len(events))
	for _, r := range batch.Records() {
		i := index(events, r.EventID)
		records[i] = append(records[i], r)
	}
	rows := make([]ports.JournalRow, len(events))
	for i := range events {
		if len(records[i]) == 0 {
			continue
		}
		var err error
		if rows[i], err = ports.JournalRowOf(records[i]); err != nil {
			return err
		}
	}

	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, e := range events {
		for j := range records[i] {
			e.apply(&records[i][j])
		}
		if len(records[i]) > 0 {
			e.journal.add(rows[i])
		}
	}
	for _, use := range batch.Keys() {
		events[index(events, use.EventID)].useKey(use.KeyRecord)
	}
	var moves []move
	for _, head := range batch.Changed() {
		e := events[index(events, head.ID)]
		if was, is := e.head.NextDueAt(), head.NextDueAt(); !was.Equal(is) {
			moves = append(moves, move{e.id, was, is})
		}
		e.head = head
	}
	s.due.move(moves)
	return nil
}

// ForgetRequests implements [ports.Writer].
func (s *Store) ForgetRequests(ctx context.Context, person domain.UserID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	events := slices.Clone(s.newest)
	s.mu.RUnlock()
	for _, e := range events {
		e.forgetRequests(person)
	}
	return nil
}

// Secret implements [ports.Writer].
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	const size = 32
	made := make([]byte, size)
	_, _ = rand.Read(made) // never fails
	first, _ := s.secrets.LoadOrStore(name, made)
	return slices.Clone(first.([]byte)), nil
}
