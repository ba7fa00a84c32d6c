package sqliteschema_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	sqliteschema "github.com/boxoffice-go/boxoffice/schema/sqlite"
)

func openFile(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "boxoffice.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestUpAndDown(t *testing.T) {
	db := openFile(t)
	for range 2 { // down leaves nothing that is in the way of up
		require.ErrorIs(t, sqliteschema.Check(t.Context(), db), sqliteschema.ErrTooOld)
		status, err := sqliteschema.Status(t.Context(), db)
		require.NoError(t, err)
		require.NotEmpty(t, status)
		applied, err := sqliteschema.Up(t.Context(), db)
		require.NoError(t, err)
		require.Len(t, applied, len(status))
		require.NoError(t, sqliteschema.Check(t.Context(), db))
		again, err := sqliteschema.Up(t.Context(), db)
		require.NoError(t, err)
		require.Empty(t, again)
		for range applied {
			back, err := sqliteschema.Down(t.Context(), db)
			require.NoError(t, err)
			require.NotNil(t, back)
		}
		back, err := sqliteschema.Down(t.Context(), db)
		require.NoError(t, err)
		require.Nil(t, back)
	}
}

func TestSchemaThatIsNewer(t *testing.T) {
	db := openFile(t)
	_, err := sqliteschema.Up(t.Context(), db)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	require.NoError(t, err)
	require.ErrorIs(t, sqliteschema.Check(t.Context(), db), sqliteschema.ErrTooNew)
	_, err = sqliteschema.Up(t.Context(), db)
	require.ErrorIs(t, err, sqliteschema.ErrTooNew)
	_, err = sqliteschema.Down(t.Context(), db)
	require.ErrorIs(t, err, sqliteschema.ErrTooNew)
}

func TestFileOfSomethingElse(t *testing.T) {
	db := openFile(t)
	_, err := db.ExecContext(t.Context(), "CREATE TABLE letters (text TEXT)")
	require.NoError(t, err)
	_, err = sqliteschema.Up(t.Context(), db)
	require.ErrorIs(t, err, sqliteschema.ErrForeign)
	_, err = sqliteschema.Down(t.Context(), db)
	require.ErrorIs(t, err, sqliteschema.ErrForeign)
}

func TestCheckChangesNothing(t *testing.T) {
	db := openFile(t)
	require.ErrorIs(t, sqliteschema.Check(t.Context(), db), sqliteschema.ErrTooOld)
	var tables int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM sqlite_schema").Scan(&tables))
	require.Zero(t, tables)
}
