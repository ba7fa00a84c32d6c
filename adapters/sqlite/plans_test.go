package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// TestEveryStatementGoesByAnIndex asks SQLite how it would run what the store
// asks: nothing may read all rows of a table, or sort those that it found (but
// for the tickets of a page, which the statement names).
func TestEveryStatementGoesByAnIndex(t *testing.T) {
	s, err := Open(Config{File: filepath.Join(t.TempDir(), "boxoffice.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	statements := []string{
		selectEvent, selectKey, selectClaims, selectHolds, selectLeftBefore, selectEventsOf, selectLatestOf, selectCreatedAt,
		updateCounts, updateEvent, updateBooking, updatePerson, updateTicket, forgetRequests,
	}
	for _, where := range []string{whereLatest, whereTicket, whereID, whereErase, whereFront, whereDue} {
		statements = append(statements, selectBookings+where)
	}
	for _, status := range []domain.BookingStatus{"", domain.BookingHeld, domain.BookingCancelled} {
		for _, reference := range []string{"", "order"} {
			for _, user := range []domain.UserID{{}, {UUID: uuid.Max}} {
				for _, event := range []domain.EventStatus{domain.EventPublished, domain.EventCancelled} {
					where, _ := whereListed(&domain.Event{Status: event}, ports.BookingQuery{Status: status, Reference: reference, UserID: user})
					statements = append(statements, selectBookings+where+" ORDER BY sequence LIMIT ?")
				}
			}
		}
	}
	for _, statement := range statements {
		values := make([]any, 40) // they don't matter
		err := each(t.Context(), s.writer, "EXPLAIN QUERY PLAN "+statement, values, func(scan func(...any) error) (bool, error) {
			var id, parent, unused int
			var step string
			require.NoError(t, scan(&id, &parent, &unused, &step))
			scans := strings.HasPrefix(step, "SCAN bookings") || strings.HasPrefix(step, "SCAN b") ||
				strings.HasPrefix(step, "SCAN tickets") || strings.HasPrefix(step, "SCAN events") || strings.HasPrefix(step, "SCAN line")
			assert.False(t, scans || strings.Contains(step, "TEMP B-TREE") || strings.Contains(step, "AUTOMATIC"), "%s: %s", statement, step)
			return true, nil
		})
		require.NoError(t, err, statement)
	}
}

// TestSettle asks what became of transactions whose commit failed.
func TestSettle(t *testing.T) {
	s, err := Open(Config{File: filepath.Join(t.TempDir(), "boxoffice.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	creation, err := domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 1}}.
		Decide(domain.Stamp{At: s.Now(), NewID: ports.RandomIDs{}.NewID})
	require.NoError(t, err)
	_, err = s.Create(t.Context(), creation)
	require.NoError(t, err)
	row, err := ports.JournalRowOf([]domain.Record{creation.Record})
	require.NoError(t, err)

	failed := context.DeadlineExceeded // stands for any failure
	require.NoError(t, s.settle(&row, failed), "it took place")
	others := row
	others.Records = []byte("[]")
	require.Equal(t, failed, s.settle(&others, failed), "somebody else wrote that version")
	later := row
	later.LastVersion++
	require.Equal(t, failed, s.settle(&later, failed), "nothing was written")
	require.Equal(t, failed, s.settle(nil, failed))

	require.NoError(t, s.writer.exec("PRAGMA query_only = ON"))
	require.ErrorIs(t, s.settle(&later, failed), ports.ErrOutcomeUnknown, "nothing can be written over it")
	require.NoError(t, s.writer.exec("PRAGMA query_only = OFF"))
}
