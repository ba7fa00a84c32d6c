package porttest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// same compares values by their text, which shows every field, in words.
func same[V any](t tb, want, got V, rule string, args ...any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) { // which is faster
		require.Equal(t, text(want), text(got), append([]any{rule}, args...)...)
	}
}

// sameList is [same] for lists.
func sameList[V any](t tb, want, got []V, rule string, args ...any) {
	t.Helper()
	require.Equal(t, text(want...), text(got...), append([]any{rule}, args...)...)
}

// text has a line for each value.
func text[V any](values ...V) string {
	var lines strings.Builder
	for _, v := range values {
		fmt.Fprintf(&lines, "%+v\n", v)
	}
	return lines.String()
}

// words tells a command, or anything else, by those of its fields that are set,
// without ids.
func words(v any) string {
	switch v := v.(type) {
	case uuid.UUID, domain.EventID, domain.BookingID, domain.TicketID, domain.UserID, nil:
		return ""
	case domain.Person:
		return fmt.Sprintf("%q", v.Identifier())
	case domain.IdempotencyKey:
		return fmt.Sprintf("%.4s", fmt.Sprintf("%x", v))
	case time.Time, domain.Limit:
		return fmt.Sprint(v)
	}
	value := reflect.ValueOf(v)
	switch value.Kind() {
	case reflect.Pointer:
		return words(value.Elem().Interface())
	case reflect.Struct:
		told := []string{value.Type().Name()}
		for i := range value.NumField() {
			field := value.Field(i)
			if field.IsZero() {
				continue
			}
			if w := words(field.Interface()); w != "" {
				told = append(told, value.Type().Field(i).Name+" "+w)
			}
		}
		return strings.Join(told, " ")
	default:
		return fmt.Sprint(v)
	}
}

// brief tells a booking without its ids and times.
func brief(b domain.Booking) string {
	tickets := make([]domain.TicketStatus, len(b.Tickets))
	for i, t := range b.Tickets {
		tickets[i] = t.Status
	}
	place := ""
	if b.Position > 0 {
		place = fmt.Sprintf(" at %d behind %d", b.Position, b.TicketsAhead)
	}
	return fmt.Sprintf("#%d %s ×%d %s%s %v", b.Sequence, b.Identifier, b.Quantity, b.Status, place, tickets)
}

// withoutIDs is a booking without the ids that a model doesn't know. Whoever was
// erased has a random user id, which is left out too.
func withoutIDs(b domain.Booking) domain.Booking {
	b = b.Clone()
	b.ID, b.EventID = domain.BookingID{}, domain.EventID{}
	erased := b.Identifier == ""
	if erased {
		b.UserID = domain.UserID{}
	}
	for i := range b.Tickets {
		b.Tickets[i] = ticketWithoutIDs(b.Tickets[i])
		if erased {
			b.Tickets[i].UserID = domain.UserID{}
		}
	}
	return b
}

func ticketWithoutIDs(t domain.Ticket) domain.Ticket {
	t.ID, t.BookingID, t.EventID = domain.TicketID{}, domain.BookingID{}, domain.EventID{}
	return t
}
