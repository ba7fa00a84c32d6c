package sqlite

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Event implements [ports.Reader].
func (s *Store) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	var e domain.Event
	err := s.borrow(ctx, func(c *connection) (err error) {
		e, err = eventOf(ctx, c, id)
		return err
	})
	return e, readError(ctx, err)
}

// readError passes refusals on.
func readError(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err
	}
	return storeError(ctx, err)
}

// Events implements [ports.Reader].
func (s *Store) Events(ctx context.Context, query ports.EventQuery) ([]domain.Event, error) {
	most, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var c conditions
	index := "events_by_creation"
	if query.Status != "" {
		index = "events_by_status"
		c.add("status = ?", string(query.Status))
	}
	if query.After != (ports.EventCursor{}) {
		c.add("(created_at, id) < (?, ?)", query.After.CreatedAt.UnixMicro(), query.After.ID.UUID[:])
	}
	var found []domain.Event
	text := selectEvents + " INDEXED BY " + index + c.where() + " ORDER BY created_at DESC, id DESC LIMIT ?"
	err = s.borrow(ctx, func(conn *connection) error {
		return each(ctx, conn, text, append(c.args, most), func(scan func(...any) error) (bool, error) {
			e, err := scanEvent(scan)
			found = append(found, e)
			return true, err
		})
	})
	return found, storeError(ctx, err)
}

// Booking implements [ports.Reader].
func (s *Store) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	var booking domain.Booking
	err := s.read(ctx, func(q queryer) error {
		found, err := bookingsOf(ctx, q, event, whereID, event.UUID[:], id.UUID[:])
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return domain.ErrBookingNotFound
		}
		booking = found[0]
		return nil
	})
	return booking, readError(ctx, err)
}

// BookingsByID implements [ports.Reader].
func (s *Store) BookingsByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error) {
	var e domain.Event
	var found []domain.Booking
	err := s.read(ctx, func(q queryer) (err error) {
		found = nil
		if e, err = eventOf(ctx, q, event); err != nil {
			return err
		}
		for _, id := range ids { // an index finds each; a list of them would not be a statement that is kept
			one, err := bookingsWhere(ctx, q, whereID, event.UUID[:], id.UUID[:])
			if err != nil {
				return err
			}
			found = append(found, one...)
		}
		slices.SortFunc(found, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
		found = slices.CompactFunc(found, func(a, b domain.Booking) bool { return a.Sequence == b.Sequence })
		return complete(ctx, q, &e, found)
	})
	return e, found, readError(ctx, err)
}

// bookingsOf reads bookings of one event as they are now, or returns
// domain.ErrEventNotFound.
func bookingsOf(ctx context.Context, q queryer, event domain.EventID, where string, args ...any) ([]domain.Booking, error) {
	e, err := eventOf(ctx, q, event)
	if err != nil {
		return nil, err
	}
	found, err := bookingsWhere(ctx, q, where, args...)
	if err != nil {
		return nil, err
	}
	return found, complete(ctx, q, &e, found)
}

// complete makes bookings of one event what they are now, with their tickets and
// positions.
func complete(ctx context.Context, q queryer, e *domain.Event, found []domain.Booking) error {
	theirs := make([]*domain.Booking, len(found))
	for i := range found {
		theirs[i] = &found[i]
	}
	if err := addTickets(ctx, q, e.ID, theirs); err != nil {
		return err
	}
	for i := range found {
		if err := place(ctx, q, e, &found[i]); err != nil {
			return err
		}
		found[i] = found[i].OfEvent(*e)
	}
	return nil
}

// Bookings implements [ports.Reader].
func (s *Store) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	most, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var found []domain.Booking
	err = s.read(ctx, func(q queryer) error {
		e, err := eventOf(ctx, q, query.EventID)
		if err != nil {
			return err
		}
		where, args := whereListed(&e, query)
		found, err = bookingsWhere(ctx, q, where+" ORDER BY sequence LIMIT ?", append(args, most)...)
		if err != nil {
			return err
		}
		return complete(ctx, q, &e, found)
	})
	if err != nil {
		return nil, readError(ctx, err)
	}
	return found, nil
}

// whereListed says which bookings of an event are asked for, and by which index
// they are found so that a page is read only as far as it goes.
func whereListed(e *domain.Event, query ports.BookingQuery) (where string, args []any) {
	var c conditions
	index := "NOT INDEXED" // by the primary key
	c.add("event_id = ?", query.EventID.UUID[:])
	c.add("sequence > ?", query.AfterSequence)
	switch {
	case query.Status == "":
	case e.Status != domain.EventCancelled || query.Status == domain.BookingExpired:
		index = "INDEXED BY bookings_by_status"
		c.add("status = ?", string(query.Status))
	case query.Status == domain.BookingCancelled:
		c.add("status <> ?", string(domain.BookingExpired))
	default: // nothing else is in a cancelled event
		c.add("FALSE")
	}
	if query.Reference != "" {
		index = "INDEXED BY bookings_by_reference"
		c.add("reference = ?", query.Reference)
	}
	if query.UserID != (domain.UserID{}) {
		index = "INDEXED BY bookings_by_user"
		c.add("user_id = ?", query.UserID.UUID[:])
	}
	return index + c.where(), c.args
}

// Journal implements [ports.Reader].
func (s *Store) Journal(ctx context.Context, query ports.JournalQuery) ([]domain.Record, error) {
	most, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var found []domain.Record
	err = s.read(ctx, func(q queryer) error {
		var there bool
		if err := get(ctx, q, "SELECT EXISTS (SELECT 1 FROM events WHERE id = ?)", []any{&there}, query.EventID.UUID[:]); err != nil {
			return err
		}
		if !there {
			return domain.ErrEventNotFound
		}
		const selectJournal = "SELECT records FROM journal WHERE event_id = ? AND last_version >= ? ORDER BY last_version"
		return each(ctx, q, selectJournal, []any{query.EventID.UUID[:], query.After.Version}, func(scan func(...any) error) (bool, error) {
			var encoded []byte
			if err := scan(&encoded); err != nil {
				return false, err
			}
			records, err := domain.DecodeRecords(query.EventID, encoded)
			for _, r := range records {
				if query.After.Before(r) && len(found) < most {
					found = append(found, r)
				}
			}
			return len(found) < most, err
		})
	})
	if err != nil {
		return nil, readError(ctx, err)
	}
	return found, nil
}

// Due implements [ports.Reader].
func (s *Store) Due(ctx context.Context, limit int) (due []domain.EventID, next time.Time, err error) {
	most, err := ports.LimitOf(limit)
	if err != nil {
		return nil, time.Time{}, err
	}
	// The events that fall due first, and one more.
	const selectDue = "SELECT id, next_due_at FROM events INDEXED BY events_by_due WHERE next_due_at IS NOT NULL" +
		" ORDER BY next_due_at, id LIMIT ?"
	now := s.Now()
	err = s.borrow(ctx, func(c *connection) error {
		return each(ctx, c, selectDue, []any{most + 1}, func(scan func(...any) error) (bool, error) {
			var id domain.EventID
			var at time.Time
			if err := scan(&id.UUID, moment{&at}); err != nil {
				return false, err
			}
			if at.After(now) || len(due) == most {
				next = at
				return false, nil
			}
			due = append(due, id)
			return true, nil
		})
	})
	if err != nil {
		return nil, time.Time{}, storeError(ctx, err)
	}
	return due, next, nil
}

// conditions are what rows must meet, all of them.
type conditions struct {
	all  []string
	args []any
}

func (c *conditions) add(condition string, args ...any) {
	c.all, c.args = append(c.all, condition), append(c.args, args...)
}

func (c *conditions) where() string {
	where := ""
	for i, condition := range c.all {
		if i == 0 {
			where = " WHERE " + condition
		} else {
			where += " AND " + condition
		}
	}
	return where
}
