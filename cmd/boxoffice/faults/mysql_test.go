package faults_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestMySQLIsKilledInMidLoad(t *testing.T) {
	t.Parallel()
	m := startMySQL(t)
	servers := []*server{startServer(t, m.DSN()), startServer(t, m.DSN())}
	urls := []string{servers[0].url(), servers[1].url()}
	load := begin(t, func() []string { return urls })
	for range max(1, *rounds/2) { // it takes seconds to come back
		load.await(400)
		m.Kill()
		m.Restart()
		requireRecovery(t, "", urls...)
		load.faults++
	}
	load.prove()
}

// startMySQL starts a server of the test's own, which has the schema.
func startMySQL(t *testing.T) *mysqltest.Server {
	t.Helper()
	m := mysqltest.Start(t)
	db, err := sql.Open("mysql", m.DSN())
	require.NoError(t, err)
	_, err = mysqlschema.Up(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return m
}
