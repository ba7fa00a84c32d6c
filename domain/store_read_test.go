package domain_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// load finds what a need asks for.
func (e *stored) load(n domain.Need) *domain.Loaded {
	l := domain.NewLoaded(n)
	for _, key := range n.Keys {
		if record, used := e.keys[key]; used {
			l.Keys[key] = &record
		}
	}
	for _, b := range slices.Backward(e.bookings) { // the latest first
		e.loadBooking(n, l, b.Clone())
	}
	slices.Reverse(l.Front)
	l.Front = l.Front[:min(n.Front, len(l.Front))]
	slices.SortFunc(l.Due, func(a, b domain.Booking) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
	})
	l.Due = l.Due[:min(domain.MostExpiries, len(l.Due))]
	slices.SortFunc(l.Holds, func(a, b domain.Hold) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
	})
	l.Holds = l.Holds[:min(n.Holds, len(l.Holds))]
	return l
}

func (e *stored) loadBooking(n domain.Need, l *domain.Loaded, b domain.Booking) {
	live := 0
	for _, t := range b.Tickets {
		if t.Status != domain.TicketCancelled {
			live++
		}
		if _, asked := l.Tickets[t.ID]; asked {
			l.Tickets[t.ID] = &b
		}
	}
	if _, asked := l.Bookings[b.ID]; asked {
		l.Bookings[b.ID] = &b
	}
	if _, asked := l.Claims[b.UserID]; asked {
		l.Claims[b.UserID] += live
		if b.Status == domain.BookingWaiting {
			l.Claims[b.UserID] += b.Quantity
		}
	}
	if live > 0 && len(l.Latest[b.UserID]) < n.Latest[b.UserID] {
		l.Latest[b.UserID] = append(l.Latest[b.UserID], b)
	}
	if slices.Contains(n.Erase, b.UserID) && len(l.Erase[b.UserID]) < domain.MostErased {
		l.Erase[b.UserID] = append(l.Erase[b.UserID], b)
	}
	switch b.Status {
	case domain.BookingWaiting:
		l.Front = append(l.Front, b)
	case domain.BookingHeld:
		l.Holds = append(l.Holds, domain.Hold{BookingID: b.ID, Sequence: b.Sequence, ExpiresAt: b.ExpiresAt})
		if !n.Due.IsZero() && !b.ExpiresAt.After(n.Due) {
			l.Due = append(l.Due, b)
		}
	case domain.BookingBooked, domain.BookingExpired, domain.BookingCancelled:
	}
}

func (s *store) Secret(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secrets[name] == nil {
		const length = 32
		s.secrets[name] = make([]byte, length)
		_, _ = rand.Read(s.secrets[name])
	}
	return slices.Clone(s.secrets[name]), nil
}

func (s *store) Event(_ context.Context, id domain.EventID) (domain.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(id); e != nil {
		return e.Event, nil
	}
	return domain.Event{}, domain.ErrEventNotFound
}

func (s *store) Events(_ context.Context, q ports.EventQuery) ([]domain.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newestFirst := func(a, b ports.EventCursor) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), byID(b.ID.UUID, a.ID.UUID))
	}
	var events []domain.Event
	for _, e := range s.events {
		if (q.Status == "" || q.Status == e.Status) &&
			(q.After == (ports.EventCursor{}) || newestFirst(q.After, ports.CursorOfEvent(e.Event)) < 0) {
			events = append(events, e.Event)
		}
	}
	slices.SortFunc(events, func(a, b domain.Event) int { return newestFirst(ports.CursorOfEvent(a), ports.CursorOfEvent(b)) })
	return page(events, q.Limit)
}

func byID(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// page is the first of what was found.
func page[V any](found []V, limit int) ([]V, error) {
	limit, err := ports.LimitOf(limit)
	if err != nil {
		return nil, err
	}
	return found[:min(limit, len(found))], nil
}

func (s *store) Booking(_ context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(event)
	if e == nil {
		return domain.Booking{}, domain.ErrEventNotFound
	}
	for _, b := range e.bookings {
		if b.ID == id {
			return e.shown(b), nil
		}
	}
	return domain.Booking{}, domain.ErrBookingNotFound
}

func (s *store) BookingsByID(_ context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(event)
	if e == nil {
		return domain.Event{}, nil, domain.ErrEventNotFound
	}
	var bookings []domain.Booking
	for _, b := range e.bookings {
		if slices.Contains(ids, b.ID) {
			bookings = append(bookings, e.shown(b))
		}
	}
	return e.Event, bookings, nil
}

func (s *store) Bookings(_ context.Context, q ports.BookingQuery) ([]domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(q.EventID)
	if e == nil {
		return nil, domain.ErrEventNotFound
	}
	var bookings []domain.Booking
	for _, b := range e.bookings {
		b = e.shown(b)
		if (q.UserID == (domain.UserID{}) || q.UserID == b.UserID) && (q.Status == "" || q.Status == b.Status) &&
			(q.Reference == "" || q.Reference == b.Reference) && b.Sequence > q.AfterSequence {
			bookings = append(bookings, b)
		}
	}
	return page(bookings, q.Limit)
}

func (s *store) PersonBookings(_ context.Context, q ports.PersonQuery) ([]domain.Booking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newestFirst := func(a, b ports.PersonCursor) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), byID(b.ID.UUID, a.ID.UUID))
	}
	var bookings []domain.Booking
	for _, e := range s.events {
		for _, b := range e.bookings {
			if b.UserID == q.UserID && (q.After == (ports.PersonCursor{}) || newestFirst(q.After, ports.CursorOfBooking(b)) < 0) {
				bookings = append(bookings, e.shown(b))
			}
		}
	}
	slices.SortFunc(bookings, func(a, b domain.Booking) int { return newestFirst(ports.CursorOfBooking(a), ports.CursorOfBooking(b)) })
	return page(bookings, q.Limit)
}

func (s *store) Journal(_ context.Context, q ports.JournalQuery) ([]domain.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(q.EventID)
	if e == nil {
		return nil, domain.ErrEventNotFound
	}
	var records []domain.Record
	for _, row := range e.journal {
		decoded, err := domain.DecodeRecords(e.ID, row.Records)
		if err != nil {
			return nil, err
		}
		for _, r := range decoded {
			if q.After.Before(r) {
				records = append(records, r)
			}
		}
	}
	return page(records, q.Limit)
}

func (s *store) Due(_ context.Context, limit int) (due []domain.EventID, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := slices.Clone(s.events)
	slices.SortFunc(events, func(a, b *stored) int { return a.NextDueAt().Compare(b.NextDueAt()) })
	for _, e := range events {
		switch at := e.NextDueAt(); {
		case at.IsZero():
		case !at.After(s.Now()):
			due = append(due, e.ID)
		case next.IsZero():
			next = at
		}
	}
	due, err = page(due, limit)
	return due, next, err
}

func (s *store) Ready(context.Context) error { return nil }
