package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// maxAttempts is how often a transaction is run before it is given up.
const maxAttempts = 8

// answer is an error that is the caller's own, to be returned as it is.
type answer struct{ error }

// errNotCommitted says that a commit whose answer was lost did not take place.
var errNotCommitted = errors.New("the transaction was not committed")

// work is one attempt at a transaction. It returns what tells later whether it
// was committed, or nil if there is nothing to commit.
type work func(ctx context.Context, conn *sql.Conn) (*proof, error)

// transact runs work in a transaction, again if MySQL gave it up or its
// connection broke. If somebody else keeps hold of some of the events that it
// locks, it returns a [*ports.LockedError].
func (s *Store) transact(ctx context.Context, ids []domain.EventID, run work) error {
	var reconnected bool
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, run)
		var own answer
		switch {
		case err == nil:
			return nil
		case errors.As(err, &own):
			return own.error
		case errors.Is(err, ports.ErrOutcomeUnknown):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errNotCommitted), errors.Is(err, errStale):
		case is(err, errDeadlock):
			s.stats.deadlocks.Add(1)
		case is(err, errLockWaitTimeout):
			s.stats.lockWaits.Add(1)
			if locked := s.lockedOf(ctx, ids); len(locked) > 0 {
				return &ports.LockedError{Events: locked}
			}
		case isSpread(err):
			s.stats.spread.Add(1)
			_ = s.findShards(ctx) // else the next is refused, too
			return fmt.Errorf("mysql: the events are on several shards: %w", err)
		case broken(err) && !reconnected:
			reconnected = true
			s.stats.lostConnections.Add(1)
		default:
			return storeError(ctx, err)
		}
		if attempt == maxAttempts {
			s.stats.givenUp.Add(1)
			return storeError(ctx, err)
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// attempt runs work once, and commits.
func (s *Store) attempt(ctx context.Context, run work) error {
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return err
	}
	open := true
	defer func() { // also when decide panics
		if open {
			rollback(ctx, conn)
		}
		_ = conn.Close() // it only goes back to its pool
	}()

	proof, err := run(ctx, conn)
	if err != nil || proof == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	switch {
	case err == nil:
		open = false
		return nil
	case retryable(err):
		return err
	}
	open = false
	discard(conn)
	s.stats.lostCommits.Add(1)
	return s.settle(ctx, proof)
}

// rollback ends a transaction that came to nothing. It must work when the
// caller's time is over, and a connection that can't do it is of no more use.
func rollback(ctx context.Context, conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		discard(conn)
	}
}

// lock locks events, in the order of their ids, and returns those that exist.
func lock(ctx context.Context, conn *sql.Conn, ids []domain.EventID) ([]domain.Event, error) {
	query, args, err := selectForUpdate(ids)
	if err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	return scanEvents(rows)
}

// lockedOf returns those of the events that somebody else has locked just now;
// none if that can't be found out.
func (s *Store) lockedOf(ctx context.Context, ids []domain.EventID) []domain.EventID {
	if len(ids) == 0 {
		return nil
	}
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return nil
	}
	defer func() {
		rollback(ctx, conn)
		_ = conn.Close() // it only goes back to its pool
	}()
	free, err := selectIDs(ctx, conn, selectFromEvents(ids, "id").Suffix("FOR UPDATE SKIP LOCKED"))
	if err != nil {
		return nil
	}
	all, err := selectIDs(ctx, s.lookups, selectFromEvents(ids, "id"))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(id domain.EventID) bool { return slices.Contains(free, id) })
}

func selectIDs(ctx context.Context, db querier, query sq.SelectBuilder) ([]domain.EventID, error) {
	statement, args, err := query.ToSql()
	if err != nil {
		return nil, err
	}
	var ids []domain.EventID
	err = queryEach(ctx, db, statement, args, func(rows *sql.Rows) error {
		var id domain.EventID
		err := rows.Scan(&id.UUID)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// pause waits for a random time, longer after each attempt, so that those who
// got into each other's way don't meet again.
func pause(ctx context.Context, attempt int) error {
	const most = 7 // doublings
	longest := time.Millisecond << min(attempt, most)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(longest)):
		return nil
	}
}
