package mysql_test

import (
	"cmp"
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
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
	do := func(commands ...domain.Command) []domain.Booking {
		t.Helper()
		bookings, err := run(ctx, store, commands...)
		require.NoError(t, err)
		return bookings
	}
	tap.take()

	newEvent(t, store, 1)
	again := creation(t, 1)
	again.Event.ID, again.Record.EventID = event, event
	_, err := store.Create(ctx, again)
	require.ErrorIs(t, err, domain.ErrIdempotencyKeyReused)
	do(books(200, events...)...)
	key := domain.NewIdempotencyKey("a caller", "a key")
	inLine := do(books(3, events[0])...)
	booker := newPerson()
	bookings := do(domain.Book{EventID: event, Person: booker, Quantity: 2, Reference: "order 1", Key: key})
	limit, reference := domain.AtMost(10), "order 2"
	do(domain.ChangeEvent{EventID: event, MaxTicketsPerUser: &limit}, domain.LeaveWaitlist{EventID: event, BookingID: inLine[0].ID})
	do(domain.ChangeBooking{EventID: event, BookingID: bookings[0].ID, Quantity: new(1), Reference: &reference})

	page, err := store.Bookings(ctx, ports.BookingQuery{EventID: event, Status: domain.BookingBooked, Limit: 4})
	require.NoError(t, err)
	people := make([]domain.Person, len(page))
	for i, b := range page {
		people[i], err = domain.NewPerson(b.Identifier)
		require.NoError(t, err)
	}
	do(
		domain.Book{EventID: event, Person: newPerson()},
		domain.CancelTickets{EventID: event, Person: people[0]},
		domain.CancelTickets{EventID: event, Person: people[1], TicketID: page[1].Tickets[0].ID},
		domain.GiveBack{EventID: event, BookingID: page[2].ID},
		domain.Transfer{EventID: event, BookingID: page[3].ID, Person: newPerson()},
		domain.Transfer{EventID: event, BookingID: inLine[1].ID, Person: newPerson()})
	everyStatementOfSeveralEvents(t, store, events[:3])
	require.NoError(t, store.ForgetRequests(ctx, booker.UserID()))
	do(domain.ErasePerson{EventID: event, Person: people[0], NewUserID: domain.UserID{UUID: uuid.New()}})
	everyStatementOfHolds(t, store)

	for _, query := range everyBookingQuery(event, people[1].UserID()) {
		_, err := store.Bookings(ctx, query)
		require.NoError(t, err)
	}
	_, err = store.Booking(ctx, event, bookings[0].ID)
	require.NoError(t, err)
	for _, after := range []ports.PersonCursor{{}, ports.CursorOfBooking(page[0])} {
		_, err = store.PersonBookings(ctx, ports.PersonQuery{UserID: people[1].UserID(), After: after, Limit: 10})
		require.NoError(t, err)
	}
	for _, status := range []domain.EventStatus{"", domain.EventPublished} {
		for _, after := range []ports.EventCursor{{}, ports.CursorOfEvent(events[0])} {
			_, err := store.Events(ctx, ports.EventQuery{Status: status, After: after, Limit: 10})
			require.NoError(t, err)
		}
	}
	_, err = store.Journal(ctx, ports.JournalQuery{EventID: event, After: ports.JournalCursor{Version: 2, Number: 1}, Limit: 10})
	require.NoError(t, err)
	_, _, err = store.Due(ctx, 10)
	require.NoError(t, err)
	_, err = store.Secret(ctx, "a secret")
	require.NoError(t, err)

	do(domain.CancelEvent{EventID: events[len(events)-1].ID})
	for _, query := range everyBookingQuery(events[len(events)-1].ID, people[1].UserID()) {
		_, err := store.Bookings(ctx, query)
		require.NoError(t, err)
	}
	tap.onCommit(loseAnswer)
	do(books(1, events[0])...)
	tap.onCommit(loseAnswer)
	do(domain.GiveBack{EventID: event, BookingID: page[2].ID, Key: key}) // which leaves a key and nothing else
	return statementsOf(tap.take())
}

// everyStatementOfSeveralEvents books where there is a limit and cancels, on all of
// these events at once.
func everyStatementOfSeveralEvents(t *testing.T, store ports.Store, events []domain.Event) {
	t.Helper()
	limits, cancellations := make([]domain.Command, len(events)), make([]domain.Command, 0, 2*len(events))
	for i, e := range events {
		limit := domain.AtMost(10)
		limits[i] = domain.ChangeEvent{EventID: e.ID, MaxTicketsPerUser: &limit}
		page, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: e.ID, Status: domain.BookingBooked, Limit: 2})
		require.NoError(t, err)
		for j, ticket := range []domain.TicketID{{}, page[1].Tickets[0].ID} {
			person, err := domain.NewPerson(page[j].Identifier)
			require.NoError(t, err)
			cancellations = append(cancellations, domain.CancelTickets{EventID: e.ID, Person: person, TicketID: ticket})
		}
	}
	for _, batch := range [][]domain.Command{limits, books(3*len(events), events...), cancellations} {
		_, err := run(t.Context(), store, batch...)
		require.NoError(t, err)
	}
}

// everyStatementOfHolds begins, extends, confirms and gives back holds, and lets
// some expire.
func everyStatementOfHolds(t *testing.T, store ports.Store) {
	t.Helper()
	event, err := store.Create(t.Context(), creationOf(t, domain.CreateEvent{
		Settings: domain.Settings{Name: "Concert", TotalTickets: 9, HoldSeconds: domain.MinHoldSeconds, ClaimSeconds: domain.MinClaimSeconds},
	}))
	require.NoError(t, err)
	held, err := run(t.Context(), store, books(9, event)...)
	require.NoError(t, err)
	_, err = run(t.Context(), store,
		domain.Confirm{EventID: event.ID, BookingID: held[0].ID},
		domain.Extend{EventID: event.ID, BookingID: held[1].ID, Seconds: 100},
		domain.GiveBack{EventID: event.ID, BookingID: held[2].ID})
	require.NoError(t, err)
	_, err = runAt(t.Context(), store, later(domain.MinHoldSeconds*time.Second), domain.CatchUp{EventID: event.ID})
	require.NoError(t, err)
	after, err := store.Event(t.Context(), event.ID)
	require.NoError(t, err)
	require.Equal(t, 1, after.HeldTickets)
	require.Equal(t, 7, after.AvailableTickets)
	for _, status := range []domain.BookingStatus{domain.BookingHeld, domain.BookingExpired} {
		_, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, Status: status})
		require.NoError(t, err)
	}
}

func everyBookingQuery(event domain.EventID, user domain.UserID) []ports.BookingQuery {
	var queries []ports.BookingQuery
	for _, status := range []domain.BookingStatus{
		"", domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled,
	} {
		for _, user := range []domain.UserID{{}, user} {
			for _, reference := range []string{"", "order 2"} {
				queries = append(queries, ports.BookingQuery{
					EventID: event, UserID: user, Status: status, Reference: reference, AfterSequence: 10, Limit: 10,
				})
			}
		}
	}
	return queries
}

// session are the statements that are about no event at all.
var session = regexp.MustCompile(`^(SET |START TRANSACTION|COMMIT$|ROLLBACK$|SELECT UTC_TIMESTAMP|SELECT value FROM secrets|INSERT INTO secrets)`)

// acrossEvents are those that must be: the lists of events, of what is due, and of
// what a person has.
var acrossEvents = regexp.MustCompile(`FORCE INDEX \((listed|listed_by_status|due)\)|(?s)FORCE INDEX \(by_user\).* WHERE .*\.user_id = .* (DESC|ORDER BY k.event_id) LIMIT \d+`)

// Where rows of an event are on one shard, whoever plans a statement must see
// from its text which event each table is read of: by a value, or by a table
// that is joined on it.
func TestEveryStatementNamesItsEvents(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	store := openStore(t, mysql.Config{DSN: dsn})
	events := []domain.Event{newEvent(t, store, 20), newEvent(t, store, 20), newEvent(t, store, 20)}
	seen := 0
	for _, statement := range everyStatement(t, tap, store, events) {
		if session.MatchString(statement) {
			continue
		}
		seen++
		if acrossEvents.MatchString(statement) {
			continue
		}
		require.Empty(t, tablesOfAnyEvent(statement), statement)
	}
	require.Greater(t, seen, 40)
}

var (
	value     = regexp.MustCompile(`(?s)(_binary|x)?'([^'\\]|\\.)*'`)
	insertion = regexp.MustCompile(`^INSERT INTO (events \(id|\w+ \(event_id),`)
	tableRead = regexp.MustCompile(`\b(?:FROM|JOIN|STRAIGHT_JOIN|UPDATE) (\w+)\b(?: AS (\w+)\b)?`)
	// derived is where the event of a derived table p comes from.
	derived = regexp.MustCompile(`\(SELECT (?:DISTINCT )?((?:\w\.)?event_id), (?:\w\.)?sequence FROM`)
)

// tablesOfAnyEvent are the tables that a statement finds otherwise than by event.
func tablesOfAnyEvent(statement string) []string {
	statement = value.ReplaceAllString(statement, "?")
	if insertion.MatchString(statement) {
		return nil
	}
	if p := derived.FindStringSubmatch(statement); p != nil {
		statement = strings.ReplaceAll(statement, "p.event_id", p[1])
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
	dsn := mysqltest.DSN(t, mysqltest.MySQLItself)
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
	filling.Go(func() error { // held
		event, err := store.Create(t.Context(), creationOf(t, domain.CreateEvent{
			Settings: domain.Settings{Name: "Concert", TotalTickets: batch, HoldSeconds: domain.MaxHoldSeconds, ClaimSeconds: domain.MinClaimSeconds},
		}))
		if err == nil {
			_, err = run(t.Context(), store, books(batch, event)...)
		}
		return err
	})
	require.NoError(t, filling.Wait())

	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, table := range []string{"tickets", "waitlist"} {
		var rows int
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM "+table).Scan(&rows))
		require.GreaterOrEqual(t, rows, 100_000)
	}
	_, err = db.Exec("ANALYZE TABLE events, tickets, waitlist, waitlist_departures, idempotency_keys, journal, holds")
	require.NoError(t, err)

	for _, statement := range everyStatement(t, tap, store, sale) {
		if session.MatchString(statement) {
			continue
		}
		for _, step := range explain(t, db, statement) {
			require.NotContains(t, []string{"ALL", "index"}, step.access, "%s of %s in: %.2000s", step.access, step.table, statement)
		}
		if strings.HasPrefix(statement, "SELECT") {
			require.Less(t, rowsRead(t, db, statement), 5000, "in: %.5000s", statement)
		}
	}
}

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
