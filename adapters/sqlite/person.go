package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// A person's bookings of all events are found event by event, by the one index
// that begins with the person: another one, by time, would cost every booking a
// page of the file that no other booking of its batch needs.

const (
	// The events that a person has bookings of: each is looked for after the one
	// before, however many bookings there are in between.
	selectEventsOf = "WITH RECURSIVE theirs (event_id) AS (SELECT MIN(event_id) FROM bookings WHERE user_id = ?1 UNION ALL" +
		" SELECT (SELECT MIN(b.event_id) FROM bookings AS b WHERE b.user_id = ?1 AND b.event_id > theirs.event_id)" +
		" FROM theirs WHERE theirs.event_id IS NOT NULL)" +
		" SELECT event_id FROM theirs WHERE event_id IS NOT NULL"
	selectLatestOf = "SELECT sequence, id, created_at FROM bookings INDEXED BY bookings_by_user" +
		" WHERE user_id = ? AND event_id = ? AND sequence < ? ORDER BY sequence DESC"
	selectCreatedAt = "SELECT created_at FROM bookings WHERE event_id = ? AND sequence = ?"
)

// listed is a booking as far as a person's list is ordered by it.
type listed struct {
	ports.PersonCursor
	event    domain.EventID
	sequence int64
}

// compareListed has the newest first.
func compareListed(a, b listed) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID.UUID[:], a.ID.UUID[:]))
}

// PersonBookings implements [ports.Reader].
func (s *Store) PersonBookings(ctx context.Context, query ports.PersonQuery) ([]domain.Booking, error) {
	most, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var found []domain.Booking
	err = s.read(ctx, func(q queryer) error {
		events := make(map[domain.EventID]*domain.Event)
		var all []listed
		err := each(ctx, q, selectEventsOf, []any{query.UserID.UUID[:]}, func(scan func(...any) error) (bool, error) {
			var id domain.EventID
			err := scan(&id.UUID)
			events[id] = nil
			return true, err
		})
		for id := range events {
			if err == nil {
				all, err = listBefore(ctx, q, query, id, most, all)
			}
		}
		if err != nil {
			return err
		}
		slices.SortFunc(all, compareListed)
		found, err = listedBookings(ctx, q, events, all[:min(most, len(all))])
		return err
	})
	if err != nil {
		return nil, storeError(ctx, err)
	}
	return found, nil
}

// listBefore adds the latest bookings of one event that a page may have, and maybe
// a few more.
func listBefore(ctx context.Context, q queryer, query ports.PersonQuery, event domain.EventID, most int, all []listed) ([]listed, error) {
	before, err := firstAfter(ctx, q, event, query.After.CreatedAt)
	if err != nil {
		return nil, err
	}
	after := listed{PersonCursor: query.After}
	added := 0
	err = each(ctx, q, selectLatestOf, []any{query.UserID.UUID[:], event.UUID[:], before}, func(scan func(...any) error) (bool, error) {
		l := listed{event: event}
		if err := scan(&l.sequence, &l.ID.UUID, moment{&l.CreatedAt}); err != nil {
			return false, err
		}
		// Of those that were made at the same time, the id decides.
		if added >= most && l.CreatedAt.Before(all[len(all)-1].CreatedAt) {
			return false, nil
		}
		if query.After == (ports.PersonCursor{}) || compareListed(after, l) < 0 {
			all = append(all, l)
			added++
		}
		return true, nil
	})
	return all, err
}

// firstAfter finds the first sequence of an event that was accepted after a time,
// or one that none has. Sequences have no gaps, and their times never run backwards.
func firstAfter(ctx context.Context, q queryer, event domain.EventID, at time.Time) (int64, error) {
	if at.IsZero() {
		return math.MaxInt64, nil
	}
	e, err := eventOf(ctx, q, event)
	if err != nil {
		return 0, err
	}
	sequence := sort.Search(int(e.LastSequence), func(i int) bool {
		var created time.Time
		err = errors.Join(err, get(ctx, q, selectCreatedAt, []any{moment{&created}}, event.UUID[:], i+1))
		return created.After(at)
	})
	return int64(sequence) + 1, err
}

// listedBookings reads bookings as they are now.
func listedBookings(ctx context.Context, q queryer, events map[domain.EventID]*domain.Event, page []listed) ([]domain.Booking, error) {
	var found []domain.Booking
	for _, l := range page {
		if events[l.event] == nil {
			e, err := eventOf(ctx, q, l.event)
			if err != nil {
				return nil, err
			}
			events[l.event] = &e
		}
		one, err := bookingsWhere(ctx, q, "WHERE event_id = ? AND sequence = ?", l.event.UUID[:], l.sequence)
		if err == nil {
			err = complete(ctx, q, events[l.event], one)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one...)
	}
	return found, nil
}
