package mysqlschema_test

import (
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/schema/migration"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

func emptyDatabase(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", mysqltest.EmptyDSN(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestSchemaGoesUpAndDownAndUp(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)

	applied, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.NoError(t, mysqlschema.Check(ctx, db))
	status, err := mysqlschema.Status(ctx, db)
	require.NoError(t, err)
	require.Equal(t, status, applied)

	for range applied {
		back, err := mysqlschema.Down(ctx, db)
		require.NoError(t, err)
		require.NotNil(t, back)
		require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)
	}
	back, err := mysqlschema.Down(ctx, db)
	require.NoError(t, err)
	require.Nil(t, back, "nothing is left to take back")

	again, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.Equal(t, applied, again)
	again, err = mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.Empty(t, again)
}

// MySQL changes a table, then goose notes it; a migration may end in between.
func TestInterruptedMigrationsCanRunAgain(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	all, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	latest := all[len(all)-1]

	_, err = db.Exec("DELETE FROM goose_db_version WHERE version_id = ?", latest.Version) // on its way up
	require.NoError(t, err)
	require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)
	applied, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.Equal(t, []migration.Migration{latest}, applied)
	require.NoError(t, mysqlschema.Check(ctx, db))

	_, err = db.Exec("DELETE FROM goose_db_version") // before goose had noted anything
	require.NoError(t, err)
	applied, err = mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.Equal(t, all, applied)

	for i := range all { // on its way down
		m := all[len(all)-1-i]
		if table, changed := tableOf(m); !changed {
			_, err = db.Exec("DROP TABLE " + table)
			require.NoError(t, err)
			require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrInterrupted, table)
			_, err = mysqlschema.Up(ctx, db)
			require.ErrorIs(t, err, mysqlschema.ErrInterrupted)
		}
		back, err := mysqlschema.Down(ctx, db)
		require.NoError(t, err)
		require.Equal(t, m.Version, back.Version)
		require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)
	}
	_, err = mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.NoError(t, mysqlschema.Check(ctx, db))
}

// tableOf is the table that a migration makes, or only changes.
func tableOf(m migration.Migration) (table string, changed bool) {
	name := strings.TrimSuffix(m.Name[len("00000_"):], ".sql")
	table, changed = strings.CutSuffix(name, "_defaults")
	return table, changed
}

// What is told of an interrupted migration would delete data here, and mend nothing.
func TestLostTableIsNoInterruptedMigration(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	_, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	for _, lost := range []string{"tickets", "webhook_deliveries"} { // one of the first, then the latest too
		_, err = db.Exec("DROP TABLE " + lost)
		require.NoError(t, err)
		require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTableMissing)
		_, err = mysqlschema.Up(ctx, db)
		require.ErrorIs(t, err, mysqlschema.ErrTableMissing)
		_, err = mysqlschema.Down(ctx, db)
		require.ErrorIs(t, err, mysqlschema.ErrTableMissing)
	}
}

func TestCheckingChangesNothing(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)
	_, err := mysqlschema.Status(ctx, db)
	require.NoError(t, err)
	var tables int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables))
	require.Zero(t, tables)
}

func TestSchemaOfANewerBoxofficeIsLeftAlone(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	_, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	require.NoError(t, err)

	require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooNew)
	_, err = mysqlschema.Up(ctx, db)
	require.ErrorIs(t, err, mysqlschema.ErrTooNew)
	_, err = mysqlschema.Down(ctx, db)
	require.ErrorIs(t, err, mysqlschema.ErrTooNew)
}

func TestMigrationBehindALockEndsAndSaysSo(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	db.SetMaxIdleConns(1) // so that what a migration leaves behind is seen
	all, err := mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	made := slices.DeleteFunc(slices.Clone(all), func(m migration.Migration) bool { _, changed := tableOf(m); return changed })
	for range len(all) - len(made) {
		_, err = mysqlschema.Down(ctx, db)
		require.NoError(t, err)
	}
	latest := made[len(made)-1]
	table, _ := tableOf(latest)

	holder, err := db.Conn(ctx)
	require.NoError(t, err)
	defer holder.Close()
	hold := func(statement string) (release func()) {
		_, err := holder.ExecContext(ctx, statement)
		require.NoError(t, err)
		return func() {
			_, err := holder.ExecContext(ctx, "UNLOCK TABLES")
			require.NoError(t, err)
		}
	}
	release := hold("LOCK TABLES " + table + " READ")
	_, err = mysqlschema.Down(ctx, db)
	require.ErrorIs(t, err, mysqlschema.ErrLocked)
	release()
	var session, server int
	require.NoError(t, db.QueryRow("SELECT @@SESSION.lock_wait_timeout, @@GLOBAL.lock_wait_timeout").Scan(&session, &server))
	require.Equal(t, server, session)

	release = hold("LOCK TABLES goose_db_version WRITE")
	_, err = mysqlschema.Up(ctx, db)
	require.ErrorIs(t, err, mysqlschema.ErrLocked)
	release()
	back, err := mysqlschema.Down(ctx, db)
	require.NoError(t, err)
	require.Equal(t, latest.Version, back.Version)
}

// Not parallel: a backup locks the whole server.
func TestMigrationDuringABackupEndsAndSaysSo(t *testing.T) {
	if os.Getenv("BOXOFFICE_TEST_MYSQL_DSN") != "" {
		t.Skip("the tests of other packages use this server too")
	}
	db, ctx := emptyDatabase(t), t.Context()
	backup, err := db.Conn(ctx)
	require.NoError(t, err)
	defer backup.Close()
	_, err = backup.ExecContext(ctx, "LOCK INSTANCE FOR BACKUP")
	require.NoError(t, err)
	_, err = mysqlschema.Up(ctx, db)
	require.ErrorIs(t, err, mysqlschema.ErrLocked)
	_, err = backup.ExecContext(ctx, "UNLOCK INSTANCE")
	require.NoError(t, err)
	_, err = mysqlschema.Up(ctx, db)
	require.NoError(t, err)
	require.NoError(t, mysqlschema.Check(ctx, db))
}

func TestMigrationsAtOnceDoTheWorkOnce(t *testing.T) {
	t.Parallel()
	db, ctx := emptyDatabase(t), t.Context()
	applied := make([][]migration.Migration, 4)
	var servers errgroup.Group
	for i := range applied {
		servers.Go(func() (err error) {
			applied[i], err = mysqlschema.Up(ctx, db)
			return err
		})
	}
	require.NoError(t, servers.Wait())
	require.NoError(t, mysqlschema.Check(ctx, db))
	var all []migration.Migration
	for _, of := range applied {
		all = append(all, of...)
	}
	status, err := mysqlschema.Status(ctx, db)
	require.NoError(t, err)
	require.Equal(t, status, all)
}
