package memory

import (
	"context"
	"iter"
	"sort"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Event implements [ports.Reader].
func (s *Store) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	e, err := s.lockForReading(ctx, id)
	if err != nil {
		return domain.Event{}, err
	}
	defer e.RUnlock()
	return e.head, nil
}

// Events implements [ports.Reader]. A search by status passes over all events
// that have another; no update is saved meanwhile.
func (s *Store) Events(ctx context.Context, query ports.EventQuery) ([]domain.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	older := len(s.newest)
	if query.After != nil {
		older = s.olderThan(query.After)
	}
	var found []domain.Event
	for older > 0 && len(found) < query.Limit {
		older--
		if head := s.newest[older].head; query.Status == "" || head.Status == query.Status {
			found = append(found, head)
		}
	}
	return found, nil
}

// olderThan counts the events that come after this one in the order of
// [ports.Reader.Events], which newest has from its end.
func (s *Store) olderThan(head *domain.Event) int {
	return sort.Search(len(s.newest), func(i int) bool {
		other := &s.newest[i].head
		if c := other.CreatedAt.Compare(head.CreatedAt); c != 0 {
			return c > 0
		}
		return compareIDs(other.ID, head.ID) >= 0
	})
}

// Booking implements [ports.Reader].
func (s *Store) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	e, err := s.lockForReading(ctx, event)
	if err != nil {
		return domain.Booking{}, err
	}
	defer e.RUnlock()
	n := e.bookings.find(id.UUID)
	if n == 0 {
		return domain.Booking{}, domain.ErrBookingNotFound
	}
	return e.booking(n).OfEvent(e.head), nil
}

// Bookings implements [ports.Reader].
func (s *Store) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	e, err := s.lockForReading(ctx, query.EventID)
	if err != nil {
		return nil, err
	}
	defer e.RUnlock()
	if e.head.Status == domain.EventCancelled {
		switch query.Status {
		case domain.BookingCancelled:
			query.Status = "" // they all are
		case domain.BookingBooked, domain.BookingWaiting:
			return nil, nil
		}
	}
	rows := e.all
	if query.UserID != (domain.UserID{}) {
		rows = e.allOf
	}
	var found []domain.Booking
	for n := range rows(query) {
		found = append(found, e.booking(n).OfEvent(e.head))
		if len(found) == query.Limit {
			break
		}
	}
	return found, nil
}

// all returns the bookings of one status, or of any. It passes over chunks
// that have none.
func (e *event) all(query ports.BookingQuery) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := max(query.AfterSequence, 0); i < int64(e.bookings.count); i++ {
			n := int32(i + 1)
			switch {
			case e.matches(n, query.Status):
				if !yield(n) {
					return
				}
			case !e.block(n).has(query.Status):
				i |= chunkSize - 1
			}
		}
	}
}

// allOf is all for one person. The page before ended with a booking of theirs,
// so the next page needs no search for where to begin.
func (e *event) allOf(query ports.BookingQuery) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		p := e.people.find(query.UserID.UUID)
		if p == 0 {
			return
		}
		after := query.AfterSequence
		n := e.people.at(p).first
		if 0 < after && after <= int64(e.bookings.count) && e.bookings.at(int32(after)).person == p {
			n = e.bookings.at(int32(after)).nextOfPerson
		}
		for ; n != 0; n = e.bookings.at(n).nextOfPerson {
			if int64(n) > after && e.matches(n, query.Status) && !yield(n) {
				return
			}
		}
	}
}

// matches reports whether a booking has this status; empty is any.
func (e *event) matches(n int32, status domain.BookingStatus) bool {
	return status == "" || e.bookings.at(n).state.status() == status
}

// Ready implements [ports.Reader]: memory is always ready.
func (s *Store) Ready(context.Context) error { return nil }

func (s *Store) lockForReading(ctx context.Context, id domain.EventID) (*event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	e, ok := s.events[id]
	s.mu.RUnlock()
	if !ok {
		return nil, domain.ErrEventNotFound
	}
	e.RLock()
	return e, nil
}
