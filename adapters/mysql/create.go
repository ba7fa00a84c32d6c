package mysql

import (
	"context"
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Create keeps a new event; see [ports.Writer].
func (s *Store) Create(ctx context.Context, event domain.Event, key domain.IdempotencyKey) (domain.Event, error) {
	err := s.transact(ctx, func(ctx context.Context, conn *sql.Conn) (*proof, error) {
		query, args, err := sq.Insert("events").Columns(eventColumns...).Values(eventArgs(&event)...).ToSql()
		if err != nil {
			return nil, err
		}
		if _, err := conn.ExecContext(ctx, query, args...); is(err, errDuplicateEntry) {
			return nil, answer{err}
		} else if err != nil {
			return nil, err
		}
		if !key.IsZero() {
			rows := []keyRow{{KeyRecord: domain.KeyRecord{IdempotencyKey: key}, event: event.ID}}
			p := &packet{conn: conn}
			if err := addBulk(ctx, p, insertKeys, rows, addKey); err != nil {
				return nil, err
			}
			if err := p.send(ctx); err != nil {
				return nil, err
			}
		}
		return &proof{
			ids:      []domain.EventID{event.ID},
			table:    "events",
			row:      sq.Eq{"id": event.ID.UUID[:], "created_at": event.CreatedAt},
			decisive: true,
		}, nil
	})
	switch {
	case err == nil:
		return event, nil
	case is(err, errDuplicateEntry):
		return s.created(ctx, event.ID, key)
	default:
		return domain.Event{}, err
	}
}

// created answers a creation that took place before.
func (s *Store) created(ctx context.Context, id domain.EventID, key domain.IdempotencyKey) (domain.Event, error) {
	same, err := exists(ctx, s.reads, "idempotency_keys", sq.Eq{
		"event_id": id.UUID[:], "key_hash": key.Key[:], "request_hash": key.Request[:], "booking_id": nil,
	})
	if err != nil {
		return domain.Event{}, storeError(ctx, err)
	}
	if !same {
		return domain.Event{}, domain.ErrIdempotencyKeyReused
	}
	return s.Event(ctx, id)
}
