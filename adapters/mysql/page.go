package mysql

import (
	"context"
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// source is a place to look for a page of bookings in: the index that has them
// in order, and what they must be beside.
type source struct {
	sequences sq.SelectBuilder // of the bookings, as event_id and sequence
	inLine    bool             // they are rows of waitlist, else of tickets
}

// readPage finds at least a page of bookings, a page from each source, not in
// order yet. One transaction sees one state.
func (s *Store) readPage(ctx context.Context, query ports.BookingQuery) ([]domain.Booking, error) {
	tx, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	events, err := queryEvents(ctx, tx, selectEvents([]domain.EventID{query.EventID}))
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, domain.ErrEventNotFound
	}
	var found shownRows
	for _, source := range sourcesOf(query, &events[0]) {
		page := source.sequences.OrderBy("sequence").Limit(uint64(query.Limit))
		statement, scan := selectTicketsOfPage(page), found.ticket
		if source.inLine {
			statement, scan = selectLineOfPage(page), found.inLine
		}
		if err := read(ctx, tx, statement, scan); err != nil {
			return nil, err
		}
	}
	return found.bookings, found.place(ctx, tx, s.departures)
}

// read calls scan for each row that a statement finds.
func read(ctx context.Context, db querier, statement sq.SelectBuilder, scan func(*sql.Rows) error) error {
	text, args, err := statement.ToSql()
	if err != nil {
		return err
	}
	return queryEach(ctx, db, text, args, scan)
}

// selectTicketsOfPage reads bookings that have tickets.
func selectTicketsOfPage(page sq.SelectBuilder) sq.SelectBuilder {
	return sq.Select(stateColumns, columnsOfTicketsT).FromSelect(page, "p").
		JoinClause("STRAIGHT_JOIN events AS e FORCE INDEX (PRIMARY) ON e.id = p.event_id").
		JoinClause("STRAIGHT_JOIN tickets AS t FORCE INDEX (PRIMARY) ON t.event_id = p.event_id AND t.sequence = p.sequence").
		OrderBy("t.event_id", "t.sequence", "t.ordinal")
}

// selectLineOfPage reads bookings that wait, or left the line.
func selectLineOfPage(page sq.SelectBuilder) sq.SelectBuilder {
	return sq.Select(stateColumns, columnsOfWaitlistW).FromSelect(page, "p").
		JoinClause("STRAIGHT_JOIN events AS e FORCE INDEX (PRIMARY) ON e.id = p.event_id").
		JoinClause("STRAIGHT_JOIN waitlist AS w FORCE INDEX (PRIMARY) ON w.event_id = p.event_id AND w.sequence = p.sequence")
}

// sourcesOf are the places to look for the bookings of an event in. No booking is
// in two of them.
func sourcesOf(query ports.BookingQuery, e *domain.Event) []source {
	isCancelled := e.Status == domain.EventCancelled
	waiting, gone := lineOf(query, waitsW+"?", e.Line.LastPromoted), lineOf(query, leftW)
	switch query.Status {
	case domain.BookingBooked, domain.BookingHeld:
		if isCancelled {
			return nil
		}
		return []source{ticketsOf(query, query.Status)}
	case domain.BookingExpired:
		return []source{ticketsOf(query, query.Status)}
	case domain.BookingWaiting:
		if isCancelled {
			return nil
		}
		return []source{waiting}
	case domain.BookingCancelled:
		if isCancelled { // with all that are not expired
			all := ticketsOf(query, "")
			all.sequences = all.sequences.Where("t.booking_status <> 'EXPIRED'")
			return []source{all, waiting, gone}
		}
		return []source{ticketsOf(query, query.Status), gone}
	default:
		return []source{ticketsOf(query, ""), waiting, gone}
	}
}

// ticketsOf finds bookings that have tickets, by the row of the first one: in the
// smallest table that has all of them in order.
func ticketsOf(query ports.BookingQuery, status domain.BookingStatus) source {
	first := sq.And{sq.Eq{"t.ordinal": 1}}
	if status != "" {
		first = append(first, sq.Eq{"t.booking_status": string(status)})
	}
	if query.UserID != (domain.UserID{}) {
		first = append(first, sq.Eq{"t.user_id": query.UserID.UUID[:]})
	}
	if query.Reference != "" {
		first = append(first, sq.Eq{"t.reference": query.Reference})
	}
	var from string
	where := sq.And{sq.Eq{"x.event_id": query.EventID.UUID[:]}, sq.Gt{"x.sequence": query.AfterSequence}}
	switch {
	case query.Reference != "":
		from, where = "booking_references", append(where, sq.Eq{"x.reference": query.Reference})
	case query.UserID != (domain.UserID{}):
	case status == domain.BookingHeld:
		from = "holds"
	case status == domain.BookingExpired, status == domain.BookingCancelled:
		from, where = "ended_bookings", append(where, sq.Eq{"x.status": string(status)})
	}
	if from == "" {
		index := "PRIMARY"
		if query.UserID != (domain.UserID{}) {
			index = "by_user"
		}
		return source{sequences: sq.Select("t.event_id", "t.sequence").From("tickets AS t FORCE INDEX (" + index + ")").
			Where(sq.Eq{"t.event_id": query.EventID.UUID[:]}).Where(sq.Gt{"t.sequence": query.AfterSequence}).Where(first)}
	}
	return source{sequences: sq.Select("x.event_id", "x.sequence").From(from + " AS x FORCE INDEX (PRIMARY)").
		JoinClause("STRAIGHT_JOIN tickets AS t FORCE INDEX (PRIMARY) ON t.event_id = x.event_id AND t.sequence = x.sequence").
		Where(where).Where(first)}
}

// lineOf finds bookings without tickets, by their rows in the line.
func lineOf(query ports.BookingQuery, which string, args ...any) source {
	index := "by_status"
	s := sq.Select("w.event_id", "w.sequence")
	if query.Reference != "" {
		index = "PRIMARY"
		s = s.From("booking_references AS x FORCE INDEX (PRIMARY)").
			JoinClause("STRAIGHT_JOIN waitlist AS w FORCE INDEX (PRIMARY) ON w.event_id = x.event_id AND w.sequence = x.sequence").
			Where(sq.Eq{"x.event_id": query.EventID.UUID[:], "x.reference": query.Reference}).
			Where(sq.Eq{"w.reference": query.Reference})
	}
	if query.UserID != (domain.UserID{}) {
		index = "by_user"
		s = s.Where(sq.Eq{"w.user_id": query.UserID.UUID[:]})
	}
	if query.Reference == "" {
		s = s.From("waitlist AS w FORCE INDEX (" + index + ")")
	}
	return source{inLine: true, sequences: s.
		Where(sq.Eq{"w.event_id": query.EventID.UUID[:]}).Where(sq.Gt{"w.sequence": query.AfterSequence}).Where(which, args...)}
}
