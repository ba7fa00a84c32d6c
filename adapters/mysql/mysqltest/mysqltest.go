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

// server is the one server of this process.
var server struct {
	once  sync.Once
	admin *mysql.Config // no database chosen
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
	if os.Getenv(requiredVariable) == "required" {
		tb.Fatal(reason)
	}
	skipped.mu.Lock()
	if skipped.reasons == nil {
		skipped.reasons = make(map[string]int)
	}
	skipped.reasons[reason]++
	skipped.mu.Unlock()
	tb.Skip(reason)
}

// DSN returns the address of a fresh database with the current schema, which
// is dropped when the test has ended.
func DSN(tb testing.TB) string {
	tb.Helper()
	dsn := EmptyDSN(tb)
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := mysqlschema.Up(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return dsn
}

// EmptyDSN is [DSN] without any tables.
func EmptyDSN(tb testing.TB) string {
	tb.Helper()
	server.once.Do(func() { server.admin, server.err = start() })
	if server.err != nil {
		noServer(tb, server.err)
	}
	c := server.admin.Clone()
	c.DBName = fmt.Sprintf("boxoffice_test_%d_%d", os.Getpid(), databases.Add(1))
	exec(tb, "CREATE DATABASE "+c.DBName)
	tb.Cleanup(func() { exec(tb, "DROP DATABASE "+c.DBName) })
	return c.FormatDSN()
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
	c := rootAt(container.resource.GetHostPort(port))
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
