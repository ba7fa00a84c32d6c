package faults_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
	"github.com/boxoffice-go/boxoffice/ports"
)

// TestSoak runs a server in this process under load, round after round, and
// looks at what it holds after each. Nothing may grow with the time.
func TestSoak(t *testing.T) { // not parallel: it counts what belongs to the process
	t.Run("SQLite", func(t *testing.T) {
		store, err := sqlite.Open(sqlite.Config{File: filepath.Join(t.TempDir(), "boxoffice.db")})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		soakServer(t, store, nil)
	})
	t.Run("MySQL", func(t *testing.T) {
		dsn := mysqltest.DSN(t)
		store, err := mysql.Open(mysql.Config{DSN: dsn})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		db, err := sql.Open("mysql", dsn)
		require.NoError(t, err)
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		soakServer(t, store, db)
	})
}

// soakServer is TestSoak on a store, which has so many connections to a database
// server, if there is one.
func soakServer(t *testing.T, store ports.Store, db *sql.DB) {
	t.Helper()
	service := app.New(store, app.Options{})
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(t, err)
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, handler.Close())
		service.Close()
	})

	began := time.Now()
	var all history.Figures
	var settled holding
	const warmUp = 2
	for round := 1; round <= warmUp+1 || time.Since(began) < *soak; round++ {
		recorder := history.Start(history.Load{
			Servers: func() []string { return []string{server.URL} },
			Events:  8, Seed: uint64(round),
		})
		recorder.Wait()
		figures, err := recorder.Check(proofLimit)
		require.NoError(t, err)
		require.Equal(t, figures.Events, figures.Linearizable)
		all = all.Add(figures)

		held := holds(t, db)
		if round <= warmUp { // pools fill, and caches
			settled = settled.most(held)
			continue
		}
		requireBounded(t, settled, held)
		if testing.Verbose() {
			t.Logf("round %d after %s: %s; %s", round, time.Since(began).Round(time.Second), figures, held)
		}
	}
	report.add(reportLine{t.Name(), 0, time.Since(began), all})
}
