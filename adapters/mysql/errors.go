package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// The server's error numbers that mean something to a store.
const (
	errUserDenied      = 1044
	errAccessDenied    = 1045
	errNoDatabase      = 1049
	errDuplicateEntry  = 1062
	errSyntax          = 1064
	errTableDenied     = 1142
	errColumnDenied    = 1143
	errLockWaitTimeout = 1205
	errDeadlock        = 1213
	errPrevented       = 1290 // by an option: read_only, super_read_only
	errInterrupted     = 1317
	errReadOnly        = 1792 // of a transaction
	errReadOnlyMode    = 1836 // of InnoDB
	errQueryTimeout    = 3024
)

// What keeps a database that can be reached from doing what it is asked for.
// Nothing was done.
var (
	errLocked = &domain.Error{
		Code:   ports.CodeStoreUnavailable,
		Detail: "somebody else has locked what this would change and nothing was done; try again in a moment",
	}
	errTooLong = &domain.Error{
		Code:   ports.CodeStoreUnavailable,
		Detail: "the database took too long for this and nothing was done; ask for less, or try again later",
	}
	errDatabaseReadOnly = &domain.Error{
		Code:   ports.CodeStoreUnavailable,
		Detail: "the database is read only and nothing was done; try again when it can be written",
	}
)

// unavailable are the server's errors that pass, or that an operator mends:
// nothing is wrong with the statement.
var unavailable = map[uint16]bool{
	1040: true, // too many connections
	1042: true, // bad host
	1044: true, // access to the database denied
	1045: true, // access denied
	1049: true, // unknown database
	1053: true, // server shutdown in progress
	1054: true, // unknown column: another schema
	1077: true, // server is shutting down normally
	1079: true, // server shutdown complete
	1129: true, // host is blocked
	1130: true, // host is not allowed to connect
	1142: true, // access to a table denied
	1143: true, // access to a column denied
	1146: true, // no such table: another schema
	1152: true, // aborted connection
	1158: true, // errors in reading and writing packets
	1159: true,
	1160: true,
	1161: true,
	1176: true, // no such index: another schema, or a shard that is being copied
	1203: true, // the user has too many connections
	1226: true, // the user exceeded a resource
	1317: true, // the query was interrupted
	1927: true, // the connection was killed
	2002: true, // vttablet can't reach its MySQL
	2003: true,
	2006: true, // vttablet has lost its MySQL
	2013: true,
	3032: true, // offline mode
	3100: true, // group replication refused the transaction
	3101: true,
	3168: true, // the server isn't available
	3169: true, // the session was killed
	4031: true, // disconnected for being idle
}

// is reports whether the server refused with one of these numbers.
func is(err error, numbers ...uint16) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && slices.Contains(numbers, refused.Number)
}

// broken reports whether the connection was lost, rather than a statement
// refused.
func broken(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &network) || is(err, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031)
}

// storeError gives an error of the driver its meaning for callers. Nothing may
// have been done when it is used.
func storeError(ctx context.Context, err error) error {
	var refused *mysql.MySQLError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case retryable(err):
		return fmt.Errorf("%w: %w", errLocked, err)
	case is(err, errQueryTimeout):
		return fmt.Errorf("%w: %w", errTooLong, err)
	case is(err, errPrevented, errReadOnly, errReadOnlyMode):
		return fmt.Errorf("%w: %w", errDatabaseReadOnly, err)
	case broken(err), errors.Is(err, errStale), errors.Is(err, errNotCommitted), IsShardAway(err),
		errors.As(err, &refused) && unavailable[refused.Number]:
		return fmt.Errorf("%w: %w", ports.ErrStoreUnavailable, err)
	default:
		return fmt.Errorf("mysql: %w", err)
	}
}

// retryable reports whether MySQL gave a transaction up for another one's sake.
func retryable(err error) bool { return is(err, errDeadlock, errLockWaitTimeout) }

// discard throws a connection away rather than back into its pool.
func discard(conn *sql.Conn) {
	// Raw's error is the one given to it.
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}
