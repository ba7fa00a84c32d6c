package mysql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

const (
	readyTimeout = 2 * time.Second // how long the database may take to answer
	readyFor     = time.Second     // how long its answer is believed
)

// readiness keeps the last answer, so that many who ask at once, or often, ask
// the database once.
type readiness struct {
	mu      sync.Mutex
	askedAt time.Time
	err     error
}

// Ready asks whether the database can be read and written as a booking would,
// and checks that its schema is the one this version needs; if not, the error is
// one of those of mysqlschema.Check. These too, and what else is wrong, are a
// *domain.Error whose detail says it. The answer may be a second old. Of Vitess,
// it is enough that one shard serves: [Store.Shards] tells which.
// See [ports.Reader].
func (s *Store) Ready(ctx context.Context) error {
	r := &s.ready
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.askedAt) < readyFor {
		return r.err
	}
	// One caller's time must not decide for all who share the answer.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
	defer cancel()
	r.err = s.askReady(asking)
	r.askedAt = time.Now()
	return r.err
}

func (s *Store) askReady(ctx context.Context) error {
	err := s.tryDatabase(ctx)
	if err == nil {
		err = s.checkClock(ctx)
	}
	for _, wrong := range []error{mysqlschema.ErrTooOld, mysqlschema.ErrTooNew, mysqlschema.ErrInterrupted, mysqlschema.ErrTableMissing} {
		if errors.Is(err, wrong) {
			return notReady(wrong.Error(), err)
		}
	}
	var reason *domain.Error
	switch {
	case ctx.Err() != nil:
		return notReady(fmt.Sprintf("the database doesn't answer within %v", readyTimeout), err)
	case err == nil, errors.As(err, &reason):
		return err
	case is(err, errUserDenied, errAccessDenied):
		return notReady("the database refuses the user", err)
	case is(err, errNoDatabase):
		return notReady("the server has no such database", err)
	default:
		return storeError(ctx, err)
	}
}

// tryDatabase looks whether the tables are the right ones, and can be written. A
// primary that vtgate says serves can be, and while one doesn't, nobody can tell
// of the tables; they were looked at before that.
func (s *Store) tryDatabase(ctx context.Context) error {
	shards, err := s.Shards(ctx)
	if err != nil {
		return err
	}
	all, serving := 0, 0
	for _, serves := range shards {
		all++
		if serves {
			serving++
		}
	}
	switch {
	case all == 0: // MySQL
		if err := mysqlschema.Check(ctx, s.schema); err != nil {
			return err
		}
		return s.tryWrites(ctx)
	case serving == 0:
		return notReady("no shard of Vitess has a primary that serves", errNoShard)
	case serving < all:
		return nil
	}
	if err := mysqlschema.Check(ctx, s.schema); !IsShardAway(err) {
		return err
	}
	return nil // vtgate has only just noticed
}

var errNoShard = errors.New("mysql: SHOW VITESS_TABLETS names none")

// writes are what is done to the tables, beside reading them.
var writes = writesOf(
	[]string{
		"events", "tickets", "waitlist", "waitlist_departures", "holds", "booking_references", "idempotency_keys",
		"webhooks", "webhook_cursors",
	},
	[]string{"holds", "webhooks", "webhook_cursors", "webhook_deliveries"},
	[]string{"ended_bookings", "journal", "secrets", "webhook_deliveries"},
)

type write struct{ table, verb, statement string }

// writesOf are those to tables whose rows change, to those whose rows are deleted,
// and to those whose rows stay for good.
func writesOf(changing, deleting, growing []string) []write {
	var all []write
	for _, table := range changing {
		column := "event_id"
		if table == "events" || table == "webhooks" {
			column = "id"
		}
		all = append(all, write{table, "update", fmt.Sprintf("UPDATE %s SET %s = %s WHERE FALSE", table, column, column)})
	}
	for _, table := range deleting {
		all = append(all, write{table, "delete from", "DELETE FROM " + table + " WHERE FALSE"})
	}
	for _, table := range slices.Concat(changing, growing) {
		all = append(all, write{table, "insert into", fmt.Sprintf("INSERT INTO %s SELECT * FROM %s WHERE FALSE", table, table)})
	}
	return all
}

// tryWrites does to no rows, in a transaction that comes to nothing, what
// bookings do to some. MySQL refuses it as it would refuse those, and locks no
// row for it.
func (s *Store) tryWrites(ctx context.Context) error {
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		rollback(ctx, conn)
		_ = conn.Close() // it only goes back to its pool
	}()
	for _, w := range writes {
		_, err := conn.ExecContext(ctx, w.statement)
		switch {
		case err == nil:
		case is(err, errPrevented, errReadOnly, errReadOnlyMode):
			return notReady("the database is read only", err)
		case is(err, errTableDenied, errColumnDenied):
			return notReady(fmt.Sprintf("the database user may not %s the table %s", w.verb, w.table), err)
		case is(err, errLockWaitTimeout):
			return notReady(fmt.Sprintf("the table %s is locked", w.table), err)
		default:
			return err
		}
	}
	return nil
}

// notReady gives a probe its text.
func notReady(reason string, err error) error {
	return fmt.Errorf("%w: %w", &domain.Error{Code: ports.CodeStoreUnavailable, Detail: reason}, err)
}
