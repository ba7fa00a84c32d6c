package mysql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestReadinessSaysWhatABookingWouldMeet(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	admin := openStore(t, mysql.Config{DSN: server.DSN()})
	_, err := mysqlschema.Up(t.Context(), admin.DB())
	require.NoError(t, err)
	server.Exec("CREATE USER plain", "GRANT SELECT, INSERT, UPDATE, DELETE ON boxoffice.* TO plain")
	store := openStore(t, mysql.Config{DSN: server.DSNOf("plain")})
	require.NoError(t, store.Ready(t.Context()))
	event := newEvent(t, store, 1)
	_, err = run(t.Context(), store, books(1, event)...) // all others wait
	require.NoError(t, err)

	becomes := func(reason string) {
		t.Helper()
		require.Eventually(t, func() bool {
			err := store.Ready(t.Context())
			if reason == "" {
				return err == nil
			}
			return err != nil && strings.HasPrefix(err.Error(), reason)
		}, 30*time.Second, 50*time.Millisecond, reason) // what it said last is old after a second
	}
	for _, trouble := range []struct{ reason, begin, end string }{
		{"the database is read only", "SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"},
		{"the database is read only", "SET GLOBAL super_read_only = 1", "SET GLOBAL read_only = 0"},
		{mysqlschema.ErrTableMissing.Error(), "RENAME TABLE waitlist TO gone", "RENAME TABLE gone TO waitlist"},
		{mysqlschema.ErrTooOld.Error(), "RENAME TABLE goose_db_version TO gone", "RENAME TABLE gone TO goose_db_version"},
	} {
		server.Exec(trouble.begin)
		becomes(trouble.reason)
		if _, err := run(t.Context(), store, books(1, event)...); trouble.reason != mysqlschema.ErrTooOld.Error() {
			require.ErrorIs(t, err, ports.ErrStoreUnavailable, trouble.begin)
		}
		server.Exec(trouble.end)
		becomes("")
		_, err := run(t.Context(), store, books(1, event)...)
		require.NoError(t, err)
	}

	// Connections keep the rights that they began with.
	for privilege, reason := range map[string]string{
		"UPDATE": "the database user may not update the table events",
		"INSERT": "the database user may not insert into the table events",
		"DELETE": "the database user may not delete from the table holds",
	} {
		server.Exec("REVOKE " + privilege + " ON boxoffice.* FROM plain")
		store := openStore(t, mysql.Config{DSN: server.DSNOf("plain")})
		require.ErrorContains(t, store.Ready(t.Context()), reason)
		if _, err := run(t.Context(), store, books(1, event)...); privilege != "DELETE" { // which a plain booking does without
			require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		}
		server.Exec("GRANT " + privilege + " ON boxoffice.* TO plain")
	}
	server.Exec("DROP USER plain")
	require.ErrorContains(t, openStore(t, mysql.Config{DSN: server.DSNOf("plain")}).Ready(t.Context()), "the database refuses the user")
}

func TestReadinessTriesEveryTable(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t, mysqltest.MySQLItself))
	store := openStore(t, mysql.Config{DSN: dsn})
	require.NoError(t, store.Ready(t.Context()))
	tried := strings.Join(tap.take(), "\n")
	rows, err := store.DB().Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version'")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		require.Contains(t, tried, "INSERT INTO "+table+" ", "a new table is to be tried as well")
	}
	require.NoError(t, rows.Err())
}

func TestReadinessIsInNobodysWay(t *testing.T) {
	t.Parallel()
	const stores, probes, batches = 4, 50, 20
	dsn := mysqltest.DSN(t)
	booking := openStore(t, mysql.Config{DSN: dsn})
	event, other := newEvent(t, booking, 1), newEvent(t, booking, 1)
	var working errgroup.Group
	for range stores {
		working.Go(func() error {
			for range probes {
				store, err := mysql.Open(mysql.Config{DSN: dsn}) // which has not been asked yet
				if err != nil {
					return err
				}
				if err := store.Ready(t.Context()); err != nil {
					return err
				}
				if err := store.Close(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range batches {
		_, err := run(t.Context(), booking, books(50, event, other)...)
		require.NoError(t, err)
		newEvent(t, booking, 1)
	}
	require.NoError(t, working.Wait())
	require.Zero(t, booking.Stats())
}
