package mysql_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

// hostileServer returns the address, for a plain user, of a server on which every
// connection begins in a state that no statement here was written for.
func hostileServer(t *testing.T) string {
	t.Helper()
	server := mysqltest.Start(t)
	server.Exec(
		"CREATE USER plain", // init_connect is not run for administrators
		"GRANT ALL ON boxoffice.* TO plain",
		"SET GLOBAL init_connect = 'SET NAMES gbk, autocommit = 0, timestamp = 1; START TRANSACTION WITH CONSISTENT SNAPSHOT'",
		"SET GLOBAL autocommit = 0, completion_type = 1, transaction_isolation = 'READ-UNCOMMITTED', transaction_read_only = 1,"+
			" sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+10:00', character_set_server = gbk,"+
			" foreign_key_checks = 0, unique_checks = 0, sql_safe_updates = 1, sql_auto_is_null = 1, sql_select_limit = 1,"+
			" max_join_size = 1, max_execution_time = 1, lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, wait_timeout = 1",
	)
	plain := server.DSNOf("plain")
	db, err := sql.Open("mysql", plain)
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	// A question that takes over 1 ms, as on a busy machine, is refused otherwise.
	_, err = conn.ExecContext(t.Context(), "SET max_execution_time = 0")
	require.NoError(t, err)
	var charset, mode string
	require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT @@character_set_client, @@sql_mode").Scan(&charset, &mode))
	require.Equal(t, "gbk", charset)
	require.Contains(t, mode, "NO_BACKSLASH_ESCAPES")
	require.NoError(t, conn.Close())
	require.NoError(t, db.Close())

	store := openStore(t, mysql.Config{DSN: plain})
	_, err = mysqlschema.Up(t.Context(), store.DB())
	require.NoError(t, err)
	return plain
}

func TestTextIsKeptUnchangedOnAHostileServer(t *testing.T) {
	t.Parallel()
	store := openStore(t, mysql.Config{DSN: hostileServer(t)})
	require.NoError(t, store.Ready(t.Context()))
	for _, text := range texts {
		requireUnchanged(t, store, text)
	}
}

func TestOnlyTheServersOwnIsolationIsNotSent(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t, mysqltest.MySQLItself)
	for isolation, writes := range map[string]string{
		"":                    mysql.Serializable,
		mysql.ReadCommitted:   mysql.ReadCommitted,
		mysql.ServerIsolation: "",
	} {
		tap, tapped := tapped(t, dsn)
		store := openStore(t, mysql.Config{DSN: tapped, Isolation: isolation})
		require.NoError(t, store.Pools()["writes"].Ping())
		sent := strings.Join(tap.take(), "\n")
		require.Contains(t, sent, "time_zone = ")
		require.Equal(t, writes != "", strings.Contains(sent, "isolation"))
		if writes != "" {
			require.Contains(t, sent, "transaction_isolation = '"+writes+"'")
		}
	}
}

func TestOpenRefusesADSNThatSetsTheStateOfConnections(t *testing.T) {
	t.Parallel()
	for _, parameter := range []string{
		"charset=gbk", "collation=gbk_chinese_ci", "autocommit=0", "AUTOCOMMIT=0", "completion_type=1", "sql_mode=ANSI", "time_zone='SYSTEM'",
		"transaction_isolation='READ-COMMITTED'", "tx_isolation=1", "init_connect='SET NAMES gbk'", "multiStatements=true",
		"parseTime=false", "loc=Local", "interpolateParams=false", "clientFoundRows=false", "timeTruncate=1s", "strict=true",
		"allowAllFiles=true", "@a=1,character_set_client=gbk", "character_set_client=gbk", "max_execution_time=0", "foreign_key_checks=0",
	} {
		name, _, _ := strings.Cut(parameter, "=")
		_, err := mysql.Open(mysql.Config{DSN: "root@tcp(localhost:3306)/boxoffice?timeout=1s&" + parameter + "&tls=false"})
		require.ErrorContains(t, err, "must not set \""+name+"\"", parameter)
	}
	openStore(t, mysql.Config{DSN: "root:a?b=c@tcp(localhost:3306)/boxoffice?allowCleartextPasswords=false&allowFallbackToPlaintext=true&" +
		"allowNativePasswords=true&allowOldPasswords=false&checkConnLiveness=true&compress=true&connectionAttributes=program:shop&" +
		"maxAllowedPacket=0&readTimeout=1s&rejectReadOnly=true&timeout=1s&tls=skip-verify&writeTimeout=1s"})
}
