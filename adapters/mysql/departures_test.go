package mysql_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestPlacesAreRightThoughAnotherServerLetPeopleLeave(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	one, other := openStore(t, mysql.Config{DSN: dsn}), openStore(t, mysql.Config{DSN: dsn})
	event := newEvent(t, one, 1)
	_, err := run(t.Context(), one, books(1, event)...)
	require.NoError(t, err)
	line, err := run(t.Context(), one, books(300, event)...)
	require.NoError(t, err)
	for len(line) > 100 { // so that counters of several levels count
		ids := make([]domain.BookingID, len(line))
		for i, b := range line {
			ids[i] = b.ID
		}
		_, found, err := one.BookingsByID(t.Context(), event.ID, ids)
		require.NoError(t, err)
		require.Len(t, found, len(line))
		for i, b := range found {
			require.Equal(t, []int{i + 1, i}, []int{b.Position, b.TicketsAhead})
		}
		var leave []domain.Command
		for i := 5; i < len(line); i += 3 {
			leave = append(leave, domain.LeaveWaitlist{EventID: event.ID, BookingID: line[i].ID})
		}
		_, err = run(t.Context(), other, leave...)
		require.NoError(t, err)
		for i := (len(line) - 6) / 3 * 3; i >= 0; i -= 3 {
			line = slices.Delete(line, 5+i, 6+i)
		}
	}
}
