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
	if err := s.transact(ctx, u.run); err != nil {
		return err
	}
	s.recent.left(u.left, u.guessed)
	return nil
}

// update is a call of Update.
type update struct {
	*Store
	ids    []domain.EventID
	need   ports.Need
	decide ports.Decide

	lockFirst bool           // nothing is guessed (any more)
	guessed   bool           // in the last attempt
	left      []domain.Event // by the last attempt
}

// run is one attempt: first with the heads as this store left them, if it did.
func (u *update) run(ctx context.Context, conn *sql.Conn) (*proof, error) {
	u.guessed, u.left = false, nil
	if guess, ok := u.guess(); ok {
		changes, err := u.decideOn(ctx, guess)
		// Nothing would tell whether the guess was right if it led to an error, or
		// to an event that stays as it is.
		if err == nil && changes != nil && len(changes.heads) == len(guess) {
			u.guessed, u.left = true, changes.heads
			return changes.proof(u.ids), changes.save(ctx, &packet{conn: conn, guess: guess})
		}
	}
	heads, err := lock(ctx, conn, u.ids)
	if err != nil {
		return nil, err
	}
	u.recent.found(heads)
	changes, err := u.decideOn(ctx, heads)
	if err != nil || changes == nil {
		return nil, err
	}
	u.left = changes.heads
	return changes.proof(u.ids), changes.save(ctx, &packet{conn: conn})
}

// guess returns the heads as this store left them. It is tried only once: where
// many are at the same events, they would be wrong each time.
func (u *update) guess() ([]domain.Event, bool) {
	if u.lockFirst {
		return nil, false
	}
	u.lockFirst = true
	return u.recent.guess(u.ids)
}

// decideOn loads what is needed, and decides. nil is nothing to save.
func (u *update) decideOn(ctx context.Context, heads []domain.Event) (*changes, error) {
	batch := domain.NewBatch(heads)
	needs := u.need(slices.Clone(heads))
	loaded, err := u.load(ctx, heads, needs)
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
	if len(batch.Facts()) == 0 {
		return nil, nil
	}
	return changesOf(batch), nil
}
