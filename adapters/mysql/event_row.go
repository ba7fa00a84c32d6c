package mysql

import (
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

var eventColumns = []string{
	"id", "name", "status", "total_tickets", "available_tickets", "waiting_count", "max_tickets_per_user", "max_waitlist",
	"version", "created_at", "updated_at", "last_sequence", "joined_count", "promoted_count", "last_promoted",
}

// eventArgs are an event's values in the order of eventColumns.
func eventArgs(e *domain.Event) []any {
	return []any{
		e.ID.UUID[:], e.Name, string(e.Status), int64(e.TotalTickets), int64(e.AvailableTickets), int64(e.WaitingCount),
		limitArg(e.MaxTicketsPerUser), limitArg(e.MaxWaitlist),
		e.Version, e.CreatedAt, e.UpdatedAt, e.LastSequence, e.JoinedCount, e.PromotedCount, e.LastPromoted,
	}
}

func limitArg(l domain.Limit) any {
	if n, limited := l.Max(); limited {
		return int64(n)
	}
	return nil
}

func limitOf(n sql.NullInt64) domain.Limit {
	if !n.Valid {
		return domain.Limit{}
	}
	return domain.AtMost(int(n.Int64))
}

// scanEvents reads rows of eventColumns.
func scanEvents(rows *sql.Rows) ([]domain.Event, error) {
	var events []domain.Event
	for rows.Next() {
		var e domain.Event
		var perUser, waitlist sql.NullInt64
		err := rows.Scan(
			&e.ID.UUID, &e.Name, &e.Status, &e.TotalTickets, &e.AvailableTickets, &e.WaitingCount,
			&perUser, &waitlist,
			&e.Version, &e.CreatedAt, &e.UpdatedAt, &e.LastSequence, &e.JoinedCount, &e.PromotedCount, &e.LastPromoted,
		)
		if err != nil {
			return nil, err
		}
		e.MaxTicketsPerUser, e.MaxWaitlist = limitOf(perUser), limitOf(waitlist)
		events = append(events, e)
	}
	return events, rows.Err()
}

// selectForUpdate locks the heads of events, in the order of their ids.
func selectForUpdate(ids []domain.EventID) (query string, args []any, err error) {
	return selectEvents(ids).OrderBy("id").Suffix("FOR UPDATE").ToSql()
}

// selectEvents names the primary key: for a small table MySQL would rather scan
// it, and lock what it passes.
func selectEvents(ids []domain.EventID) sq.SelectBuilder {
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i].UUID[:]
	}
	return sq.Select(eventColumns...).From("events FORCE INDEX (PRIMARY)").Where(sq.Eq{"id": args})
}
