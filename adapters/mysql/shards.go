package mysql

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/go-sql-driver/mysql"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.Sharded = (*Store)(nil)

const (
	// showShards is a syntax error to MySQL, which so can be told from vtgate.
	showShards = "SHOW VITESS_SHARDS"
	// singleShard lets vtgate refuse a transaction on several shards. It would
	// commit them one after the other.
	singleShard = "transaction_mode = 'SINGLE'"
)

// shard is a range of Vitess's keyspace ids, from its first up to the next shard.
type shard struct {
	first uint64
	name  string
}

// shards are those of a keyspace of Vitess, in order, if the database is one.
type shards struct {
	keyspace string
	known    atomic.Pointer[[]shard] // nil until there was a connection; none are in MySQL
}

func newShards(database string) *shards {
	keyspace := database
	if i := strings.IndexAny(database, "@:/"); i >= 0 { // a tablet type or a shard follows
		keyspace = database[:i]
	}
	return &shards{keyspace: keyspace}
}

// ShardOf names the shard of an event; see [ports.Sharded]. All events of MySQL
// are on one without a name. The VSchema in schema/vitess places events by
// Vitess's vindex xxhash.
func (s *Store) ShardOf(event domain.EventID) string {
	known := s.shards.known.Load()
	if known == nil || len(*known) == 0 {
		return ""
	}
	keyspaceID := bits.ReverseBytes64(xxhash.Sum64(event.UUID[:])) // its bytes are in this order
	i, found := slices.BinarySearchFunc(*known, keyspaceID, func(s shard, id uint64) int { return cmp.Compare(s.first, id) })
	if !found {
		i = max(i-1, 0)
	}
	return (*known)[i].name
}

// isVitess is known once there was a connection.
func (s *shards) isVitess() bool {
	known := s.known.Load()
	return known != nil && len(*known) > 0
}

// meet finds out by the first connections what they lead to.
func (s *shards) meet(ctx context.Context, conn driver.QueryerContext) error {
	if s.known.Load() != nil {
		return nil
	}
	err := s.ask(ctx, conn)
	if is(err, errSyntax) {
		s.known.Store(new([]shard))
		return nil
	}
	return err
}

// ask asks vtgate for the shards that there are now.
func (s *shards) ask(ctx context.Context, conn driver.QueryerContext) error {
	rows, err := conn.QueryContext(ctx, showShards, nil)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Next tells what went wrong
	var names []string
	row := make([]driver.Value, len(rows.Columns()))
	for err = rows.Next(row); err == nil; err = rows.Next(row) {
		names = append(names, fmt.Sprintf("%s", row[0]))
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return s.keep(names)
}

// keep remembers those of the names that are of this keyspace, like keyspace/-80.
func (s *shards) keep(names []string) error {
	var known []shard
	for _, n := range names {
		keyspace, name, _ := strings.Cut(n, "/")
		if keyspace != s.keyspace {
			continue
		}
		first, err := firstOf(name)
		if err != nil {
			return fmt.Errorf("mysql: the shard %s: %w", n, err)
		}
		known = append(known, shard{first, name})
	}
	if len(known) == 0 {
		return fmt.Errorf("mysql: vtgate has no shards of the keyspace %q", s.keyspace)
	}
	slices.SortFunc(known, func(a, b shard) int { return cmp.Compare(a.first, b.first) })
	s.known.Store(&known)
	return nil
}

// firstOf is where the range begins that a shard is named by, like 40-80 or -80.
func firstOf(name string) (uint64, error) {
	from, _, isRange := strings.Cut(name, "-")
	var first [8]byte
	if !isRange || len(from) > hex.EncodedLen(len(first)) {
		return 0, nil // all of an unsharded keyspace
	}
	_, err := hex.Decode(first[:], []byte(from))
	return binary.BigEndian.Uint64(first[:]), err
}

// findShards looks whether shards were split or merged.
func (s *Store) findShards(ctx context.Context) error {
	if !s.shards.isVitess() {
		return nil
	}
	conn, err := s.reads.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it only goes back to its pool
	return conn.Raw(func(conn any) error { return s.shards.ask(ctx, conn.(driver.QueryerContext)) })
}

// isSpread reports whether vtgate refused a transaction as it had rows on several
// shards. The number alone also says that the transaction took too long.
func isSpread(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && refused.Number == errInterrupted && strings.Contains(refused.Message, "multi-db transaction")
}
