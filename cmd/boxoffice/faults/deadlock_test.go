package faults_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

// Somebody else works on the same tables and locks events in the other order.
// MySQL ends a deadlock by undoing who has changed less, so the second writer
// changes a lot: it is the server whose transactions are undone.
func TestSecondWriterProvokesDeadlocks(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Exec("CREATE TABLE ballast (id INT AUTO_INCREMENT PRIMARY KEY)")
	require.NoError(t, err)

	s := startServer(t, dsn, "--lanes=1") // so that batches span events
	load := beginLoad(t, history.Load{Servers: s.only, Groups: 8, Clients: 3, Calls: 150})
	load.await(50)
	before := deadlocks(t, db)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	var undone int // the second writer's transactions
	writing.Go(func() {
		for ctx.Err() == nil {
			if lockBackwards(t, db) {
				undone++
			}
		}
	})
	provoked := func() int { return deadlocks(t, db) - before }
	require.Eventually(t, func() bool { return provoked() >= *rounds }, 6*recovery, poll)
	stop()
	writing.Wait()
	load.faults = provoked() - undone
	require.Positive(t, load.faults, "no transaction of the server was undone")
	requireRecovery(t, "", s.url())
	load.prove()
}

// lockBackwards locks all events, the last one first, and gives up. It reports
// whether it was undone. The events were made under keys, so that their ids are
// spread evenly.
func lockBackwards(t *testing.T, db *sql.DB) bool {
	t.Helper()
	tx, err := db.Begin()
	if !assert.NoError(t, err) {
		return false
	}
	defer func() { _ = tx.Rollback() }() // all that it is for
	for _, statement := range []string{
		"INSERT INTO ballast SELECT NULL FROM information_schema.collations LIMIT 200",
		"SELECT id FROM events WHERE id >= 0x80000000000000000000000000000000 ORDER BY id DESC FOR UPDATE",
		"DO SLEEP(0.01)", // while the server locks of the others, and then waits for these
		"SELECT id FROM events WHERE id < 0x80000000000000000000000000000000 ORDER BY id DESC FOR UPDATE",
	} {
		if _, err = tx.Exec(statement); err != nil {
			break
		}
	}
	const deadlock = 1213
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && refused.Number == deadlock {
		return true
	}
	assert.NoError(t, err)
	return false
}

// deadlocks counts those that the database server has found so far.
func deadlocks(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	err := db.QueryRow("SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'").Scan(&n)
	require.NoError(t, err)
	return n
}
