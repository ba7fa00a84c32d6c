// Package vitess says how a sharded keyspace of Vitess keeps the tables of package
// mysqlschema: an event with all its rows is on one shard, chosen by a hash of its
// id.
package vitess

import _ "embed"

// VSchema is what vtctldclient ApplyVSchema takes.
//
//go:embed vschema.json
var VSchema string
