package memory

import (
	"bytes"
	"context"
	"iter"
	"math"
	"slices"
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
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	older := len(s.newest)
	if query.After != (ports.EventCursor{}) {
		older = s.olderThan(query.After)
	}
	var found []domain.Event
	for older > 0 && len(found) < limit {
		older--
		if head := s.newest[older].head; query.Status == "" || head.Status == query.Status {
			found = append(found, head)
		}
	}
	return found, nil
}

// olderThan counts the events that come after this place in the order of
// [ports.Reader.Events], which newest has from its end.
func (s *Store) olderThan(c ports.EventCursor) int {
	return sort.Search(len(s.newest), func(i int) bool {
		other := &s.newest[i].head
		if c := other.CreatedAt.Compare(c.CreatedAt); c != 0 {
			return c > 0
		}
		return compareIDs(other.ID, c.ID) >= 0
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

// BookingsByID implements [ports.Reader].
func (s *Store) BookingsByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error) {
	e, err := s.lockForReading(ctx, event)
	if err != nil {
		return domain.Event{}, nil, err
	}
	defer e.RUnlock()
	var numbers []int32
	for _, id := range ids {
		if n := e.bookings.find(id.UUID); n != 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	var found []domain.Booking
	for _, n := range slices.Compact(numbers) {
		found = append(found, e.booking(n).OfEvent(e.head))
	}
	return e.head, found, nil
}

// Bookings implements [ports.Reader].
func (s *Store) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	e, err := s.lockForReading(ctx, query.EventID)
	if err != nil {
		return nil, err
	}
	defer e.RUnlock()
	f := filter{BookingQuery: query, states: e.shown(query.Status)}
	if query.UserID != (domain.UserID{}) {
		if f.person = e.people.find(query.UserID.UUID); f.person == 0 {
			return nil, nil
		}
	}
	rows := e.all
	switch {
	case query.Reference != "":
		rows = e.allReferred
	case f.person != 0:
		rows = e.allOf
	}
	var found []domain.Booking
	for n := range rows(f) {
		if found = append(found, e.booking(n).OfEvent(e.head)); len(found) == limit {
			break
		}
	}
	return found, nil
}

// filter is what a search looks for, in the words of the rows.
type filter struct {
	ports.BookingQuery
	states states
	person int32 // 0 is anybody
}

// all returns the bookings in some states. It passes over chunks that have none.
func (e *event) all(f filter) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := max(f.AfterSequence, 0); i < int64(e.bookings.count); i++ {
			n := int32(i + 1)
			switch {
			case f.states[e.bookings.at(n).state]:
				if !yield(n) {
					return
				}
			case !e.block(n).has(f.states):
				i |= chunkSize - 1
			}
		}
	}
}

// allOf is all for one person. The page before ended with a booking of theirs,
// so mostly the next page needs no search for where to begin.
func (e *event) allOf(f filter) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		after := f.AfterSequence
		n := e.people.at(f.person).bookings.first
		if 0 < after && after <= int64(e.bookings.count) && e.bookings.at(int32(after)).person == f.person {
			n = e.bookings.at(int32(after)).ofPerson.after
		}
		for ; n != 0; n = e.bookings.at(n).ofPerson.after {
			if int64(n) > after && f.states[e.bookings.at(n).state] && !yield(n) {
				return
			}
		}
	}
}

// allReferred is all for one reference, and maybe one person.
func (e *event) allReferred(f filter) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, n := range e.byReference[f.Reference] {
			row := e.bookings.at(n)
			if int64(n) > f.AfterSequence && f.states[row.state] && (f.person == 0 || row.person == f.person) && !yield(n) {
				return
			}
		}
	}
}

// PersonBookings implements [ports.Reader]. It asks each event in turn whether
// it has the person.
func (s *Store) PersonBookings(ctx context.Context, query ports.PersonQuery) ([]domain.Booking, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	events := slices.Clone(s.newest)
	s.mu.RUnlock()
	var found []domain.Booking
	for _, e := range slices.Backward(events) {
		found = e.newestOf(query, found, limit)
	}
	return found, nil
}

// newestOf adds a person's bookings of the event to those found in others, of
// which limit remain, the newest first.
func (e *event) newestOf(query ports.PersonQuery, found []domain.Booking, limit int) []domain.Booking {
	e.RLock()
	defer e.RUnlock()
	p := e.people.find(query.UserID.UUID)
	if p == 0 {
		return found
	}
	oldest := int64(math.MinInt64) // that may still be among them
	if len(found) == limit {
		oldest = micros(found[limit-1].CreatedAt)
	}
	added := 0
	// A later booking is never the older one, but it may be as old.
	for n := e.people.at(p).bookings.last; n != 0; n = e.bookings.at(n).ofPerson.before {
		row := e.bookings.at(n)
		if row.createdAt < oldest {
			break
		}
		at := ports.PersonCursor{CreatedAt: moment(row.createdAt), ID: domain.BookingID{UUID: e.bookings.id(n)}}
		if query.After != (ports.PersonCursor{}) && compareNewest(query.After, at) >= 0 {
			continue
		}
		found = append(found, e.booking(n).OfEvent(e.head))
		if added++; added == limit {
			oldest = row.createdAt
		}
	}
	slices.SortFunc(found, func(a, b domain.Booking) int {
		return compareNewest(ports.CursorOfBooking(a), ports.CursorOfBooking(b))
	})
	return found[:min(limit, len(found))]
}

// compareNewest puts the newest booking first.
func compareNewest(a, b ports.PersonCursor) int {
	if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
		return c
	}
	return bytes.Compare(b.ID.UUID[:], a.ID.UUID[:])
}

// Journal implements [ports.Reader].
func (s *Store) Journal(ctx context.Context, query ports.JournalQuery) ([]domain.Record, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	e, err := s.lockForReading(ctx, query.EventID)
	if err != nil {
		return nil, err
	}
	rows := e.journal.after(query.After, limit)
	e.RUnlock()
	var found []domain.Record
	for _, row := range rows {
		records, err := domain.DecodeRecords(query.EventID, row)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if !query.After.Before(r) {
				continue
			}
			if found = append(found, r); len(found) == limit {
				return found, nil
			}
		}
	}
	return found, nil
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
