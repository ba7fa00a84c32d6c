package mysqlschema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	// migrationTimeout is how long a migration waits for another one.
	migrationTimeout = 5 * time.Minute
	// tableTimeout is how long a statement waits for a backup, or for somebody's
	// transaction on its table. MySQL would wait for a year, and meanwhile let
	// nobody else begin anything on that table.
	tableTimeout = 5 * time.Second
)

// ErrLocked says that somebody keeps the tables from being changed.
var ErrLocked = errors.New("somebody holds a lock on the tables, as a backup or a long transaction does; SHOW PROCESSLIST tells who;" +
	" try again when they have ended")

// explainLock adds [ErrLocked] to an error that means it.
func explainLock(err error) error {
	const lockWaitTimeout = 1205
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && refused.Number == lockWaitTimeout {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return err
}

// lockName is one for each database of a server. A lock's name has 64 characters
// at the most, and that of the database alone may have as many.
const lockName = "CONCAT('migrate_', SHA2(DATABASE(), 224))"

// namedLock keeps two migrations of one database apart. It ends with its
// connection: goose's own table of locks needs a lease, which would outlive a
// migration that was killed.
type namedLock struct{}

func (l namedLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	_, err := conn.ExecContext(ctx, fmt.Sprintf( // vtgate takes no arguments here
		"SET @lock_wait_timeout_before = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = %d", int(tableTimeout.Seconds())))
	if err == nil {
		err = conn.QueryRowContext(ctx, "SELECT GET_LOCK("+lockName+", ?)", int(migrationTimeout.Seconds())).Scan(&got)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("lock the schema: %w", err)
	case got.Int64 != 1:
		err = errors.New("another migration of this database is still running; try again when it has ended")
	default:
		return nil
	}
	return errors.Join(err, l.SessionUnlock(context.WithoutCancel(ctx), conn))
}

func (namedLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var released sql.NullInt64 // vtgate keeps a lock that DO releases
	err := conn.QueryRowContext(ctx, "SELECT RELEASE_LOCK("+lockName+")").Scan(&released)
	// The connection goes back to its pool, as it came from there.
	_, settingErr := conn.ExecContext(ctx, "SET SESSION lock_wait_timeout = COALESCE(@lock_wait_timeout_before, @@SESSION.lock_wait_timeout)")
	return errors.Join(err, settingErr)
}
