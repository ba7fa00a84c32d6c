package mysql_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestLatestTicketsAreFoundAmongVeryManyWithoutReadingThem(t *testing.T) {
	t.Parallel()
	const batches, batch, enough = 5, 1000, 3000
	dsn := mysqltest.DSN(t, mysqltest.MySQLItself)
	tap, tappedDSN := tapped(t, dsn)
	store := openStore(t, mysql.Config{DSN: tappedDSN})
	event, agent, other := newEvent(t, store, batches*batch+2), newPerson(), newPerson()
	book := func(person domain.Person, bookings int) {
		commands := make([]domain.Command, bookings)
		for i := range commands {
			commands[i] = domain.Book{EventID: event.ID, Person: person}
		}
		_, err := run(t.Context(), store, commands...)
		require.NoError(t, err)
	}
	book(other, 2)
	for range batches {
		book(agent, batch)
	}

	tap.take()
	cancel := func(person domain.Person) domain.Command {
		return domain.CancelTickets{EventID: event.ID, Person: person}
	}
	_, err := run(t.Context(), store, cancel(agent), cancel(other), cancel(agent))
	require.NoError(t, err)

	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range statementsOf(tap.take()) {
		if strings.Contains(statement, "FROM tickets") {
			require.Less(t, rowsRead(t, db, statement), enough, statement)
			require.Empty(t, tablesOfAnyEvent(statement), statement)
		}
	}
	page, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, Status: domain.BookingCancelled, Limit: 10})
	require.NoError(t, err)
	var sequences []int64
	for _, b := range page {
		sequences = append(sequences, b.Sequence)
	}
	require.Equal(t, []int64{2, batches*batch + 1, batches*batch + 2}, sequences)
}
