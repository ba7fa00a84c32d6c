package mysql

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.Store = (*Store)(nil)

// The isolation levels that a store can write under.
const (
	Serializable   = "SERIALIZABLE"
	RepeatableRead = "REPEATABLE-READ"
	ReadCommitted  = "READ-COMMITTED"
)

// Config is what a store needs to know.
type Config struct {
	// DSN names the database, as go-sql-driver/mysql writes it:
	// user:password@tcp(host:3306)/database?tls=true. What the store depends on
	// (time zone, parsing of times, SQL mode and the like) it sets itself.
	DSN string
	// Isolation is that of the writing transactions; empty is Serializable.
	Isolation string
	// LockFirst makes every transaction the usual one, which locks its events
	// before it decides on them. That takes a round trip more; it is what the
	// other way can be measured against.
	LockFirst bool
}

// A server that is stalled in the middle of a transaction loses its locks after
// wait_timeout, so that others wait for seconds only, not for hours; idle
// connections for writing are closed before that.
const (
	lockWaitTimeout = 3 * time.Second
	waitTimeout     = 5 * time.Second
	writeIdleTime   = 3 * time.Second
	readIdleTime    = time.Minute
	dialTimeout     = 5 * time.Second
	// answerTimeout is how long one statement may take: longer than a lock is
	// waited for. After that its connection is taken to be dead.
	answerTimeout     = 4 * time.Second
	connectionsOfPool = 32
)

// Store keeps events in MySQL. Make one with [Open].
type Store struct {
	schema  *sql.DB // migrations, which may take their time
	writes  *sql.DB // transactions
	lookups *sql.DB // what a batch that holds locks reads
	reads   *sql.DB // everybody else's reads

	lockFirst  bool
	remembered *remembered
	clock      clock
	shared     sharedReads
	stats      counters
	ready      readiness
}

// Open checks the configuration and returns a store on it. It doesn't connect:
// while the database is away, calls return ports.ErrStoreUnavailable, and
// succeed once it is there. Bringing the schema up to date is the caller's; see
// package schema and [Store.DB].
func Open(config Config) (*Store, error) {
	isolation := config.Isolation
	if isolation == "" {
		isolation = Serializable
	}
	if !slices.Contains([]string{Serializable, RepeatableRead, ReadCommitted}, isolation) {
		return nil, fmt.Errorf("mysql: the isolation must be %s, %s or %s", Serializable, RepeatableRead, ReadCommitted)
	}
	parsed, err := mysql.ParseDSN(config.DSN)
	if err != nil {
		return nil, fmt.Errorf("mysql: the DSN must be like user:password@tcp(host:3306)/database: %w", err)
	}
	if parsed.DBName == "" {
		return nil, errors.New("mysql: the DSN names no database; it must be like user:password@tcp(host:3306)/database")
	}

	s := &Store{lockFirst: config.LockFirst, remembered: newRemembered()}
	s.shared = sharedReads{query: s.queryEvent, flights: make(map[domain.EventID]*flight)}
	writing := map[string]string{
		"transaction_isolation":    "'" + isolation + "'",
		"autocommit":               "0", // a transaction begins with its first statement, without a round trip for it
		"innodb_lock_wait_timeout": seconds(lockWaitTimeout),
		"wait_timeout":             seconds(waitTimeout),
	}
	// Reads are single statements, or a transaction for a page of bookings: each
	// sees one state, the latest when it began.
	reading := map[string]string{"transaction_isolation": "'" + RepeatableRead + "'"}
	for _, pool := range []struct {
		db            **sql.DB
		session       map[string]string
		idleTime      time.Duration
		answerTimeout time.Duration // 0 is none
	}{
		{&s.writes, writing, writeIdleTime, answerTimeout},
		{&s.lookups, reading, readIdleTime, answerTimeout},
		{&s.reads, reading, readIdleTime, answerTimeout},
		{&s.schema, reading, readIdleTime, 0},
	} {
		c := parsed.Clone()
		c.ReadTimeout = cmp.Or(c.ReadTimeout, pool.answerTimeout)
		c.MultiStatements = pool.db == &s.writes || pool.db == &s.lookups // see packet and lookupPacket
		if *pool.db, err = openPool(c, pool.session, pool.idleTime); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func openPool(parsed *mysql.Config, session map[string]string, idleTime time.Duration) (*sql.DB, error) {
	c := parsed.Clone()
	c.ParseTime = true
	c.Loc = time.UTC
	c.InterpolateParams = true    // a round trip less for each statement
	c.ClientFoundRows = true      // so that the rows an UPDATE found can be told from none
	c.Logger = &mysql.NopLogger{} // what went wrong is returned too
	if c.Timeout == 0 {
		c.Timeout = dialTimeout
	}
	c.Params = maps.Clone(c.Params)
	if c.Params == nil {
		c.Params = make(map[string]string)
	}
	maps.Copy(c.Params, session)
	maps.Copy(c.Params, map[string]string{
		"time_zone": "'+00:00'",
		"sql_mode":  "'TRADITIONAL'", // refuses what doesn't fit, whatever the server's default
	})
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("mysql: the DSN can't be used: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connectionsOfPool)
	db.SetMaxIdleConns(connectionsOfPool)
	db.SetConnMaxIdleTime(idleTime)
	return db, nil
}

func seconds(d time.Duration) string { return fmt.Sprint(int(d.Seconds())) }

// Close closes all connections. Calls that are under way fail.
func (s *Store) Close() error {
	s.clock.stop()
	var errs []error
	for _, db := range []*sql.DB{s.schema, s.writes, s.lookups, s.reads} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// DB is the database, for package schema. It is closed with the store.
func (s *Store) DB() *sql.DB { return s.schema }
