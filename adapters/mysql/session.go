package mysql

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// dsnParameters are what a DSN may set: how a connection is made and kept. All
// else would change the state that it is in, or how the driver writes values
// and reads them.
var dsnParameters = []string{
	"allowCleartextPasswords", "allowFallbackToPlaintext", "allowNativePasswords", "allowOldPasswords", "checkConnLiveness",
	"compress", "connectionAttributes", "maxAllowedPacket", "readTimeout", "rejectReadOnly", "serverPubKey", "timeout", "tls",
	"writeTimeout",
}

// parseDSN refuses a DSN that can never work.
func parseDSN(dsn string) (*mysql.Config, error) {
	_, parameters, _ := strings.Cut(dsn[strings.LastIndexByte(dsn, '/')+1:], "?")
	for parameter := range strings.SplitSeq(parameters, "&") {
		name, _, ok := strings.Cut(parameter, "=")
		if ok && !slices.Contains(dsnParameters, name) {
			return nil, fmt.Errorf("mysql: the DSN must not set %q, since the state of its connections is set here;"+
				" leave it out: a DSN may set %s", name, strings.Join(dsnParameters, ", "))
		}
	}
	parsed, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("mysql: the DSN must be like user:password@tcp(host:3306)/database: %w", err)
	}
	if parsed.DBName == "" {
		return nil, errors.New("mysql: the DSN names no database; it must be like user:password@tcp(host:3306)/database")
	}
	return parsed, nil
}

// A server that is stalled in the middle of a transaction loses its locks after
// waitTimeout, so that others wait for seconds only, not for hours; idle
// connections for writing are closed before that.
const (
	rowLockTimeout   = time.Second     // how long a row is waited for that somebody else has locked
	tableLockTimeout = 3 * time.Second // the same for a table, which a change of the schema locks
	waitTimeout      = 5 * time.Second // of the connections for writing
	readWaitTimeout  = 2 * readIdleTime
	// queryTimeout is how long a query may run that only reads. MySQL ends it,
	// before its connection is taken to be dead: one that was only given up here
	// would go on there.
	queryTimeout = 3 * time.Second

	// Changes of the schema take their time, but don't wait without bound.
	schemaLockTimeout = time.Minute
	schemaWaitTimeout = time.Hour
)

// session is the state of a connection: assignments of system variables, in
// order. Every variable that can change what a statement does is among them,
// since a server's globals and its init_connect may set them to anything.
type session []string

// The character set of all text that is sent and read. The tables have collations
// of their own.
const (
	charset   = "utf8mb4"
	collation = "utf8mb4_0900_ai_ci"
)

// everySession is what all have in common. Turning autocommit on commits what is
// open, since init_connect may have begun a transaction, whose snapshot would be
// read for good. What follows is for the transactions after that.
var everySession = session{
	"autocommit = 0", "autocommit = 1",
	"completion_type = 'NO_CHAIN'",
	"foreign_key_checks = 1",
	"sql_auto_is_null = 0",
	"sql_big_selects = 1",
	"sql_mode = 'TRADITIONAL'", // refuses what doesn't fit, and lets \ escape
	"sql_safe_updates = 0",
	"sql_select_limit = 9223372036854775807", // vtgate knows no larger number
	"time_zone = '+00:00'",
	"timestamp = DEFAULT", // the clock goes on
	"transaction_read_only = 0",
	"unique_checks = 1",
}

// writingSessions are for transactions. They begin with their first statement,
// without a round trip for it.
func writingSessions(isolation string) sessions {
	return sessions{
		mysql: append(newSession(cmp.Or(isolation, Serializable), rowLockTimeout, tableLockTimeout, 0, waitTimeout), "autocommit = 0"),
		vtgate: append(vtgateSession(isolation),
			singleShard, fmt.Sprintf("transaction_timeout = %d", waitTimeout.Milliseconds()), "autocommit = 0"),
	}
}

// readingSessions are for single statements, and transactions for a page of
// bookings: each sees one state, the latest when it began.
func readingSessions(isolation string) sessions {
	return sessions{
		mysql:  newSession(readIsolation(isolation), rowLockTimeout, tableLockTimeout, queryTimeout, readWaitTimeout),
		vtgate: append(vtgateSession(""), fmt.Sprintf("query_timeout = %d", queryTimeout.Milliseconds())),
	}
}

func schemaSessions(isolation string) sessions {
	return sessions{
		mysql:  newSession(readIsolation(isolation), schemaLockTimeout, schemaLockTimeout, 0, schemaWaitTimeout),
		vtgate: vtgateSession(""),
	}
}

func readIsolation(isolation string) string {
	if isolation == ServerIsolation {
		return ServerIsolation
	}
	return RepeatableRead
}

func newSession(isolation string, rowLock, tableLock, query, wait time.Duration) session {
	s := append(slices.Clone(everySession),
		fmt.Sprintf("innodb_lock_wait_timeout = %d", int(rowLock.Seconds())),
		fmt.Sprintf("lock_wait_timeout = %d", int(tableLock.Seconds())),
		fmt.Sprintf("max_execution_time = %d", query.Milliseconds()),
		fmt.Sprintf("wait_timeout = %d", int(wait.Seconds())),
	)
	if isolation != ServerIsolation {
		s = append(s, "transaction_isolation = '"+isolation+"'")
	}
	return s
}

// newConnector makes connections that are in one state. It is set after the server
// has run init_connect: SET NAMES first, by the driver, then one SET for the rest.
// The driver escapes values by the SQL mode that the server said last.
func newConnector(parsed *mysql.Config, of sessions, shards *shards) (driver.Connector, error) {
	c := parsed.Clone()
	c.ParseTime = true
	c.Loc = time.UTC
	c.InterpolateParams = true    // a round trip less for each statement
	c.ClientFoundRows = true      // so that the rows an UPDATE found can be told from none
	c.Logger = &mysql.NopLogger{} // what went wrong is returned too
	if c.Timeout == 0 {
		c.Timeout = dialTimeout
	}
	if err := c.Apply(mysql.Charset(charset, collation)); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("mysql: the DSN can't be used: %w", err)
	}
	return sessionConnector{connector, shards, of}, nil
}

// patientConnector makes connections whose statements are never left before they
// have ended in the database. Of a caller who goes away, the driver would close
// the connection, and the pool dial another one, while MySQL works on: a pool
// would bound nothing. What ends a statement is queryTimeout, in MySQL.
type patientConnector struct{ driver.Connector }

// driverConn is what a connection of the driver can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type patientConn struct{ driverConn }

// Connect makes a connection, whatever becomes of the caller. The driver's
// timeouts bound it.
func (c patientConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return patientConn{conn.(driverConn)}, nil
}

// BeginTx begins a transaction, whatever becomes of the caller.
func (c patientConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	return c.driverConn.BeginTx(context.WithoutCancel(ctx), options)
}

// QueryContext returns when there are rows, whatever becomes of the caller.
func (c patientConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.driverConn.QueryContext(context.WithoutCancel(ctx), query, args)
}
