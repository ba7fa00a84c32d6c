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

	"github.com/boxoffice-go/boxoffice/ports"
)

// The server's error numbers that mean something to a store.
const (
	errDuplicateEntry  = 1062
	errLockWaitTimeout = 1205
	errDeadlock        = 1213
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
	1146: true, // no such table: another schema
	1152: true, // aborted connection
	1158: true, // errors in reading and writing packets
	1159: true,
	1160: true,
	1161: true,
	1203: true, // the user has too many connections
	1226: true, // the user exceeded a resource
	1290: true, // read only
	1317: true, // the query was interrupted
	1792: true, // the transaction is read only
	1836: true, // read-only mode
	1927: true, // the connection was killed
	3024: true, // the statement took too long
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
	case broken(err), errors.As(err, &refused) && (unavailable[refused.Number] || retryable(err)):
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
