// Package mysqltest gives tests a MySQL server, and each of them a database of
// its own.
//
// A package that uses it calls [Main] from its TestMain. The server is a Docker
// container of the image named by BOXOFFICE_TEST_MYSQL_IMAGE (repository:tag,
// by default mysql:8.4), started when the first test asks and removed when the
// last has ended. With BOXOFFICE_TEST_MYSQL_DSN it is a server that runs
// already, whose user may create databases. A test that has to kill a server, or
// to set it up otherwise, gets a container of its own from [Start].
//
// With BOXOFFICE_TEST_VITESS_IMAGE the server is a cluster of Vitess in a container
// of that image, with BOXOFFICE_TEST_VITESS_DSN the vtgate of one that has the
// VSchema. All tests of a package share its one keyspace, and those that need
// something of their server which vtgate can't give are skipped; each says what it
// needs. To kill a part of a cluster, a test gets one of its own from
// [StartCluster].
//
// Where no server can be had, tests are skipped, and [Main] says at the end how
// many and why; if BOXOFFICE_TEST_MYSQL is "required", they fail.
package mysqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/ory/dockertest/v3/docker"

	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

const (
	imageVariable    = "BOXOFFICE_TEST_MYSQL_IMAGE"
	dsnVariable      = "BOXOFFICE_TEST_MYSQL_DSN"
	requiredVariable = "BOXOFFICE_TEST_MYSQL"

	pingTimeout = 5 * time.Second
)

// Need is what a test needs of its server, and vtgate can't give.
type Need string

// What tests need.
const (
	// OwnDatabase is a database that nobody else uses, or whose tables are changed.
	OwnDatabase Need = "a database of its own"
	// OwnServer is one that is killed, or set up otherwise.
	OwnServer Need = "a MySQL server of its own"
	// MySQLItself tells plans, connections and the like, takes the isolation that it is
	// told, and locks tables.
	MySQLItself Need = "MySQL itself"
)

// server is the one server of this process.
var server struct {
	once  sync.Once
	admin *mysql.Config // no database chosen, but that of a cluster
	err   error
	purge func() error
}

var databases atomic.Int64

// skipped counts the tests that were skipped, by what was missing.
var skipped struct {
	mu      sync.Mutex
	reasons map[string]int
}

// Main runs the tests of a package (m is a *testing.M, or wraps one), removes
// the server, says what was skipped, and exits.
func Main(m interface{ Run() int }) {
	code := m.Run()
	if server.purge != nil {
		if err := server.purge(); err != nil {
			fmt.Fprintln(os.Stderr, "mysqltest: remove the server:", err)
		}
	}
	for reason, tests := range skipped.reasons {
		fmt.Printf("mysqltest: %d tests were skipped: %s\n", tests, reason)
	}
	os.Exit(code)
}

// noServer skips a test, or lets it fail.
func noServer(tb testing.TB, err error) {
	tb.Helper()
	reason := fmt.Sprintf("no MySQL: %v; start Docker with the image %s (%s names another), or name a server in %s",
		err, image(), imageVariable, dsnVariable)
	if IsVitess() {
		reason = fmt.Sprintf("no Vitess: %v; start Docker with the image of %s, or name a vtgate in %s", err, vitessImageVariable, vitessDSNVariable)
	}
	if os.Getenv(requiredVariable) == "required" {
		tb.Fatal(reason)
	}
	skip(tb, reason)
}

func skip(tb testing.TB, reason string) {
	tb.Helper()
	skipped.mu.Lock()
	if skipped.reasons == nil {
		skipped.reasons = make(map[string]int)
	}
	skipped.reasons[reason]++
	skipped.mu.Unlock()
	tb.Skip(reason)
}

// require skips a test that needs what this server can't give.
func require(tb testing.TB, needs ...Need) {
	tb.Helper()
	if IsVitess() && len(needs) > 0 {
		skip(tb, "Vitess can't give "+string(needs[0]))
	}
}

// DSN returns the address of a database with the current schema. It is a fresh one,
// dropped when the test has ended, but for Vitess, whose keyspace all share.
func DSN(tb testing.TB, needs ...Need) string {
	tb.Helper()
	require(tb, needs...)
	if IsVitess() {
		startOnce(tb)
		return server.admin.FormatDSN()
	}
	dsn := EmptyDSN(tb)
	if err := migrate(tb.Context(), dsn); err != nil {
		tb.Fatal(err)
	}
	return dsn
}

func migrate(ctx context.Context, dsn string) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = mysqlschema.Up(ctx, db)
	return err
}

// EmptyDSN is [DSN] without any tables. It is always a database of its own.
func EmptyDSN(tb testing.TB) string {
	tb.Helper()
	require(tb, OwnDatabase)
	startOnce(tb)
	c := server.admin.Clone()
	c.DBName = fmt.Sprintf("boxoffice_test_%d_%d", os.Getpid(), databases.Add(1))
	exec(tb, "CREATE DATABASE "+c.DBName)
	tb.Cleanup(func() { exec(tb, "DROP DATABASE "+c.DBName) })
	return c.FormatDSN()
}

// startOnce starts the server, unless it runs.
func startOnce(tb testing.TB) {
	tb.Helper()
	server.once.Do(func() { server.admin, server.err = start() })
	if server.err != nil {
		noServer(tb, server.err)
	}
}

// exec runs a statement without choosing a database. The test's own context has
// ended when it cleans up.
func exec(tb testing.TB, statement string) {
	tb.Helper()
	db, err := sql.Open("mysql", server.admin.FormatDSN())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(context.WithoutCancel(tb.Context()), statement); err != nil {
		tb.Fatal(err)
	}
}

// start finds or starts a server.
func start() (*mysql.Config, error) {
	if IsVitess() {
		return startVitess()
	}
	if dsn := os.Getenv(dsnVariable); dsn != "" {
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dsnVariable, err)
		}
		c.DBName = ""
		return c, ping(c)
	}
	container, err := run(docker.PortBinding{}, "--innodb-buffer-pool-size=1G", "--max-connections=500")
	if err != nil {
		return nil, err
	}
	server.purge = func() error { return container.engine.Purge(container.resource) }
	c := rootAt(container.address())
	if err := container.await(c); err != nil {
		return nil, errors.Join(err, server.purge())
	}
	return c, nil
}

func ping(c *mysql.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	return db.PingContext(ctx)
}
