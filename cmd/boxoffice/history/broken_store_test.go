package history_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// brokenStore is a small store with one mistake, which it makes whenever
// mistake says so. Without a mistake it is right.
type brokenStore struct {
	mistake func() bool // nil is never

	oversells    bool // forgets that tickets were booked
	overtakes    bool // shows the line in another order
	losesCommits bool // says that it saved, and didn't
	forgetsKeys  bool
	readsOld     bool // answers reads with the state before the last change
	prolongs     bool // takes holds to end later than it said

	speed int // of its clock; 0 is the real one

	mu     sync.Mutex
	events map[domain.EventID]*kept
}

// kept is one event.
type kept struct {
	domain.Event
	bookings []domain.Booking // by sequence; positions are counted when they are read
	keys     map[[sha256.Size]byte]domain.KeyRecord
	journal  []domain.Record // since it was created
	old      *kept
}

var _ ports.Store = (*brokenStore)(nil)

func (s *brokenStore) errs(mistake bool) bool { return mistake && s.mistake() }

func (s *brokenStore) Create(_ context.Context, c domain.Creation) (domain.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.events[c.Event.ID]; ok {
		return there.Event, nil
	}
	s.events[c.Event.ID] = &kept{Event: c.Event, keys: make(map[[sha256.Size]byte]domain.KeyRecord)}
	return c.Event, nil
}

func (s *brokenStore) Update(_ context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var heads []domain.Event
	for _, id := range ids {
		heads = append(heads, s.events[id].Event)
	}
	batch := domain.NewBatch(heads)
	for _, n := range need(heads) {
		batch.Load(n, s.load(n))
	}
	if err := decide(batch); err != nil {
		return err
	}
	if s.errs(s.losesCommits) {
		return nil
	}
	for _, changed := range batch.Changed() {
		e := s.events[changed.ID]
		old := *e
		old.bookings = slices.Clone(e.bookings)
		for i := range old.bookings {
			old.bookings[i].Tickets = slices.Clone(old.bookings[i].Tickets)
		}
		e.old = &old
		available := e.AvailableTickets
		e.Event = changed
		if changed.Status == domain.EventPublished && available > changed.AvailableTickets && s.errs(s.oversells) {
			e.AvailableTickets = available
		}
	}
	for _, r := range batch.Records() {
		s.events[r.EventID].journal = append(s.events[r.EventID].journal, r)
		if r.Booking != nil {
			s.put(r.Booking.Clone())
		}
	}
	for _, k := range batch.Keys() {
		if !s.errs(s.forgetsKeys) {
			s.events[k.EventID].keys[k.Key] = k.KeyRecord
		}
	}
	return nil
}

func (s *brokenStore) load(n domain.Need) *domain.Loaded {
	l := domain.NewLoaded(n)
	e := s.events[n.EventID]
	for key, record := range e.keys {
		if _, asked := l.Keys[key]; asked {
			l.Keys[key] = &record
		}
	}
	for _, b := range e.bookings {
		if b.Status == domain.BookingHeld && s.errs(s.prolongs) {
			b.ExpiresAt = b.ExpiresAt.Add(time.Hour)
		}
		if _, asked := l.Bookings[b.ID]; asked {
			l.Bookings[b.ID] = &b
		}
		claims, hasTickets := 0, false
		if b.Status == domain.BookingWaiting {
			claims = b.Quantity
			l.Front = append(l.Front, b)
		}
		for _, t := range b.Tickets {
			if _, asked := l.Tickets[t.ID]; asked {
				l.Tickets[t.ID] = &b
			}
			if t.Status != domain.TicketCancelled {
				claims++
				hasTickets = true
			}
		}
		if _, asked := l.Claims[b.UserID]; asked {
			l.Claims[b.UserID] += claims
		}
		if _, asked := l.Latest[b.UserID]; asked && hasTickets {
			l.Latest[b.UserID] = append([]domain.Booking{b}, l.Latest[b.UserID]...)
		}
		if b.Status == domain.BookingHeld {
			l.Holds = append(l.Holds, domain.Hold{BookingID: b.ID, Sequence: b.Sequence, ExpiresAt: b.ExpiresAt})
			if !b.ExpiresAt.After(n.Due) {
				l.Due = append(l.Due, b)
			}
		}
	}
	slices.SortStableFunc(l.Holds, func(a, b domain.Hold) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	l.Holds = l.Holds[:min(n.Holds, len(l.Holds))]
	slices.SortStableFunc(l.Due, func(a, b domain.Booking) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	l.Front = l.Front[:n.Front]
	if n.Front > 1 && s.errs(s.overtakes) {
		l.Front[0], l.Front[1] = l.Front[1], l.Front[0]
	}
	return l
}

// put keeps a booking, in the place of what it was before.
func (s *brokenStore) put(b domain.Booking) {
	e := s.events[b.EventID]
	b.Position, b.TicketsAhead = 0, 0
	if int(b.Sequence) > len(e.bookings) {
		e.bookings = append(e.bookings, b)
	} else {
		e.bookings[b.Sequence-1] = b
	}
}

// read returns an event as a reader sees it.
func (s *brokenStore) read(id domain.EventID) (kept, error) {
	e, ok := s.events[id]
	switch {
	case !ok:
		return kept{}, domain.ErrEventNotFound
	case e.old != nil && s.errs(s.readsOld):
		e = e.old
	}
	seen := kept{Event: e.Event}
	position := 0
	for _, b := range e.bookings {
		if b.Status == domain.BookingWaiting {
			position++
			b.Position = position
		}
		b.Tickets = slices.Clone(b.Tickets)
		seen.bookings = append(seen.bookings, b.OfEvent(e.Event))
	}
	return seen, nil
}

func (s *brokenStore) Event(_ context.Context, id domain.EventID) (domain.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.read(id)
	return e.Event, err
}

func (s *brokenStore) Events(context.Context, ports.EventQuery) ([]domain.Event, error) {
	return nil, ports.ErrStoreUnavailable // nobody asks
}

func (s *brokenStore) Booking(_ context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.read(event)
	if err != nil {
		return domain.Booking{}, err
	}
	for _, b := range e.bookings {
		if b.ID == id {
			return b, nil
		}
	}
	return domain.Booking{}, domain.ErrBookingNotFound
}

func (s *brokenStore) Bookings(_ context.Context, q ports.BookingQuery) ([]domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.read(q.EventID)
	if err != nil {
		return nil, err
	}
	rest := e.bookings[min(int(q.AfterSequence), len(e.bookings)):]
	return rest[:min(q.Limit, len(rest))], nil
}

func (s *brokenStore) Ready(context.Context) error { return nil }

// began is when clocks that are fast were right.
var began = ports.SystemClock{}.Now()

func (s *brokenStore) Now() time.Time {
	now := ports.SystemClock{}.Now()
	return now.Add(now.Sub(began) * time.Duration(max(0, s.speed-1)))
}

func (s *brokenStore) Due(context.Context, int) (due []domain.EventID, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, e := range s.events {
		if at := e.NextDueAt(); !at.IsZero() && !at.After(s.Now()) {
			due = append(due, id)
		}
	}
	return due, time.Time{}, nil // the service asks again in a second
}

func (s *brokenStore) Secret(context.Context, string) ([]byte, error) {
	return make([]byte, sha256.Size), nil
}

func (s *brokenStore) ForgetRequests(context.Context, domain.UserID) error {
	return ports.ErrStoreUnavailable // nobody asks
}

func (s *brokenStore) PersonBookings(context.Context, ports.PersonQuery) ([]domain.Booking, error) {
	return nil, ports.ErrStoreUnavailable // nobody asks
}

func (s *brokenStore) Journal(_ context.Context, q ports.JournalQuery) ([]domain.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page []domain.Record
	for _, r := range s.events[q.EventID].journal {
		if q.After.Before(r) && len(page) < q.Limit {
			page = append(page, r)
		}
	}
	return page, nil
}

func (s *brokenStore) BookingsByID(context.Context, domain.EventID, []domain.BookingID) (domain.Event, []domain.Booking, error) {
	return domain.Event{}, nil, ports.ErrStoreUnavailable // nobody asks
}
