package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// readPage finds at least a page of bookings, not in order yet: a page from
// each place where they may be. It reports whether the event exists. One
// transaction sees one state.
func (s *Store) readPage(ctx context.Context, query ports.BookingQuery) (bookings []domain.Booking, exists bool, err error) {
	tx, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	for _, sequences := range sequencesOf(query) {
		statement, args, err := selectPage(query, sequences).ToSql()
		if err != nil {
			return nil, false, err
		}
		var scan bookingScan
		if err := queryEach(ctx, tx, statement, args, scan.row); err != nil {
			return nil, false, err
		}
		bookings, exists = append(bookings, scan.bookings...), scan.events > 0
	}
	return bookings, exists, nil
}

// selectPage finds the bookings with the first of some sequences. An event
// without any has one row too, which tells it from one that doesn't exist.
func selectPage(query ports.BookingQuery, sequences sq.SelectBuilder) sq.SelectBuilder {
	return sq.Select(bookingColumns).From("events AS e").
		JoinClause(sequences.OrderBy("r.sequence").Limit(uint64(query.Limit)).Prefix("LEFT JOIN (").Suffix(") AS p ON p.event_id = e.id")).
		LeftJoin("waitlist AS w ON w.event_id = e.id AND w.sequence = p.sequence").
		LeftJoin("tickets AS t ON t.event_id = e.id AND t.sequence = p.sequence").
		Where(sq.Eq{"e.id": query.EventID.UUID[:]}).OrderBy("p.sequence", "t.ordinal")
}

// pageOf puts bookings from several places in order. One that was promoted is
// in two.
func pageOf(bookings []domain.Booking, limit int) []domain.Booking {
	slices.SortStableFunc(bookings, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
	bookings = slices.CompactFunc(bookings, func(a, b domain.Booking) bool { return a.Sequence == b.Sequence })
	return bookings[:min(len(bookings), limit)]
}

// sequencesOf are the places to look for the bookings in. Those for another
// status of the event than it has cost nothing: MySQL reads its row first.
func sequencesOf(query ports.BookingQuery) []sq.SelectBuilder {
	firstTickets := rowsOf(query, "tickets", "PRIMARY").Where("r.ordinal = 1")
	line := rowsOf(query, "waitlist", "PRIMARY")
	const goesOn, isCancelled = "h.status <> 'CANCELLED'", "h.status = 'CANCELLED'"
	switch query.Status {
	case domain.BookingBooked:
		return []sq.SelectBuilder{rowsOf(query, "tickets", "PRIMARY").Distinct().Where("r.status = 'BOOKED'").Where(goesOn)}
	case domain.BookingWaiting:
		return []sq.SelectBuilder{rowsOf(query, "waitlist", "by_status").Where("r.status = 'JOINED' AND r.sequence > h.last_promoted").Where(goesOn)}
	case domain.BookingCancelled:
		return []sq.SelectBuilder{
			firstTickets.LeftJoin("tickets AS o ON o.event_id = h.id AND o.sequence = r.sequence AND o.status = 'BOOKED'").
				Where("r.status = 'CANCELLED' AND o.event_id IS NULL").Where(goesOn),
			rowsOf(query, "waitlist", "by_status").Where("r.status = 'LEFT'").Where(goesOn),
			firstTickets.Where(isCancelled),
			line.Where(isCancelled),
		}
	default:
		return []sq.SelectBuilder{firstTickets, line}
	}
}

// rowsOf starts a search of the event's rows in a table, in the order of an
// index: of all people's by the given one, of one person's by theirs.
func rowsOf(query ports.BookingQuery, table, index string) sq.SelectBuilder {
	where := sq.And{sq.Eq{"h.id": query.EventID.UUID[:]}, sq.Gt{"r.sequence": query.AfterSequence}}
	if query.UserID != (domain.UserID{}) {
		index = "by_user"
		where = append(where, sq.Eq{"r.user_id": query.UserID.UUID[:]})
	}
	return sq.Select("r.event_id", "r.sequence").From("events AS h").
		Join(table + " AS r FORCE INDEX (" + index + ") ON r.event_id = h.id").Where(where)
}
