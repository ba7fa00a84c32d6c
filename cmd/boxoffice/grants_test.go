package main

import (
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

func TestGrantsOfTheReadmeAreEnoughToMigrateAndToServe(t *testing.T) {
	t.Parallel()
	schemaUser, serverUser := setUpAsTheReadmeSays(t)

	code, _, stderr := runToEnd(t, nil, "migrate", "up", "--mysql-dsn", serverUser)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "denied", "a server's user changes no schema")
	code, _, stderr = runToEnd(t, nil, "migrate", "up", "--mysql-dsn", schemaUser)
	require.Equal(t, exitOK, code, stderr)

	s := startServer(t, "--mysql-dsn", serverUser)
	load := history.Start(history.Load{Servers: func() []string { return []string{s.url} }, Events: 6})
	load.Wait()
	figures, err := load.Check(time.Minute)
	require.NoError(t, err)
	require.Zero(t, figures.Unknown)
	require.Positive(t, figures.Bookings)

	code, _, stderr = runToEnd(t, nil, "migrate", "down", "--yes", "--mysql-dsn", schemaUser)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "denied", "nobody drops a table by mistake")
}

// Grants can be mended while the server runs, so it doesn't end for want of them.
func TestUserWhoMayOnlyReadStarts(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	admin, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	config.User = config.DBName + "_r"
	for _, statement := range []string{"CREATE USER " + config.User, "GRANT SELECT ON " + config.DBName + ".* TO " + config.User} {
		_, err := admin.Exec(statement)
		require.NoError(t, err, statement)
	}
	t.Cleanup(func() {
		_, err := admin.Exec("DROP USER " + config.User)
		require.NoError(t, err)
	})
	s := startServer(t, "--mysql-dsn", config.FormatDSN())
	s.stop()
	require.Equal(t, exitOK, <-s.code)
}

// setUpAsTheReadmeSays runs the SQL of the operators' section, with a database
// and users of this test's own.
func setUpAsTheReadmeSays(t *testing.T) (schemaUser, serverUser string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(readme), "\n## Operating it\n")
	setUp := find(t, "(?s)```sql\n(.*?)```", section)

	config, err := mysql.ParseDSN(mysqltest.EmptyDSN(t))
	require.NoError(t, err)
	admin, err := sql.Open("mysql", config.FormatDSN())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	exec := func(statement string) {
		t.Helper()
		_, err := admin.Exec(statement)
		require.NoError(t, err, statement)
	}
	exec("DROP DATABASE " + config.DBName)
	for statement := range strings.SplitSeq(setUp, ";\n") {
		if statement != "" {
			exec(strings.ReplaceAll(statement, "boxoffice", config.DBName))
		}
	}
	dsnOf := func(user string) string {
		own := config.Clone()
		own.User = strings.Replace(user, "boxoffice", config.DBName, 1)
		own.Passwd = find(t, "CREATE USER "+user+" IDENTIFIED BY '(.*)'", setUp)
		t.Cleanup(func() { exec("DROP USER " + own.User) })
		return own.FormatDSN()
	}
	return dsnOf("boxoffice_schema"), dsnOf("boxoffice")
}
