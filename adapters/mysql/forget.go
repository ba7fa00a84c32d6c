package mysql

import (
	"context"
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/boxoffice-go/boxoffice/domain"
)

// requestsAtOnce is how many requests are forgotten at a time.
const requestsAtOnce = 500

// ForgetRequests forgets what a person's requests asked for; see [ports.Writer].
// It needs no lock of the events: nothing of them changes, and a command that is
// being decided has found its key before, or doesn't any more.
func (s *Store) ForgetRequests(ctx context.Context, person domain.UserID) error {
	theirs := sq.Select("k.event_id", "k.key_hash").From("idempotency_keys AS k FORCE INDEX (by_user)").
		Where(sq.Eq{"k.user_id": person.UUID[:]}).OrderBy("k.event_id").Limit(requestsAtOnce)
	for {
		keys := make(map[domain.EventID][][]byte)
		err := read(ctx, s.reads, theirs, func(rows *sql.Rows) error {
			var event domain.EventID
			var key []byte
			err := rows.Scan(&event.UUID, &key)
			keys[event] = append(keys[event], key)
			return err
		})
		if err != nil || len(keys) == 0 {
			return storeError(ctx, err)
		}
		for event, hashes := range keys {
			_, err := s.run(ctx, sq.Update("idempotency_keys FORCE INDEX (PRIMARY)").Set("request_hash", nil).Set("user_id", nil).
				Where(sq.Eq{"event_id": event.UUID[:], "key_hash": hashes}))
			if err != nil {
				return storeError(ctx, err)
			}
		}
	}
}
