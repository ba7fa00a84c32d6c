package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// TestVitess has what only Vitess can be asked for.
func TestVitess(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	if store := openVitess(t, dsn); store.ShardOf(domain.EventID{}) == "" {
		t.Skip("this MySQL is no Vitess")
	}
	for name, test := range map[string]func(t *testing.T, dsn string){
		"has events where they are taken to be":      hasEventsWhereTheyAreTakenToBe,
		"refuses a transaction on several shards":    refusesATransactionOnSeveralShards,
		"is found by bookings after a shard's split": isFoundAfterASplit,
		"asks the shards of the events alone":        asksTheShardsOfTheEventsAlone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, dsn)
		})
	}
}

// openVitess opens a store that knows its shards, if it has some.
func openVitess(t *testing.T, dsn string) *mysql.Store {
	t.Helper()
	store := openStore(t, mysql.Config{DSN: dsn})
	store.Now() // connects
	return store
}

// onTwoShards creates events, with so many tickets each, until there are so many on
// each of two shards.
func onTwoShards(t *testing.T, store *mysql.Store, events, tickets int) map[string][]domain.Event {
	t.Helper()
	on := make(map[string][]domain.Event)
	for complete := 0; complete < 2; {
		made := creationOf(t, domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: tickets}})
		shard := store.ShardOf(made.Event.ID)
		if len(on[shard]) == events {
			continue
		}
		event, err := store.Create(t.Context(), made)
		require.NoError(t, err)
		if on[shard] = append(on[shard], event); len(on[shard]) == events {
			complete++
		}
	}
	return on
}

func hasEventsWhereTheyAreTakenToBe(t *testing.T, dsn string) {
	t.Helper()
	store := openVitess(t, dsn)
	for shard, events := range onTwoShards(t, store, 5, 1000) {
		of, err := driver.ParseDSN(dsn)
		require.NoError(t, err)
		of.DBName += ":" + shard // is how vtgate is asked for one
		db, err := sql.Open("mysql", of.FormatDSN())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		for _, e := range events {
			var found int
			require.NoError(t, db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT COUNT(*) FROM events WHERE id = x'%x'", e.ID.UUID[:])).Scan(&found))
			require.Equal(t, 1, found, "the event %s is not on the shard %s", e.ID, shard)
		}
	}
}

// What vtgate joins by itself may lead to any shard: one that is away would keep
// the events of others from being sold.
func asksTheShardsOfTheEventsAlone(t *testing.T, dsn string) {
	t.Helper()
	tap, tappedDSN := tapped(t, dsn)
	store := openVitess(t, tappedDSN)
	var events []domain.Event
	for _, events = range onTwoShards(t, store, 3, 20) {
		break
	}
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	seen := 0
	for _, statement := range everyStatement(t, tap, store, events) {
		if !strings.HasPrefix(strings.TrimLeft(statement, "("), "SELECT") || session.MatchString(statement) || acrossEvents.MatchString(statement) {
			continue
		}
		var plan string
		require.NoError(t, db.QueryRowContext(t.Context(), "VEXPLAIN PLAN "+statement).Scan(&plan), statement)
		require.NotRegexp(t, `"(Join|Scatter)"`, plan, statement)
		seen++
	}
	require.Greater(t, seen, 20)
}

func refusesATransactionOnSeveralShards(t *testing.T, dsn string) {
	t.Helper()
	store := openVitess(t, dsn)
	var events []domain.Event
	for _, ofShard := range onTwoShards(t, store, 1, 1000) {
		events = append(events, ofShard...)
	}
	for range 2 { // locked, and decided on what is remembered
		before := store.Stats().Spread
		_, err := run(t.Context(), store, books(2, events...)...)
		require.ErrorContains(t, err, "several shards")
		require.Equal(t, before+1, store.Stats().Spread)
		for i := range events {
			now, err := store.Event(t.Context(), events[i].ID)
			require.NoError(t, err)
			require.Equal(t, events[i].AvailableTickets, now.AvailableTickets)
			_, err = run(t.Context(), store, books(1, now)...)
			require.NoError(t, err)
			events[i].AvailableTickets--
		}
	}
}

// A store that has not heard yet that a shard was split guesses wrong.
func isFoundAfterASplit(t *testing.T, dsn string) {
	t.Helper()
	const clients = 20
	store := openVitess(t, dsn)
	on := onTwoShards(t, store, 5, 1000)
	c, err := driver.ParseDSN(dsn)
	require.NoError(t, err)
	require.NoError(t, store.KeepShards(c.DBName+"/-"))
	service := app.New(store, app.Options{Lanes: 1})
	defer service.Close()
	for range 2 {
		var booking errgroup.Group
		for _, events := range on {
			for _, e := range events {
				for range clients {
					booking.Go(func() error {
						_, err := service.Book(context.Background(), domain.Book{EventID: e.ID, Person: newPerson()})
						return err
					})
				}
			}
		}
		require.NoError(t, booking.Wait())
	}
	require.Positive(t, store.Stats().Spread)
	for shard, events := range on {
		for _, e := range events {
			require.Equal(t, shard, store.ShardOf(e.ID))
			now, err := store.Event(t.Context(), e.ID)
			require.NoError(t, err)
			require.Equal(t, e.AvailableTickets-2*clients, now.AvailableTickets)
		}
	}
}
