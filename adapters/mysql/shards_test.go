package mysql_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/domain"
)

// What Vitess places there: its keyspace ids of them begin with 0cf7, 559f, 8234,
// bf7b, c6aa and f2b7.
var placedOn = map[string]string{
	"0190a6c0-5f2e-7bd0-8ff5-4ee78175f636": "-40",
	"0190a6c0-5f2e-7bd0-8f8f-0be211179c3d": "40-80",
	"0190a6c0-5f2e-7bd0-8f50-a4a3a67f5c0c": "80-c0",
	"0190a6c0-5f2e-7bd0-8f2b-902f89e81818": "80-c0",
	"0190a6c0-5f2e-7bd0-8f37-0d9e26271365": "c0-",
	"0190a6c0-5f2e-7bd0-8faf-94acd392c190": "c0-",
}

func TestShardOfAnEventIsVitesss(t *testing.T) {
	t.Parallel()
	store := openStore(t, mysql.Config{DSN: "user@tcp(127.0.0.1:1)/tickets@primary"}) // which it doesn't ask
	require.Empty(t, store.ShardOf(domain.EventID{}))

	require.NoError(t, store.KeepShards("tickets/80-c0", "tickets/-40", "tickets/c0-", "tickets/40-80", "other/-80"))
	for id, shard := range placedOn {
		require.Equal(t, shard, store.ShardOf(domain.EventID{UUID: uuid.MustParse(id)}))
	}

	for _, whole := range []string{"-", "0"} { // as Vitess may call the only one
		require.NoError(t, store.KeepShards("tickets/"+whole))
		for id := range placedOn {
			require.Equal(t, whole, store.ShardOf(domain.EventID{UUID: uuid.MustParse(id)}))
		}
	}
	require.Error(t, store.KeepShards("other/-80"))
}
