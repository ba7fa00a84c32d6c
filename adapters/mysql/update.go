package mysql

import (
	"context"
	"database/sql"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Update changes events; see [ports.Writer].
func (s *Store) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	// The ids are cloned, since a lost commit is asked about by them.
	u := update{Store: s, ids: slices.Clone(ids), need: need, decide: decide, lockFirst: s.lockFirst}
	if err := s.transact(ctx, u.ids, u.run); err != nil {
		return err
	}
	s.remembered.put(u.before, u.after)
	return nil
}

// update is a call of Update.
type update struct {
	*Store
	ids    []domain.EventID
	need   ports.Need
	decide ports.Decide

	lockFirst bool // nothing is taken for granted (any more)
	// Of the last attempt: the events as they were, and those that it changed.
	before, after []domain.Event
}

// run is one attempt: optimistic if this store remembers all events, but only
// once, else locked.
func (u *update) run(ctx context.Context, conn *sql.Conn) (*proof, error) {
	if !u.lockFirst {
		u.lockFirst = true
		if guess, ok := u.remembered.take(u.ids); ok {
			if changes, ok := u.decideOptimistically(ctx, guess); ok {
				return u.saveOptimistically(ctx, conn, guess, changes)
			}
		}
	}
	return u.runLocked(ctx, conn)
}

// decideOptimistically decides on the events as they are remembered. It reports
// whether what it came to can be saved: nothing would tell whether the guess was
// right if it led to an error, to an event that stays as it is, or to a key that
// isn't used: somebody else may use it, which changes no event.
func (u *update) decideOptimistically(ctx context.Context, guess []domain.Event) (*changes, bool) {
	changes, err := u.decideOn(ctx, guess)
	return changes, err == nil && changes != nil && len(changes.Events) == len(guess) && !changes.leavesKeys
}

// saveOptimistically locks the events and writes what was decided, in one round
// trip. It fails with errStale if they are not what they were taken for.
func (u *update) saveOptimistically(ctx context.Context, conn *sql.Conn, guess []domain.Event, c *changes) (*proof, error) {
	u.before, u.after = guess, c.Events
	err := c.save(ctx, &packet{conn: conn, vitess: u.shards.isVitess(), guess: guess})
	if is(err, errDuplicateEntry) {
		return nil, errStale // somebody else used a key, which changes no event
	}
	return c.proof(u.ids), err
}

// runLocked locks the events, decides, and writes.
func (u *update) runLocked(ctx context.Context, conn *sql.Conn) (*proof, error) {
	events, err := lock(ctx, conn, u.ids)
	if err != nil {
		return nil, err
	}
	u.before, u.after = events, nil
	changes, err := u.decideOn(ctx, events)
	if err != nil || changes == nil {
		return nil, err
	}
	u.after = changes.Events
	return changes.proof(u.ids), changes.save(ctx, &packet{conn: conn, vitess: u.shards.isVitess()})
}

// decideOn loads what is needed, and decides. nil is nothing to save.
func (u *update) decideOn(ctx context.Context, events []domain.Event) (*changes, error) {
	batch := domain.NewBatch(events)
	needs := u.need(slices.Clone(events))
	loaded, bookings, err := u.load(ctx, events, needs)
	if err != nil {
		return nil, err
	}
	for i, n := range needs {
		batch.Load(n, loaded[i])
	}
	if err := u.decide(batch); err != nil {
		return nil, answer{err}
	}
	if err := batch.Err(); err != nil {
		return nil, answer{err}
	}
	if len(batch.Records()) == 0 && len(batch.Keys()) == 0 {
		return nil, nil
	}
	c, err := changesOf(batch, events, bookings)
	if err != nil {
		return nil, answer{err}
	}
	c.leavesKeys = leavesKeys(loaded, batch.Keys())
	return c, nil
}

// leavesKeys reports whether a key that was asked for is neither in use nor used
// by the batch: its command was refused.
func leavesKeys(loaded []*domain.Loaded, used []domain.KeyUse) bool {
	free := 0
	for _, l := range loaded {
		for _, record := range l.Keys {
			if record == nil {
				free++
			}
		}
	}
	return free > len(used)
}
