package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// vtgateSession is the state of every connection to vtgate. It has only what vtgate
// keeps to itself. For any other variable vtgate asks the first shard whenever a
// connection is made, so that none could be made while that is away; so an
// isolation is sent only if one is wished for.
func vtgateSession(isolation string) session {
	if isolation == "" || isolation == ServerIsolation {
		return session{"autocommit = 1"}
	}
	return session{"autocommit = 1", "transaction_isolation = '" + isolation + "'"}
}

// sessions are the states of a pool's connections: to MySQL, and to vtgate.
type sessions struct{ mysql, vtgate session }

// sessionConnector makes connections that are in their state.
type sessionConnector struct {
	driver.Connector
	shards *shards
	sessions
}

// Connect makes a connection, finds out what it leads to, and puts it into its
// state, which escapes values as well.
func (c sessionConnector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := made.(driverConn)
	if err = c.shards.meet(ctx, conn); err == nil {
		state := c.mysql
		if c.shards.isVitess() {
			state = c.vtgate
		}
		_, err = conn.ExecContext(ctx, "SET "+strings.Join(state, ", "), nil)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Shards tells of each shard of Vitess, by its name, whether it serves: as vtgate
// sees its primary. MySQL has none.
func (s *Store) Shards(ctx context.Context) (map[string]bool, error) {
	conn, err := s.reads.Conn(ctx) // which tells what the database is
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it only goes back to its pool
	if !s.shards.isVitess() {
		return nil, nil
	}
	serving := make(map[string]bool)
	for _, shard := range *s.shards.known.Load() {
		serving[shard.name] = false
	}
	err = queryEach(ctx, conn, "SHOW VITESS_TABLETS", nil, func(rows *sql.Rows) error {
		var cell, keyspace, shard, kind, state, alias, host, since string
		err := rows.Scan(&cell, &keyspace, &shard, &kind, &state, &alias, &host, &since)
		_, known := serving[shard] // one that is split off or merged has its primary for longer
		if known && keyspace == s.shards.keyspace && kind == "PRIMARY" && state == "SERVING" {
			serving[shard] = true
		}
		return err
	})
	return serving, err
}

// awayReasons are in what vtgate says of a shard that is away or changes hands, or
// of tables that it has not heard of yet, right after a migration: MySQL has no
// number for it. The codes are those of gRPC: 17 is an event of the cluster.
var awayReasons = []string{
	"no healthy tablet available", "reparent operation in progress", "being resharded", "primary is serving but initially found no",
	"code = Unavailable", "code = Code(17)", "schema tracking required",
}

// IsShardAway reports whether vtgate could not get at a shard.
func IsShardAway(err error) bool {
	const unknown = 1105
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && refused.Number == unknown &&
		slices.ContainsFunc(awayReasons, func(reason string) bool { return strings.Contains(refused.Message, reason) })
}
