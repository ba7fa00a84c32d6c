package mysql

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

// countColumns are those of an event that any command may change, and what is needed
// to check them; the settings follow in eventColumns.
var (
	countColumns = []string{
		"id", "total_tickets", "available_tickets", "held_tickets", "waiting_count", "waiting_tickets", "waiting_by_quantity",
		"version", "last_sequence", "joined_count", "joined_tickets", "promoted_count", "promoted_tickets", "last_promoted", "promoting",
		"next_release_at", "next_due_at", "clock_ahead", "updated_at",
	}
	eventColumns = append(slices.Clone(countColumns),
		"name", "status", "wanted_tickets", "max_tickets_per_user", "max_waitlist", "hold_seconds", "claim_seconds",
		"sales_start_at", "sales_end_at", "promotion_end_at", "self_service", "starts_at", "venue", "description",
		"settings_version", "created_at", "cancelled_at",
	)
)

func countArgs(args []any, e *domain.Event) []any {
	return append(args,
		e.ID.UUID[:], int64(e.TotalTickets), int64(e.AvailableTickets), int64(e.HeldTickets),
		int64(e.Line.Waiting), int64(e.Line.WaitingTickets), encodeQuantities(&e.Line.ByQuantity),
		e.Version, e.LastSequence,
		e.Line.Joined, e.Line.JoinedTickets, e.Line.Promoted, e.Line.PromotedTickets, e.Line.LastPromoted, e.Promoting,
		timeArg(e.NextReleaseAt), timeArg(e.NextDueAt()), e.ClockAhead.Microseconds(), e.UpdatedAt,
	)
}

// eventArgs are an event's values in the order of eventColumns.
func eventArgs(args []any, e *domain.Event) []any {
	return append(countArgs(args, e),
		e.Name, string(e.Status), int64(e.WantedTickets),
		limitArg(e.MaxTicketsPerUser), limitArg(e.MaxWaitlist), unlessZero(int64(e.HoldSeconds)), unlessZero(int64(e.ClaimSeconds)),
		timeArg(e.SalesStartAt), timeArg(e.SalesEndAt), timeArg(e.PromotionEndAt), e.SelfService, timeArg(e.StartsAt),
		e.Venue, e.Description, e.SettingsVersion, e.CreatedAt, timeArg(e.CancelledAt),
	)
}

// scanEvents reads rows of eventColumns.
func scanEvents(rows *sql.Rows) ([]domain.Event, error) {
	var events []domain.Event
	err := scanEach(rows, func(rows *sql.Rows) error {
		e, err := scanEvent(rows)
		events = append(events, e)
		return err
	})
	return events, err
}

func scanEvent(rows *sql.Rows) (domain.Event, error) {
	var e domain.Event
	var perUser, waitlist, hold, claim sql.NullInt64
	var salesStart, salesEnd, promotionEnd, starts, nextRelease, nextDue, cancelled sql.NullTime
	var quantities sql.RawBytes
	var ahead int64
	err := rows.Scan(
		&e.ID.UUID, &e.TotalTickets, &e.AvailableTickets, &e.HeldTickets,
		&e.Line.Waiting, &e.Line.WaitingTickets, &quantities,
		&e.Version, &e.LastSequence,
		&e.Line.Joined, &e.Line.JoinedTickets, &e.Line.Promoted, &e.Line.PromotedTickets, &e.Line.LastPromoted, &e.Promoting,
		&nextRelease, &nextDue, &ahead, &e.UpdatedAt,
		&e.Name, &e.Status, &e.WantedTickets, &perUser, &waitlist, &hold, &claim,
		&salesStart, &salesEnd, &promotionEnd, &e.SelfService, &starts,
		&e.Venue, &e.Description, &e.SettingsVersion, &e.CreatedAt, &cancelled,
	)
	if err != nil {
		return domain.Event{}, err
	}
	e.MaxTicketsPerUser, e.MaxWaitlist = limitOf(perUser), limitOf(waitlist)
	e.HoldSeconds, e.ClaimSeconds = int(hold.Int64), int(claim.Int64)
	e.SalesStartAt, e.SalesEndAt, e.PromotionEndAt = salesStart.Time, salesEnd.Time, promotionEnd.Time
	e.StartsAt, e.NextReleaseAt, e.CancelledAt = starts.Time, nextRelease.Time, cancelled.Time
	e.ClockAhead = time.Duration(ahead) * time.Microsecond
	e.Line.ByQuantity, err = decodeQuantities(quantities)
	return e, err
}

// encodeQuantities writes the quantities that there are, each with its count.
func encodeQuantities(counts *domain.QuantityCounts) []byte {
	encoded := []byte{}
	for quantity, bookings := range counts {
		if bookings != 0 {
			encoded = append(encoded, byte(quantity))
			encoded = binary.AppendUvarint(encoded, uint64(bookings))
		}
	}
	return encoded
}

func decodeQuantities(encoded []byte) (domain.QuantityCounts, error) {
	var counts domain.QuantityCounts
	for rest := encoded; len(rest) > 0; {
		quantity := int(rest[0])
		bookings, length := binary.Uvarint(rest[1:])
		if length <= 0 || quantity >= len(counts) {
			return counts, fmt.Errorf("events.waiting_by_quantity can't be read: %x", encoded)
		}
		counts[quantity] = int32(bookings)
		rest = rest[1+length:]
	}
	return counts, nil
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

// timeArg stores the zero time as NULL.
func timeArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// unlessZero stores 0, or an empty text, as NULL.
func unlessZero[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

// selectForUpdate locks events, in the order of their ids.
func selectForUpdate(ids []domain.EventID) (query string, args []any, err error) {
	return selectEvents(ids).OrderBy("id").Suffix("FOR UPDATE").ToSql()
}

func selectEvents(ids []domain.EventID) sq.SelectBuilder {
	return selectFromEvents(ids, eventColumns...)
}

// selectFromEvents names the primary key: for a small table MySQL would rather
// scan it, and lock what it passes.
func selectFromEvents(ids []domain.EventID, columns ...string) sq.SelectBuilder {
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i].UUID[:]
	}
	return sq.Select(columns...).From("events FORCE INDEX (PRIMARY)").Where(sq.Eq{"id": args})
}
