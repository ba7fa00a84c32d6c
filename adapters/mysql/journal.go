package mysql

import (
	"context"
	"database/sql"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// journalRows is how many rows of the journal are read at a time: each has the
// records of a whole transaction.
const journalRows = 8

const selectJournal = "SELECT last_version, records FROM journal WHERE event_id = ? AND last_version >= ? ORDER BY last_version LIMIT ?"

// Journal lists records; see [ports.Reader]. A journal only grows, so what is read
// in several statements is one state too.
func (s *Store) Journal(ctx context.Context, query ports.JournalQuery) ([]domain.Record, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	ctx, err = s.beginList(ctx)
	if err != nil {
		return nil, err
	}
	defer s.endList()
	records := []domain.Record{}
	for from := query.After.Version; len(records) < limit; {
		rows := 0
		err := queryEach(ctx, s.reads, selectJournal, []any{query.EventID.UUID[:], from, int64(journalRows)}, func(row *sql.Rows) error {
			rows++
			var version int64
			var encoded sql.RawBytes
			if err := row.Scan(&version, &encoded); err != nil {
				return err
			}
			from = version + 1
			if len(records) >= limit {
				return nil
			}
			decoded, err := domain.DecodeRecords(query.EventID, encoded)
			for _, r := range decoded {
				if query.After.Before(r) && len(records) < limit {
					records = append(records, r)
				}
			}
			return err
		})
		if err != nil {
			return nil, storeError(ctx, err)
		}
		if rows < journalRows {
			break
		}
	}
	if len(records) == 0 { // every event has a record
		if _, err := s.Event(ctx, query.EventID); err != nil {
			return nil, err
		}
	}
	return records, nil
}
