package mysql

import (
	"context"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Event returns one event; see [ports.Reader].
func (s *Store) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	return s.shared.read(ctx, id)
}

func (s *Store) queryEvent(ctx context.Context, id domain.EventID) (domain.Event, error) {
	events, err := s.queryEvents(ctx, selectEvents([]domain.EventID{id}))
	if err != nil {
		return domain.Event{}, err
	}
	if len(events) == 0 {
		return domain.Event{}, domain.ErrEventNotFound
	}
	return events[0], nil
}

// Events lists events; see [ports.Reader].
func (s *Store) Events(ctx context.Context, query ports.EventQuery) ([]domain.Event, error) {
	ctx, err := s.beginList(ctx)
	if err != nil {
		return nil, err
	}
	defer s.endList()
	index := "listed"
	if query.Status != "" {
		index = "listed_by_status"
	}
	// The index is walked from its end; MySQL would sort a small table instead.
	list := sq.Select(eventColumns...).From("events FORCE INDEX ("+index+")").
		OrderBy("created_at DESC", "id DESC").Limit(uint64(query.Limit))
	if query.Status != "" {
		list = list.Where(sq.Eq{"status": string(query.Status)})
	}
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	if query.After != nil {
		last = query.After.CreatedAt
		list = list.Where(sq.Or{sq.Lt{"created_at": last}, sq.Lt{"id": query.After.ID.UUID[:]}})
	}
	// By itself the comparison of the pair would not be looked up in an index.
	return s.queryEvents(ctx, list.Where(sq.LtOrEq{"created_at": last}))
}

func (s *Store) queryEvents(ctx context.Context, query sq.SelectBuilder) ([]domain.Event, error) {
	statement, args, err := query.ToSql()
	if err != nil {
		return nil, err
	}
	rows, err := s.reads.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, storeError(ctx, err)
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	events, err := scanEvents(rows)
	return events, storeError(ctx, err)
}

// Booking returns one booking; see [ports.Reader].
func (s *Store) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	var scan bookingScan
	err := queryEach(ctx, s.reads, selectBooking, []any{id.UUID[:], id.UUID[:], event.UUID[:]}, scan.row)
	switch {
	case err != nil:
		return domain.Booking{}, storeError(ctx, err)
	case scan.events == 0:
		return domain.Booking{}, domain.ErrEventNotFound
	case len(scan.bookings) == 0:
		return domain.Booking{}, domain.ErrBookingNotFound
	}
	return scan.bookings[0], nil
}

// Bookings lists bookings of an event; see [ports.Reader].
func (s *Store) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	ctx, err := s.beginList(ctx)
	if err != nil {
		return nil, err
	}
	defer s.endList()
	bookings, exists, err := s.readPage(ctx, query)
	if err != nil {
		return nil, storeError(ctx, err)
	}
	if !exists {
		return nil, domain.ErrEventNotFound
	}
	return pageOf(bookings, query.Limit), nil
}

// beginList waits for a place among the lists that are read at once. Whoever has
// one keeps it until the database is done, even if the caller has gone: the list
// is read with the context that is returned, which only queryTimeout ends.
func (s *Store) beginList(ctx context.Context) (context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.lists <- struct{}{}:
		return context.WithoutCancel(ctx), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Store) endList() { <-s.lists }
