package mysql

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Event returns one event; see [ports.Reader].
func (s *Store) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	return s.sharedEvents.read(ctx, id)
}

func (s *Store) queryEvent(ctx context.Context, id domain.EventID, _ []struct{}) (domain.Event, error) {
	events, err := queryEvents(ctx, s.reads, selectEvents([]domain.EventID{id}))
	if err != nil {
		return domain.Event{}, storeError(ctx, err)
	}
	if len(events) == 0 {
		return domain.Event{}, domain.ErrEventNotFound
	}
	return events[0], nil
}

// Events lists events; see [ports.Reader].
func (s *Store) Events(ctx context.Context, query ports.EventQuery) ([]domain.Event, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	ctx, err = s.beginList(ctx)
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
		OrderBy("created_at DESC", "id DESC").Limit(uint64(limit))
	if query.Status != "" {
		list = list.Where(sq.Eq{"status": string(query.Status)})
	}
	last := lastTime
	if query.After != (ports.EventCursor{}) {
		last = query.After.CreatedAt
		list = list.Where(sq.Or{sq.Lt{"created_at": last}, sq.Lt{"id": query.After.ID.UUID[:]}})
	}
	// By itself the comparison of the pair would not be looked up in an index.
	events, err := queryEvents(ctx, s.reads, list.Where(sq.LtOrEq{"created_at": last}))
	return events, storeError(ctx, err)
}

// lastTime is later than anything.
var lastTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func queryEvents(ctx context.Context, db querier, query sq.SelectBuilder) ([]domain.Event, error) {
	statement, args, err := query.ToSql()
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	return scanEvents(rows)
}

// Booking returns one booking; see [ports.Reader].
func (s *Store) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	found, err := s.sharedBookings.read(ctx, event, id)
	if err != nil {
		return domain.Booking{}, err
	}
	for _, b := range found {
		if b.ID == id {
			return b.Clone(), nil // others are told the same
		}
	}
	return domain.Booking{}, domain.ErrBookingNotFound
}

// BookingsByID returns bookings of one moment; see [ports.Reader].
func (s *Store) BookingsByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error) {
	e, found, err := s.readByID(ctx, event, ids)
	return e, found, readError(ctx, err)
}

// distinct returns ids in order, each once.
func distinct(ids []domain.BookingID) []domain.BookingID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b domain.BookingID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) })
	return slices.Compact(ids)
}

func (s *Store) queryBookings(ctx context.Context, event domain.EventID, ids []domain.BookingID) ([]domain.Booking, error) {
	_, found, err := s.BookingsByID(ctx, event, ids)
	return found, err
}

// readByID reads the event, its bookings that have tickets, and those that don't.
func (s *Store) readByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (domain.Event, []domain.Booking, error) {
	tx, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return domain.Event{}, nil, err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	events, err := queryEvents(ctx, tx, selectEvents([]domain.EventID{event}))
	switch {
	case err != nil:
		return domain.Event{}, nil, err
	case len(events) == 0:
		return domain.Event{}, nil, domain.ErrEventNotFound
	}
	found := shownRows{bookings: make([]domain.Booking, 0, len(ids)), waiting: make([]waiting, 0, len(ids))}
	for chunk := range slices.Chunk(distinct(ids), maxLookups) {
		among := make([]any, len(chunk))
		for i := range chunk {
			among[i] = chunk[i].UUID[:]
		}
		withTickets := sq.Select("t.event_id", "t.sequence").From("tickets AS t FORCE INDEX (by_booking)").
			Where(sq.Eq{"t.event_id": event.UUID[:], "t.booking_id": among, "t.ordinal": 1})
		inLine := sq.Select("w.event_id", "w.sequence").From("waitlist AS w FORCE INDEX (by_booking)").
			Where(sq.Eq{"w.event_id": event.UUID[:], "w.booking_id": among})
		if err := read(ctx, tx, selectTicketsOfPage(withTickets), found.ticket); err != nil {
			return domain.Event{}, nil, err
		}
		if err := read(ctx, tx, selectLineOfPage(inLine), found.inLine); err != nil {
			return domain.Event{}, nil, err
		}
	}
	err = found.place(ctx, tx, s.departures)
	slices.SortFunc(found.bookings, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return events[0], found.bookings, err
}

// Bookings lists bookings of an event; see [ports.Reader].
func (s *Store) Bookings(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	var err error
	if query.Limit, err = ports.LimitOf(query.Limit); err != nil {
		return nil, err
	}
	ctx, err = s.beginList(ctx)
	if err != nil {
		return nil, err
	}
	defer s.endList()
	bookings, err := s.readPage(ctx, query)
	if err != nil {
		return nil, readError(ctx, err)
	}
	slices.SortFunc(bookings, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return bookings[:min(len(bookings), query.Limit)], nil
}

// PersonBookings lists a person's bookings; see [ports.Reader].
func (s *Store) PersonBookings(ctx context.Context, query ports.PersonQuery) ([]domain.Booking, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	ctx, err = s.beginList(ctx)
	if err != nil {
		return nil, err
	}
	defer s.endList()
	bookings, err := s.readPersonPage(ctx, query, limit)
	if err != nil {
		return nil, storeError(ctx, err)
	}
	slices.SortFunc(bookings, func(a, b domain.Booking) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID.UUID[:], a.ID.UUID[:]))
	})
	return bookings[:min(len(bookings), limit)], nil
}

// readPersonPage finds a page of bookings with tickets and one of those without.
// A person's rows are read all, but for a few.
func (s *Store) readPersonPage(ctx context.Context, query ports.PersonQuery, limit int) ([]domain.Booking, error) {
	tx, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	withTickets := pageOfPerson(sq.Select("t.event_id", "t.sequence").From("tickets AS t FORCE INDEX (by_user)").
		Where(sq.Eq{"t.ordinal": 1}), "t.accepted_at", "t", query, limit)
	inLine := pageOfPerson(sq.Select("w.event_id", "w.sequence").From("waitlist AS w FORCE INDEX (by_user)").
		Join("events AS h ON h.id = w.event_id").
		Where("("+leftW+" OR "+waitsW+"h.last_promoted)"), "w.joined_at", "w", query, limit)
	var found shownRows
	for _, leg := range []struct {
		statement sq.SelectBuilder
		scan      func(*sql.Rows) error
	}{{selectTicketsOfPage(withTickets), found.ticket}, {selectLineOfPage(inLine), found.inLine}} {
		if err := read(ctx, tx, leg.statement, leg.scan); err != nil {
			return nil, err
		}
	}
	return found.bookings, found.place(ctx, tx, s.departures)
}

// pageOfPerson bounds a search of rows of a table to a page of a person's.
func pageOfPerson(rows sq.SelectBuilder, createdAt, table string, query ports.PersonQuery, limit int) sq.SelectBuilder {
	id := table + ".booking_id"
	rows = rows.Where(sq.Eq{table + ".user_id": query.UserID.UUID[:]}).OrderBy(createdAt+" DESC", id+" DESC").Limit(uint64(limit))
	if query.After == (ports.PersonCursor{}) {
		return rows
	}
	return rows.Where(sq.Or{
		sq.Lt{createdAt: query.After.CreatedAt},
		sq.And{sq.Eq{createdAt: query.After.CreatedAt}, sq.Lt{id: query.After.ID.UUID[:]}},
	})
}

// Due lists what is due; see [ports.Reader].
func (s *Store) Due(ctx context.Context, limit int) (due []domain.EventID, next time.Time, err error) {
	if limit, err = ports.LimitOf(limit); err != nil {
		return nil, time.Time{}, err
	}
	now := s.Now()
	const statement = "SELECT id, next_due_at FROM events FORCE INDEX (due) WHERE next_due_at IS NOT NULL ORDER BY next_due_at, id LIMIT ?"
	err = queryEach(ctx, s.reads, statement, []any{int64(limit) + 1}, func(rows *sql.Rows) error {
		var id domain.EventID
		var at time.Time
		err := rows.Scan(&id.UUID, &at)
		switch {
		case !at.After(now) && len(due) < limit:
			due = append(due, id)
		case next.IsZero():
			next = at
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, storeError(ctx, err)
	}
	return due, next, nil
}

// readError is storeError, but for a refusal.
func readError(ctx context.Context, err error) error {
	if err == domain.ErrEventNotFound { //nolint:errorlint // nothing wraps it
		return err
	}
	return storeError(ctx, err)
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
