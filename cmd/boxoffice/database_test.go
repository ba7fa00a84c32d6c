package main

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// nowhere is a database that is away for good.
const nowhere = "root@tcp(127.0.0.1:3306)/boxoffice"

func TestMigrateBringsTheSchemaUpAndDown(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.EmptyDSN(t)
	migrate := func(what ...string) (stdout string) {
		t.Helper()
		code, stdout, stderr := runToEnd(t, environment{"BOXOFFICE_MYSQL_DSN": dsn}, append([]string{"migrate"}, what...)...)
		require.Equal(t, exitOK, code, stderr)
		return stdout
	}
	require.NotContains(t, migrate("status"), "applied")
	require.Contains(t, migrate("up"), "applied 00001_events.sql\n")
	require.NotContains(t, migrate("status"), "missing")
	require.Equal(t, "the schema is up to date\n", migrate("up"))
	require.Contains(t, migrate("down", "--yes"), "took back ")
	require.Contains(t, migrate("status"), "missing")
	for range strings.Count(migrate("status"), "applied") {
		migrate("down", "--yes")
	}
	require.Equal(t, "there is no migration to take back\n", migrate("down"))
}

func TestMigrateFailsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	dsn, _ := away(t, nowhere)
	for _, what := range []string{"up", "down", "status"} {
		code, stdout, stderr := runToEnd(t, nil, "migrate", what, "--mysql-dsn", dsn)
		require.Equal(t, exitFailed, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "boxoffice: ")
	}
}

func TestOldSchemaIsRefusedUnlessItMayBeMigrated(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.EmptyDSN(t)
	code, _, stderr := runToEnd(t, nil, "serve", "--addr=127.0.0.1:0", "--mysql-dsn", dsn)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "boxoffice migrate up")

	s := startServer(t, "--mysql-dsn", dsn, "--migrate")
	require.Equal(t, http.StatusOK, readiness(t, client(t), s.url))
}

func TestBookingsOutliveTheServer(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arg, _ := open(t)
			c := client(t)
			first := startServer(t, arg, "--isolation=READ-COMMITTED")
			event := createEvent(t, c, first.url, 1)
			_, answer, err := post(c, first.url+"/book", bookingOf(event, 1))
			require.NoError(t, err)
			require.Contains(t, answer, `"waitlisted":false`)
			first.stop()
			require.Equal(t, exitOK, <-first.code)

			second := startServer(t, arg, "--isolation=server")
			_, answer, err = post(c, second.url+"/book", bookingOf(event, 2))
			require.NoError(t, err)
			require.Contains(t, answer, `"waitlisted":true`)
		})
	}
}

func TestServerStartsWithoutItsDatabaseAndRecovers(t *testing.T) {
	t.Parallel()
	dsn, comeBack := away(t, mysqltest.EmptyDSN(t))
	s := startServer(t, "--mysql-dsn", dsn, "--migrate")
	c := client(t)
	require.Equal(t, http.StatusServiceUnavailable, readiness(t, c, s.url))
	status, answer, err := post(c, s.url+"/initialize", `{"name":"Concert","totalTickets":1}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, answer, "store_unavailable")

	comeBack()
	require.Eventually(t, func() bool { return readiness(t, c, s.url) == http.StatusOK }, time.Minute, retryDelay/10)
	createEvent(t, c, s.url, 1)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
}

func TestServerEndsWhenTheDatabaseComesBackWithAnOldSchema(t *testing.T) {
	t.Parallel()
	dsn, comeBack := away(t, mysqltest.EmptyDSN(t))
	s := startServer(t, "--mysql-dsn", dsn)
	comeBack()
	require.Equal(t, exitFailed, <-s.code)
	require.Contains(t, s.logs.String(), "boxoffice migrate up")
}

// What no waiting mends ends the start, at once or when the database is there.
func TestServerEndsWhenTheDatabaseRefusesItsAddress(t *testing.T) {
	t.Parallel()
	good, err := mysql.ParseDSN(mysqltest.DSN(t))
	require.NoError(t, err)
	for reason, change := range map[string]func(*mysql.Config){
		"Access denied":    func(c *mysql.Config) { c.User, c.Passwd = "nobody", "wrong" },
		"Unknown database": func(c *mysql.Config) { c.DBName = "nothing" },
		"certificate":      func(c *mysql.Config) { c.TLSConfig = "true" },
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			config := good.Clone()
			change(config)
			code, _, stderr := runToEnd(t, nil, "--addr=127.0.0.1:0", "--mysql-dsn", config.FormatDSN())
			require.Equal(t, exitFailed, code)
			require.Contains(t, stderr, "--mysql-dsn")
			require.Contains(t, stderr, reason)
			require.NotContains(t, stderr, "listening")

			dsn, comeBack := away(t, config.FormatDSN())
			s := startServer(t, "--mysql-dsn", dsn)
			comeBack()
			require.Equal(t, exitFailed, <-s.code)
			require.Contains(t, s.logs.String(), reason)

			code, _, stderr = runToEnd(t, nil, "migrate", "status", "--mysql-dsn", config.FormatDSN())
			require.Equal(t, exitFailed, code)
			require.Contains(t, stderr, reason)
		})
	}
}

func TestParameterThatDoesNotExistIsNamed(t *testing.T) {
	t.Parallel()
	config, err := mysql.ParseDSN(mysqltest.DSN(t))
	require.NoError(t, err)
	config.Params = map[string]string{"no_such_thing": "1"}
	code, _, stderr := runToEnd(t, nil, "--addr=127.0.0.1:0", "--mysql-dsn", config.FormatDSN())
	require.NotEqual(t, exitOK, code)
	require.Contains(t, stderr, "--mysql-dsn")
	require.Contains(t, stderr, "no_such_thing")
}

func TestMigrationThatHasToWaitSaysSo(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.EmptyDSN(t)
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	defer db.Close()
	migrating, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer migrating.Close()
	var got bool
	const other = "SELECT GET_LOCK(CONCAT('migrate_', SHA2(DATABASE(), 224)), 0)"
	require.NoError(t, migrating.QueryRowContext(t.Context(), other).Scan(&got))
	require.True(t, got)

	stderr, said := io.Pipe()
	code := make(chan int)
	go func() {
		code <- run(t.Context(), []string{"migrate", "up", "--mysql-dsn", dsn}, nil, streams{stdout: io.Discard, stderr: said})
	}()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "waiting")
	_, err = migrating.ExecContext(t.Context(), "DO RELEASE_ALL_LOCKS()")
	require.NoError(t, err)
	require.Equal(t, exitOK, <-code)
}

func TestMigrateDownIsRefusedWhereNobodyCanSayYes(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	code, stdout, stderr := runToEnd(t, nil, "migrate", "down", "--mysql-dsn", dsn)
	require.Equal(t, exitUsage, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "--yes")
	code, stdout, _ = runToEnd(t, nil, "migrate", "status", "--mysql-dsn", dsn)
	require.Equal(t, exitOK, code)
	require.NotContains(t, stdout, "missing")
}

func TestOnlyYesIsYes(t *testing.T) {
	t.Parallel()
	for answer, allowed := range map[string]bool{"yes\n": true, "yes\r\n": true, "\n": false, "y\n": false, "no\n": false, "": false, "yes": false} {
		var question strings.Builder
		err := ask(streams{stdin: strings.NewReader(answer), stderr: &question}, "Sure? ")
		require.Equal(t, allowed, err == nil, "%q", answer)
		require.Equal(t, "Sure? ", question.String())
	}
}

func TestServerThatWaitsForItsDatabaseCanBeStopped(t *testing.T) {
	t.Parallel()
	dsn, _ := away(t, nowhere)
	s := startServer(t, "--mysql-dsn", dsn)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
}

func TestSignalWhileTheServerStartsIsNoFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dsn, _ := away(t, nowhere)
	for _, args := range [][]string{nil, {"--store=memory"}, {"--mysql-dsn", dsn}} {
		require.Equal(t, exitOK, run(ctx, argsOf(t, args), nil, streams{stdout: io.Discard, stderr: io.Discard}))
	}
}

func TestSignalInTheMiddleOfLoadLosesNothing(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args, db := open(t)
			s := startProcess(t, args)
			answered := load(s.url, createEvent(t, client(t), s.url, 1_000_000), s.stop)
			require.Equal(t, exitOK, <-s.code)
			require.Equal(t, int(answered()), countTickets(t, db), "what was done and what was answered are the same")
		})
	}
}

// databases are where data is kept for good: each the argument of a server, and
// the database to look into when that has ended.
var databases = map[string]func(t *testing.T) (arg string, db func() (*sql.DB, error)){
	"SQLite": func(t *testing.T) (string, func() (*sql.DB, error)) {
		t.Helper()
		file := newFile(t)
		return "--sqlite-file=" + file, func() (*sql.DB, error) { return sql.Open("sqlite", file) }
	},
	"MySQL": func(t *testing.T) (string, func() (*sql.DB, error)) {
		t.Helper()
		dsn := mysqltest.DSN(t)
		return "--mysql-dsn=" + dsn, func() (*sql.DB, error) { return sql.Open("mysql", dsn) }
	},
}

// Not parallel: it looks at all goroutines of the process.
func TestNothingRunsOnWhenTheServerHasEnded(t *testing.T) {
	for name, args := range map[string]func(t *testing.T) []string{
		"SQLite": func(*testing.T) []string { return nil },
		"memory": func(*testing.T) []string { return []string{"--store=memory"} },
		"MySQL":  func(t *testing.T) []string { t.Helper(); return []string{"--mysql-dsn", mysqltest.DSN(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			args := args(t)
			before := goleak.IgnoreCurrent()
			s := startServer(t, args...)
			answered := load(s.url, createEvent(t, client(t), s.url, 1_000_000), s.stop)
			require.Equal(t, exitOK, <-s.code)
			require.Positive(t, answered())
			goleak.VerifyNone(t, before)
		})
	}
}

// load books from many clients until the server is gone, and calls halfway when
// it is under full load. What it returns waits for the clients and says how many
// bookings were answered. Each request has a connection of its own: one that is
// kept alive may be closed in the moment when the next request is sent.
func load(url, event string, halfway func()) (answered func() int64) {
	const clients, enough = 16, 200
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var (
		booked  atomic.Int64
		running sync.WaitGroup
		reached = make(chan struct{})
	)
	for person := range clients {
		running.Go(func() {
			for {
				status, _, err := post(c, url+"/book", bookingOf(event, person))
				if err != nil || status != http.StatusCreated {
					return
				}
				if booked.Add(1) == enough {
					close(reached)
				}
			}
		})
	}
	<-reached
	halfway()
	return func() int64 {
		running.Wait()
		return booked.Load()
	}
}

func countTickets(t *testing.T, open func() (*sql.DB, error)) (n int) {
	t.Helper()
	db, err := open()
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM tickets").Scan(&n))
	return n
}

// away returns a DSN that stands for the given one, at which every connection is
// dropped until comeBack is called.
func away(t *testing.T, dsn string) (awayDSN string, comeBack func()) {
	t.Helper()
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	target := config.Addr
	config.Addr = listener.Addr().String()

	var there atomic.Bool
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if there.Load() {
				go forward(conn, target)
			} else {
				conn.Close()
			}
		}
	}()
	return config.FormatDSN(), func() { there.Store(true) }
}

func forward(conn net.Conn, address string) {
	defer conn.Close()
	target, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer target.Close()
	go func() {
		_, _ = io.Copy(target, conn)
		target.Close()
	}()
	_, _ = io.Copy(conn, target)
}
