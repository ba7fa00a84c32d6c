package faults_test

import (
	"database/sql"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

// TestSoak runs a server in this process under load, round after round, and
// looks at what it holds after each. Nothing may grow with the time.
func TestSoak(t *testing.T) { // not parallel: it counts what belongs to the process
	dsn := mysqltest.DSN(t)
	store, err := mysql.Open(mysql.Config{DSN: dsn})
	require.NoError(t, err)
	service := app.New(store, app.Options{})
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(t, err)
	rest.Mount(handler, service)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, handler.Close())
		service.Close()
		require.NoError(t, store.Close())
	})
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

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
