package mysqlschema_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/schema/migration"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestMigrationsRunThroughVTGate(t *testing.T) {
	t.Parallel()
	cluster, ctx := mysqltest.StartCluster(t), t.Context()
	db, err := sql.Open("mysql", cluster.DSN())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	require.NoError(t, mysqlschema.Check(ctx, db), "StartCluster has brought it up to date")
	all, err := mysqlschema.Status(ctx, db)
	require.NoError(t, err)
	for i := range all {
		back, err := mysqlschema.Down(ctx, db)
		require.NoError(t, err)
		require.Equal(t, all[len(all)-1-i].Name, back.Name)
	}
	back, err := mysqlschema.Down(ctx, db)
	require.NoError(t, err)
	require.Nil(t, back)
	require.ErrorIs(t, mysqlschema.Check(ctx, db), mysqlschema.ErrTooOld)

	var servers errgroup.Group
	applied := make([][]migration.Migration, 3)
	for i := range applied {
		servers.Go(func() (err error) {
			applied[i], err = mysqlschema.Up(ctx, db)
			return err
		})
	}
	require.NoError(t, servers.Wait())
	var once []migration.Migration
	for _, of := range applied {
		once = append(once, of...)
	}
	require.Equal(t, all, once)
	require.NoError(t, mysqlschema.Check(ctx, db))
	for shard := range mysqltest.Shards {
		require.Equal(t, "14\n", cluster.SQL(shard, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"), "with goose's own")
	}
}
