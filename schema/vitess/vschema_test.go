package vitess_test

import (
	"database/sql"
	"encoding/json"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/schema/vitess"
)

const gooseTable = goose.DefaultTablename

// vschema is what of a Vitess VSchema these tests look at.
type vschema struct {
	Sharded bool
	Tables  map[string]struct {
		ColumnVindexes []struct{ Column string } `json:"column_vindexes"`
	}
}

func TestVitessKeepsAnEventWithAllItsRowsOnOneShard(t *testing.T) {
	t.Parallel()
	var keyspace vschema
	require.NoError(t, json.Unmarshal([]byte(vitess.VSchema), &keyspace))
	require.True(t, keyspace.Sharded)

	// A row's shard follows from its first vindex. An index is unique over all
	// shards only if the same column is part of it, and is looked up on one only
	// if it comes first.
	shardedBy := make(map[string]string)
	for name, table := range keyspace.Tables {
		require.Len(t, table.ColumnVindexes, 1, name)
		shardedBy[name] = table.ColumnVindexes[0].Column
	}
	require.Equal(t, map[string]string{
		"events":              "id",
		"tickets":             "event_id",
		"waitlist":            "event_id",
		"waitlist_departures": "event_id",
		"idempotency_keys":    "event_id",
		"holds":               "event_id",
		"ended_bookings":      "event_id",
		"booking_references":  "event_id",
		"journal":             "event_id",
		"webhook_cursors":     "event_id",
		"webhooks":            "id",
		"webhook_deliveries":  "webhook_id",
		"secrets":             "name",
		gooseTable:            "version_id",
	}, shardedBy)

	db, err := sql.Open("mysql", mysqltest.DSN(t, mysqltest.MySQLItself))
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.Query("SELECT table_name, index_name, MAX(IF(seq_in_index = 1, column_name, '')) FROM information_schema.statistics" +
		" WHERE table_schema = DATABASE() AND NOT non_unique GROUP BY table_name, index_name")
	require.NoError(t, err)
	defer rows.Close()
	seen := make(map[string]bool)
	for rows.Next() {
		var table, index, first string
		require.NoError(t, rows.Scan(&table, &index, &first))
		column, known := shardedBy[table]
		require.True(t, known, "the migrations make the table %s, which the VSchema lacks", table)
		if table != gooseTable { // whose rows are found by version; their ids are unique on each shard only
			require.Equal(t, column, first, "the unique index %s of %s", index, table)
		}
		seen[table] = true
	}
	require.NoError(t, rows.Err())
	require.Len(t, seen, len(shardedBy), "the VSchema has a table that the migrations don't make")
}
