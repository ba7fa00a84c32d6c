// Package mysqltest gives tests a MySQL server, and each of them a database of
// its own.
//
// A package that uses it calls [Main] from its TestMain. The server is a Docker
// container of the image named by BOXOFFICE_TEST_MYSQL_IMAGE (repository:tag,
// by default mysql:8.4), started when the first test asks and removed when the
// last has ended. With BOXOFFICE_TEST_MYSQL_DSN it is a server that runs
// already, whose user may create databases. Where there is neither, tests are
// skipped, or fail if BOXOFFICE_TEST_MYSQL is "required".
package mysqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"

	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

const (
	imageVariable    = "BOXOFFICE_TEST_MYSQL_IMAGE"
	dsnVariable      = "BOXOFFICE_TEST_MYSQL_DSN"
	requiredVariable = "BOXOFFICE_TEST_MYSQL"

	defaultImage = "mysql:8.4"
	startTimeout = 3 * time.Minute
	pingTimeout  = 5 * time.Second

	// A container ends by itself after 45 minutes, even if its tests were killed.
	entrypoint = `(sleep 2700; kill 1) & exec docker-entrypoint.sh "$@"`
)

// server is the one server of this process.
var server struct {
	once  sync.Once
	admin *mysql.Config // no database chosen
	err   error
	purge func() error
}

var databases atomic.Int64

// Main runs the tests of a package (m is a *testing.M, or wraps one), removes
// the server, and exits.
func Main(m interface{ Run() int }) {
	code := m.Run()
	if server.purge != nil {
		if err := server.purge(); err != nil {
			fmt.Fprintln(os.Stderr, "mysqltest: remove the server:", err)
		}
	}
	os.Exit(code)
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
		const how = "no MySQL for this test: %v\nStart Docker (the image is named by %s), or name a server in %s."
		if os.Getenv(requiredVariable) == "required" {
			tb.Fatalf(how, server.err, imageVariable, dsnVariable)
		}
		tb.Skipf(how, server.err, imageVariable, dsnVariable)
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
	image := os.Getenv(imageVariable)
	if image == "" {
		image = defaultImage
	}
	repository, tag, ok := strings.Cut(image, ":")
	if !ok {
		return nil, fmt.Errorf("%s must be repository:tag", imageVariable)
	}
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, err
	}
	if err := pool.Client.Ping(); err != nil {
		return nil, err
	}
	container, err := pool.RunWithOptions(&dockertest.RunOptions{
		Repository: repository,
		Tag:        tag,
		Env:        []string{"MYSQL_ALLOW_EMPTY_PASSWORD=1"},
		Entrypoint: []string{"sh", "-c", entrypoint, "sh"},
		Cmd:        []string{"mysqld", "--innodb-buffer-pool-size=1G", "--max-connections=500"},
	}, func(host *docker.HostConfig) { host.AutoRemove = true })
	if err != nil {
		return nil, err
	}
	server.purge = func() error { return pool.Purge(container) }

	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = "root", "tcp", container.GetHostPort("3306/tcp")
	c.Logger = &mysql.NopLogger{} // a server that is starting refuses for a while
	pool.MaxWait = startTimeout
	if err := pool.Retry(func() error { return ping(c) }); err != nil {
		return nil, errors.Join(err, server.purge())
	}
	c.Logger = nil
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
