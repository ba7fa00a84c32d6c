package mysql

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.Store = (*Store)(nil)

// The isolation levels that a store can write under.
const (
	Serializable   = "SERIALIZABLE"
	RepeatableRead = "REPEATABLE-READ"
	ReadCommitted  = "READ-COMMITTED"
	// ServerIsolation leaves all transactions the isolation that the server gives
	// them, and sends none: vtgate would reserve a connection for it. It must be
	// REPEATABLE-READ, or a page of bookings is not of one moment.
	ServerIsolation = "server"
)

// Isolations are all that a store can be told.
var Isolations = []string{Serializable, RepeatableRead, ReadCommitted, ServerIsolation}

// Config is what a store needs to know.
type Config struct {
	// DSN names the database, as go-sql-driver/mysql writes it:
	// user:password@tcp(host:3306)/database?tls=true. It may say how connections
	// are made; the state that they are in (character set, time zone, SQL mode and
	// the like) the store sets itself, and refuses a DSN that does.
	DSN string
	// Isolation is that of the writing transactions; empty is Serializable, but
	// ServerIsolation where the database is Vitess.
	Isolation string
	// LockFirst makes every transaction the usual one, which locks its events
	// before it decides on them. That takes a round trip more; it is what the
	// other way can be measured against.
	LockFirst bool
}

const (
	writeIdleTime = 3 * time.Second // shorter than waitTimeout
	readIdleTime  = time.Minute
	dialTimeout   = 5 * time.Second
	// answerTimeout is how long one statement may take: longer than a lock is
	// waited for, and than a query may run. After that its connection is taken to
	// be dead.
	answerTimeout     = 4 * time.Second
	connectionsOfPool = 32
	// listsAtOnce is how many connections for reading lists may take, which are
	// what reads that are dear can be: the others are for everybody else.
	listsAtOnce = 8
)

// Store keeps events in MySQL. Make one with [Open].
type Store struct {
	schema  *sql.DB // migrations, which may take their time
	writes  *sql.DB // transactions
	lookups *sql.DB // what a batch that holds locks reads
	reads   *sql.DB // everybody else's reads

	lockFirst      bool
	remembered     *remembered
	clock          clock
	shards         *shards
	sharedEvents   *sharedReads[struct{}, domain.Event]
	sharedBookings *sharedReads[domain.BookingID, []domain.Booking]
	departures     *departures
	lists          chan struct{} // a place for each that is being read
	stats          counters
	ready          readiness
}

// Open checks the configuration and returns a store on it. It doesn't connect:
// while the database is away, calls return ports.ErrStoreUnavailable, and
// succeed once it is there. Bringing the schema up to date is the caller's; see
// package schema and [Store.DB].
func Open(config Config) (*Store, error) {
	if config.Isolation != "" && !slices.Contains(Isolations, config.Isolation) {
		return nil, fmt.Errorf("mysql: the isolation must be one of %s", strings.Join(Isolations, ", "))
	}
	parsed, err := parseDSN(config.DSN)
	if err != nil {
		return nil, err
	}

	s := &Store{
		lockFirst: config.LockFirst, remembered: newRemembered(), departures: newDepartures(),
		shards: newShards(parsed.DBName), lists: make(chan struct{}, listsAtOnce),
	}
	s.sharedEvents, s.sharedBookings = newSharedReads(s.queryEvent), newSharedReads(s.queryBookings)
	for _, pool := range []struct {
		db            **sql.DB
		sessions      sessions
		idleTime      time.Duration
		answerTimeout time.Duration // 0 is none
	}{
		{&s.writes, writingSessions(config.Isolation), writeIdleTime, answerTimeout},
		{&s.lookups, readingSessions(config.Isolation), readIdleTime, answerTimeout},
		{&s.reads, readingSessions(config.Isolation), readIdleTime, answerTimeout},
		{&s.schema, schemaSessions(config.Isolation), readIdleTime, 0},
	} {
		c := parsed.Clone()
		c.ReadTimeout = cmp.Or(c.ReadTimeout, pool.answerTimeout)
		c.MultiStatements = pool.db == &s.writes || pool.db == &s.lookups // see packet and lookupPacket
		connector, err := newConnector(c, pool.sessions, s.shards)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		if pool.db == &s.lookups || pool.db == &s.reads {
			connector = patientConnector{connector}
		}
		db := sql.OpenDB(connector)
		db.SetMaxOpenConns(connectionsOfPool)
		db.SetMaxIdleConns(connectionsOfPool)
		db.SetConnMaxIdleTime(pool.idleTime)
		*pool.db = db
	}
	return s, nil
}

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
