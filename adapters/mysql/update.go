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
	ids = slices.Clone(ids) // a lost commit is asked about by them
	return s.transact(ctx, func(ctx context.Context, conn *sql.Conn) (*proof, error) {
		events, err := lock(ctx, conn, ids)
		if err != nil {
			return nil, err
		}
		batch := domain.NewBatch(events)
		needs := need(slices.Clone(events))
		loaded, err := s.load(ctx, needs)
		if err != nil {
			return nil, err
		}
		for i, n := range needs {
			batch.Load(n, loaded[i])
		}
		if err := decide(batch); err != nil {
			return nil, answer{err}
		}
		if err := batch.Err(); err != nil {
			return nil, answer{err}
		}
		if len(batch.Facts()) == 0 {
			return nil, nil
		}
		changes := changesOf(batch)
		if err := changes.save(ctx, conn); err != nil {
			return nil, err
		}
		return changes.proof(ids), nil
	})
}
