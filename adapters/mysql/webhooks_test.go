package mysql_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	shared := openStore(t, mysql.Config{DSN: mysqltest.DSN(t)})
	porttest.RunWebhooks(t, func(*testing.T) porttest.WebhookStore { return shared })
}

func TestVeryManyDeliveriesAreForgottenSomeAtATime(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t, mysqltest.OwnDatabase)
	store := openStore(t, mysql.Config{DSN: dsn})
	const many = 5000
	_, err := openAdmin(t, dsn).ExecContext(t.Context(), "INSERT INTO webhook_deliveries"+
		" (webhook_id, id, message_id, version, number, attempt, started_at, milliseconds, status, failure)"+
		" WITH RECURSIVE attempts (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM attempts WHERE n < @@cte_max_recursion_depth)"+
		" SELECT UUID_TO_BIN(UUID()), UUID_TO_BIN(UUID()), 'test', 0, 0, 1, TIMESTAMP('2020-01-01') + INTERVAL 5 * n + m SECOND, 0, 200, ''"+
		" FROM attempts, (VALUES ROW(0), ROW(1), ROW(2), ROW(3), ROW(4)) AS five (m)")
	require.NoError(t, err)
	for left := many; left > 0; {
		forgotten, err := store.ForgetDeliveries(t.Context(), time.Now())
		require.NoError(t, err)
		require.Positive(t, forgotten)
		require.Less(t, forgotten, many)
		left -= forgotten
	}
	forgotten, err := store.ForgetDeliveries(t.Context(), time.Now())
	require.NoError(t, err)
	require.Zero(t, forgotten)
}
