package mysql_test

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// hangUps are clients that ask for lists, and hang up when the database has got
// to work on them.
func hangUps(ctx context.Context, store *mysql.Store, clients, lists int, query ports.BookingQuery) *sync.WaitGroup {
	const patience = 100 * time.Millisecond
	var hanging sync.WaitGroup
	var asked atomic.Int64
	for range clients {
		hanging.Go(func() {
			for ctx.Err() == nil && asked.Add(1) <= int64(lists) {
				patient, hangUp := context.WithTimeout(ctx, patience)
				_, _ = store.Bookings(patient, query) // nobody is there for what it says
				hangUp()
			}
		})
	}
	return &hanging
}

// connections counts those that the server has to a database, apart from this
// one.
func connections(tb testing.TB, admin *sql.DB) (n int) {
	tb.Helper()
	const count = "SELECT COUNT(*) FROM performance_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
	require.NoError(tb, admin.QueryRowContext(context.WithoutCancel(tb.Context()), count).Scan(&n))
	return n
}

func openAdmin(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	admin, err := sql.Open("mysql", dsn)
	require.NoError(tb, err)
	admin.SetMaxOpenConns(1)
	tb.Cleanup(func() { require.NoError(tb, admin.Close()) })
	return admin
}

const (
	clients     = 16
	listsAtOnce = 8
)

// A table that somebody has locked stands for a query that takes long.
func TestListsThatNobodyWaitsForHoldTheirPlacesUntilTheyEnd(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t, mysqltest.MySQLItself)
	store := openStore(t, mysql.Config{DSN: dsn})
	event, admin := newEvent(t, store, 1), openAdmin(t, dsn)
	before := connections(t, admin)
	_, err := admin.Exec("LOCK TABLES waitlist WRITE")
	require.NoError(t, err)
	hanging := hangUps(t.Context(), store, clients, 200, ports.BookingQuery{EventID: event.ID, Limit: 10})
	hanging.Wait()
	require.LessOrEqual(t, connections(t, admin), before+listsAtOnce)
	_, err = store.Event(t.Context(), event.ID)
	require.NoError(t, err)

	_, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, Limit: 10})
	require.ErrorIs(t, err, ports.ErrStoreUnavailable, "the database ends it")
	require.NotEqual(t, ports.ErrStoreUnavailable.Detail, detailOf(t, err))
	_, err = admin.Exec("UNLOCK TABLES")
	require.NoError(t, err)
	_, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, Limit: 10})
	require.NoError(t, err)
}

func TestBookingsAreMadeBesideClientsThatAskForLongListsAndHangUp(t *testing.T) {
	t.Parallel()
	const batches, batch, bookers, bookings = 20, 1000, 4, 25
	dsn := mysqltest.DSN(t, mysqltest.MySQLItself)
	store := openStore(t, mysql.Config{DSN: dsn})
	long, sale, admin := newEvent(t, store, batches*batch), newEvent(t, store, bookers*bookings), openAdmin(t, dsn)
	for range batches {
		_, err := run(t.Context(), store, books(batch, long)...)
		require.NoError(t, err)
	}

	ctx, stop := context.WithCancel(t.Context())
	const without = 1 << 30
	hanging := hangUps(ctx, store, clients, without, ports.BookingQuery{EventID: long.ID, Status: domain.BookingCancelled, Limit: 100})
	var booking errgroup.Group
	for range bookers {
		booking.Go(func() error {
			for range bookings {
				if _, err := run(ctx, store, books(1, sale)...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var most atomic.Int64
	done := make(chan error)
	go func() { done <- booking.Wait() }()
	for open := true; open; {
		select {
		case err := <-done:
			require.NoError(t, err)
			open = false
		default:
			most.Store(max(most.Load(), int64(connections(t, admin))))
		}
	}
	stop()
	hanging.Wait()
	require.LessOrEqual(t, most.Load(), int64(2*bookers+listsAtOnce), "those who book have one for the transaction and one for its lookups")
}

// detailOf is what a caller is told.
func detailOf(t *testing.T, err error) string {
	t.Helper()
	var refusal *domain.Error
	require.ErrorAs(t, err, &refusal)
	return refusal.Detail
}
