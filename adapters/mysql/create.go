package mysql

import (
	"context"
	"crypto/rand"
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Create keeps a new event; see [ports.Writer].
func (s *Store) Create(ctx context.Context, creation domain.Creation) (domain.Event, error) {
	event := creation.Event
	row, err := ports.JournalRowOf([]domain.Record{creation.Record})
	if err != nil {
		return domain.Event{}, err
	}
	p := &proof{ids: []domain.EventID{event.ID}, journal: &row}
	_, _ = rand.Read(p.transaction[:]) // never fails
	var keys []domain.KeyUse
	if creation.Key.Key != [32]byte{} {
		keys = []domain.KeyUse{{EventID: event.ID, KeyRecord: creation.Key}}
	}
	err = s.transact(ctx, nil, func(ctx context.Context, conn *sql.Conn) (*proof, error) {
		s := saving{ctx: ctx, packet: &packet{conn: conn, vitess: s.shards.isVitess()}}
		addRows(&s, insertEvents, []domain.Event{event}, eventArgs)
		addRows(&s, insertKeys, keys, keyArgs)
		addRows(&s, insertJournal, []ports.JournalRow{row}, func(args []any, j *ports.JournalRow) []any {
			return journalArgs(args, j, p.transaction)
		})
		err := s.end()
		if is(err, errDuplicateEntry) {
			return nil, answer{err}
		}
		return p, err
	})
	switch {
	case err == nil:
		return event, nil
	case is(err, errDuplicateEntry):
		return s.created(ctx, creation)
	default:
		return domain.Event{}, err
	}
}

// created answers a creation that took place before.
func (s *Store) created(ctx context.Context, creation domain.Creation) (domain.Event, error) {
	key := creation.Key
	found, err := count(ctx, s.reads, "idempotency_keys", sq.Eq{
		"event_id": creation.Event.ID.UUID[:], "key_hash": key.Key[:], "request_hash": key.Request[:],
	})
	if err != nil {
		return domain.Event{}, storeError(ctx, err)
	}
	if found == 0 {
		return domain.Event{}, domain.ErrIdempotencyKeyReused
	}
	return s.Event(ctx, creation.Event.ID)
}
