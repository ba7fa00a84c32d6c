package mysql_test

import (
	"cmp"
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// everyStatement makes a store send all the statements that it has, and
// returns them as they were sent. The events are those of the batches; the
// first has tickets and a line.
func everyStatement(t *testing.T, tap *tap, store ports.Store, events []domain.Event) []string {
	t.Helper()
	event, ctx := events[0].ID, t.Context()
	tap.take()

	newEvent(t, store, 1)
	again := creation(t, 1)
	again.Event.ID, again.Record.EventID = event, event
	_, err := store.Create(ctx, again)
	require.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
	person, inLine := newPerson(), books(1, events[0])[0]
	_, err = run(ctx, store, books(200, events...)...)
	require.NoError(t, err)
	bookings, err := run(ctx, store, inLine, domain.Book{EventID: event, Person: person, Quantity: 2, Key: domain.IdempotencyKey{Key: [32]byte{3}}})
	require.NoError(t, err)
	limit, total := domain.AtMost(10), 50
	_, err = run(ctx, store,
		domain.ChangeEvent{EventID: event, MaxTicketsPerUser: &limit},
		domain.ChangeEvent{EventID: event, TotalTickets: &total}, // counts the line's quantities, and is refused
		domain.LeaveWaitlist{EventID: event, BookingID: bookings[0].ID})
	require.ErrorIs(t, err, domain.ErrCapacityBelowBooked)

	var holder, other domain.Person
	page, err := store.Bookings(ctx, ports.BookingQuery{EventID: event, Status: domain.BookingBooked, Limit: 2})
	require.NoError(t, err)
	holder, err = domain.NewPerson(page[0].Identifier)
	require.NoError(t, err)
	other, err = domain.NewPerson(page[1].Identifier)
	require.NoError(t, err)
	_, err = run(ctx, store,
		domain.Book{EventID: event, Person: newPerson(), Quantity: 1},
		domain.CancelTicket{EventID: event, Person: holder},
		domain.CancelTicket{EventID: event, Person: other, TicketID: page[1].Tickets[0].ID})
	require.NoError(t, err)

	for _, query := range everyBookingQuery(event, holder.UserID()) {
		_, err := store.Bookings(ctx, query)
		require.NoError(t, err)
	}
	_, err = store.Booking(ctx, event, bookings[1].ID)
	require.NoError(t, err)
	for _, status := range []domain.EventStatus{"", domain.EventPublished} {
		for _, after := range []*domain.Event{nil, &events[0]} {
			_, err := store.Events(ctx, ports.EventQuery{Status: status, After: after, Limit: 10})
			require.NoError(t, err)
		}
	}
	_, err = run(ctx, store, domain.CancelEvent{EventID: events[len(events)-1].ID})
	require.NoError(t, err)
	tap.onCommit(loseAnswer)
	_, err = run(ctx, store, books(1, events[0])...)
	require.NoError(t, err)
	return statementsOf(tap.take())
}

func everyBookingQuery(event domain.EventID, user domain.UserID) []ports.BookingQuery {
	var queries []ports.BookingQuery
	for _, status := range []domain.BookingStatus{"", domain.BookingBooked, domain.BookingWaiting, domain.BookingCancelled} {
		for _, user := range []domain.UserID{{}, user} {
			queries = append(queries, ports.BookingQuery{EventID: event, UserID: user, Status: status, AfterSequence: 10, Limit: 10})
		}
	}
	return queries
}

// session are the statements that are about no event at all.
var session = regexp.MustCompile(`^(SET |START TRANSACTION|COMMIT$|ROLLBACK$)`)

// Where rows of an event are on one shard, whoever plans a statement must see
// from its text which event each table is read of: by a value, or by a table
// that is joined on it.
func TestEveryStatementNamesItsEvents(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	store := openStore(t, mysql.Config{DSN: dsn})
	events := []domain.Event{newEvent(t, store, 100), newEvent(t, store, 100), newEvent(t, store, 100)}
	seen := 0
	for _, statement := range everyStatement(t, tap, store, events) {
		if session.MatchString(statement) {
			continue
		}
		seen++
		if strings.Contains(statement, "FORCE INDEX (listed") {
			continue // the listing of events is across events
		}
		require.Empty(t, tablesOfAnyEvent(statement), statement)
	}
	require.Greater(t, seen, 40)
}

var (
	value     = regexp.MustCompile(`(?s)(_binary)?'([^'\\]|\\.)*'`)
	insertion = regexp.MustCompile(`^INSERT INTO (events \(id|\w+ \(event_id),`)
	tableRead = regexp.MustCompile(`\b(?:FROM|JOIN|UPDATE) (\w+)\b(?: AS (\w+)\b)?`)
)

// tablesOfAnyEvent are the tables that a statement finds otherwise than by event.
func tablesOfAnyEvent(statement string) []string {
	statement = value.ReplaceAllString(statement, "?")
	if insertion.MatchString(statement) {
		return nil
	}
	columns := make(map[string]string) // of tables that aren't found by event yet
	for _, match := range tableRead.FindAllStringSubmatch(statement, -1) {
		table, column := cmp.Or(match[2], match[1]), "event_id"
		if match[1] == "events" {
			column = "id"
		}
		if match[2] != "" {
			column = match[2] + `\.` + column
		}
		columns[table] = column
	}
	for known := []string{`\?`}; len(known) > 0; known = known[1:] {
		for table, column := range columns {
			equal := `(?:^|[ (])` + column + ` = ` + known[0]
			in := column + `(?:, [\w., ]+\))? IN \(\(?` + known[0]
			if regexp.MustCompile(equal + "|" + in).MatchString(statement) {
				delete(columns, table)
				known = append(known, column)
			}
		}
	}
	return slices.Sorted(maps.Keys(columns))
}

func TestNoStatementScansATable(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes a while to fill the tables")
	}
	const events, batch = 30, 1000
	ticketsOf := func(event int) int { // as many bookings wait
		if event == 0 {
			return 50_000
		}
		return 2000
	}
	dsn := mysqltest.DSN(t)
	tap, tappedDSN := tapped(t, dsn)
	store := openStore(t, mysql.Config{DSN: tappedDSN})
	sale := make([]domain.Event, events)
	var filling errgroup.Group
	filling.SetLimit(4)
	for i := range sale {
		sale[i] = newEvent(t, store, ticketsOf(i))
		filling.Go(func() error {
			for range 2 * ticketsOf(i) / batch {
				if _, err := run(t.Context(), store, books(batch, sale[i])...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, filling.Wait())

	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, table := range []string{"tickets", "waitlist"} {
		var rows int
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM "+table).Scan(&rows))
		require.GreaterOrEqual(t, rows, 100_000)
	}
	_, err = db.Exec("ANALYZE TABLE events, tickets, waitlist, waitlist_departures, idempotency_keys")
	require.NoError(t, err)

	for _, statement := range everyStatement(t, tap, store, sale) {
		if session.MatchString(statement) {
			continue
		}
		for _, step := range explain(t, db, statement) {
			require.NotContains(t, []string{"ALL", "index"}, step.access, "%s of %s in: %.2000s", step.access, step.table, statement)
		}
		if strings.HasPrefix(statement, "SELECT") && !readsWholeEvent.MatchString(statement) {
			require.Less(t, rowsRead(t, db, statement), 5000, "in: %.5000s", statement)
		}
	}
}

// readsWholeEvent are the statements that may read all rows of one event: what
// a smaller capacity asks for, and lists of cancelled bookings, of which there
// may be few among very many.
var readsWholeEvent = regexp.MustCompile(`COUNT\(\*\) FROM waitlist |r\.status = 'CANCELLED'`)

// rowsRead counts the rows that MySQL looked at for a SELECT.
func rowsRead(t *testing.T, db *sql.DB, statement string) int {
	t.Helper()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	count := func() (reads int) {
		const status = "SELECT CAST(SUM(variable_value) AS SIGNED) FROM performance_schema.session_status WHERE variable_name IN" +
			" ('Handler_read_first', 'Handler_read_key', 'Handler_read_last', 'Handler_read_next', 'Handler_read_prev')"
		require.NoError(t, conn.QueryRowContext(t.Context(), status).Scan(&reads))
		return reads
	}
	before := count()
	rows, err := conn.QueryContext(t.Context(), statement)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		continue // what they say doesn't matter
	}
	require.NoError(t, rows.Err())
	return count() - before
}

type step struct{ table, access string }

// explain returns how a statement gets at the tables that it reads.
func explain(t *testing.T, db *sql.DB, statement string) []step {
	t.Helper()
	rows, err := db.Query("EXPLAIN FORMAT=TRADITIONAL " + statement)
	require.NoError(t, err, statement)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var steps []step
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		// select_type, table, type; in angle brackets are results of other steps.
		if kind, table := values[1].String, values[2].String; kind != "INSERT" && !strings.HasPrefix(table, "<") {
			steps = append(steps, step{table, values[4].String})
		}
	}
	require.NoError(t, rows.Err())
	return steps
}
