package mysqlschema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// lockTimeout is how long a migration waits for another one.
const lockTimeout = 5 * time.Minute

// lockName is one for each database of a server. A lock's name has 64 characters
// at the most, and that of the database alone may have as many.
const lockName = "CONCAT('migrate_', SHA2(DATABASE(), 224))"

// namedLock keeps two migrations of one database apart. It ends with its
// connection: goose's own table of locks needs a lease, which would outlive a
// migration that was killed.
type namedLock struct{}

func (l namedLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+lockName+", ?)", int(lockTimeout.Seconds())).Scan(&got)
	switch {
	case err != nil:
		return fmt.Errorf("lock the schema: %w", err)
	case got.Int64 != 1:
		return errors.New("another migration of this database is still running; try again when it has ended")
	}
	if err := addFirstVersion(ctx, conn); err != nil {
		return errors.Join(err, l.SessionUnlock(context.WithoutCancel(ctx), conn))
	}
	return nil
}

// addFirstVersion makes goose's own table with the row that goose wants to find
// there. goose would make it too, but never adds the row if it was interrupted
// or refused between the two.
func addFirstVersion(ctx context.Context, conn *sql.Conn) error {
	tables, err := tableNames(ctx, conn)
	if err != nil {
		return err
	}
	if !tables[goose.DefaultTablename] {
		store, err := database.NewStore(database.DialectMySQL, goose.DefaultTablename)
		if err != nil {
			return err
		}
		if err := store.CreateVersionTable(ctx, conn); err != nil {
			return fmt.Errorf("make goose's table: %w", err)
		}
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO "+goose.DefaultTablename+" (version_id, is_applied)"+
		" SELECT 0, TRUE FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM "+goose.DefaultTablename+")")
	return err
}

func (namedLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "DO RELEASE_LOCK("+lockName+")")
	return err
}
