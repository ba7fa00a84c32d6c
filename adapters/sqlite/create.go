package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Create implements [ports.Writer].
func (s *Store) Create(ctx context.Context, creation domain.Creation) (domain.Event, error) {
	event := creation.Event
	err := s.transact(ctx, func(w *connection) (*ports.JournalRow, error) {
		there, err := eventOf(context.Background(), w, event.ID)
		switch {
		case err == nil:
			event = there
			return nil, createdUnder(w, creation)
		case !errors.Is(err, domain.ErrEventNotFound):
			return nil, err
		}
		row, err := ports.JournalRowOf([]domain.Record{creation.Record})
		if err != nil {
			return nil, answer{err}
		}
		e := creation.Event
		values := append(append(countValues(&e), settingValues(&e)...), micros(e.CreatedAt), e.ID.UUID[:])
		if err := w.exec(insertEvent, values...); err != nil {
			return nil, err
		}
		if creation.Key.Key != ([32]byte{}) {
			if err := saveKeys(w, domain.KeyUse{EventID: e.ID, KeyRecord: creation.Key}); err != nil {
				return nil, err
			}
		}
		return &row, saveJournal(w, row)
	})
	if err != nil {
		return domain.Event{}, err
	}
	return event, nil
}

// createdUnder refuses an event that is there but was not created by the same
// request, under the same key.
func createdUnder(w *connection, creation domain.Creation) error {
	used, err := keyOf(w, creation.Event.ID, creation.Key.Key)
	if err == nil && (used == nil || used.Request != creation.Key.Request) {
		return answer{domain.ErrIdempotencyKeyReused}
	}
	return err
}

// Secret implements [ports.Writer].
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	const selectSecret = "SELECT secret FROM secrets WHERE name = ?"
	var secret []byte
	err := s.borrow(ctx, func(c *connection) error { return get(ctx, c, selectSecret, []any{&secret}, name) })
	if !errors.Is(err, sql.ErrNoRows) {
		return secret, storeError(ctx, err)
	}
	err = s.transact(ctx, func(w *connection) (*ports.JournalRow, error) {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails
		if err := w.exec("INSERT INTO secrets (name, secret) VALUES (?, ?) ON CONFLICT DO NOTHING", name, fresh); err != nil {
			return nil, err
		}
		return nil, get(context.Background(), w, selectSecret, []any{&secret}, name)
	})
	return secret, err
}
