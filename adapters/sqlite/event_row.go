package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The columns of an event: what every booking changes, what its organiser
// changes, and what stays.
var (
	countColumns = []string{
		"available_tickets", "held_tickets", "waiting", "waiting_tickets", "waiting_by_quantity", "joined", "joined_tickets",
		"promoted", "promoted_tickets", "last_promoted", "last_sequence", "next_release_at", "next_due_at", "promoting",
		"version", "updated_at", "clock_ahead",
	}
	settingColumns = []string{
		"name", "status", "total_tickets", "wanted_tickets", "max_tickets_per_user", "max_waitlist", "hold_seconds", "claim_seconds",
		"sales_start_at", "sales_end_at", "promotion_end_at", "self_service", "starts_at", "venue", "description", "settings_version", "cancelled_at",
	}
	eventColumns = append(append(append([]string{}, countColumns...), settingColumns...), "created_at", "id")

	selectEvents = "SELECT " + strings.Join(eventColumns, ", ") + " FROM events"
	selectEvent  = selectEvents + " WHERE id = ?"
	insertEvent  = "INSERT INTO events (" + strings.Join(eventColumns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(eventColumns)-1) + ")"
	updateCounts = "UPDATE events SET " + strings.Join(countColumns, " = ?, ") + " = ? WHERE id = ?"
	updateEvent  = "UPDATE events SET " + strings.Join(append(append([]string{}, countColumns...), settingColumns...), " = ?, ") +
		" = ? WHERE id = ?"
)

func countValues(e *domain.Event) []any {
	l := &e.Line
	return []any{
		e.AvailableTickets, e.HeldTickets, l.Waiting, l.WaitingTickets, quantities{&l.ByQuantity}.text(), l.Joined, l.JoinedTickets,
		l.Promoted, l.PromotedTickets, l.LastPromoted, e.LastSequence, micros(e.NextReleaseAt), micros(e.NextDueAt()), e.Promoting,
		e.Version, micros(e.UpdatedAt), e.ClockAhead.Microseconds(),
	}
}

func settingValues(e *domain.Event) []any {
	return []any{
		e.Name, string(e.Status), e.TotalTickets, e.WantedTickets, limitValue(e.MaxTicketsPerUser), limitValue(e.MaxWaitlist),
		e.HoldSeconds, e.ClaimSeconds, micros(e.SalesStartAt), micros(e.SalesEndAt), micros(e.PromotionEndAt), e.SelfService,
		micros(e.StartsAt), e.Venue, e.Description, e.SettingsVersion, micros(e.CancelledAt),
	}
}

func scanEvent(scan func(...any) error) (domain.Event, error) {
	var e domain.Event
	var due time.Time // follows from the rest
	var clockAhead int64
	l := &e.Line
	err := scan(
		&e.AvailableTickets, &e.HeldTickets, &l.Waiting, &l.WaitingTickets, quantities{&l.ByQuantity}, &l.Joined, &l.JoinedTickets,
		&l.Promoted, &l.PromotedTickets, &l.LastPromoted, &e.LastSequence, moment{&e.NextReleaseAt}, moment{&due}, &e.Promoting,
		&e.Version, moment{&e.UpdatedAt}, &clockAhead,
		&e.Name, &e.Status, &e.TotalTickets, &e.WantedTickets, limit{&e.MaxTicketsPerUser}, limit{&e.MaxWaitlist},
		&e.HoldSeconds, &e.ClaimSeconds, moment{&e.SalesStartAt}, moment{&e.SalesEndAt}, moment{&e.PromotionEndAt}, &e.SelfService,
		moment{&e.StartsAt}, &e.Venue, &e.Description, &e.SettingsVersion, moment{&e.CancelledAt},
		moment{&e.CreatedAt}, &e.ID.UUID,
	)
	e.ClockAhead = time.Duration(clockAhead) * time.Microsecond
	return e, err
}

func limitValue(l domain.Limit) any {
	if n, limited := l.Max(); limited {
		return n
	}
	return nil
}

// limit is a limit that is read.
type limit struct{ *domain.Limit }

// Scan implements [database/sql.Scanner].
func (l limit) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*l.Limit = domain.Limit{}
	case int64:
		*l.Limit = domain.AtMost(int(v))
	default:
		return fmt.Errorf("a limit is kept as a number, not as %T", value)
	}
	return nil
}

// quantities are kept as a JSON object that names those that there are.
type quantities struct{ *domain.QuantityCounts }

func (q quantities) text() string {
	text := []byte{'{'}
	for quantity, bookings := range q.QuantityCounts {
		if bookings == 0 {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, `"%d":%d`, quantity, bookings)
	}
	return string(append(text, '}'))
}

// Scan implements [database/sql.Scanner].
func (q quantities) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("quantities are kept as a text, not as %T", value)
	}
	*q.QuantityCounts = domain.QuantityCounts{}
	if text == "{}" {
		return nil
	}
	var counts map[int]int32
	if err := json.Unmarshal([]byte(text), &counts); err != nil {
		return fmt.Errorf("quantities can't be read: %w", err)
	}
	for quantity, bookings := range counts {
		if quantity < 1 || quantity > domain.MaxQuantity {
			return fmt.Errorf("nobody can ask for %d tickets", quantity)
		}
		q.QuantityCounts[quantity] = bookings
	}
	return nil
}
