package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

// openStore opens a store, which is closed when the test has ended.
func openStore(tb testing.TB, config mysql.Config) *mysql.Store {
	tb.Helper()
	store, err := mysql.Open(config)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}
