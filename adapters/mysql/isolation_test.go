package mysql_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
)

// A small table is where MySQL would rather scan, and lock what it passes.
func TestBatchLocksNothingOfOtherEvents(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{mysql.Serializable, mysql.RepeatableRead, mysql.ReadCommitted} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			store := openStore(t, mysql.Config{DSN: mysqltest.DSN(t), Isolation: isolation})
			events := []domain.Event{newEvent(t, store, 1), newEvent(t, store, 1), newEvent(t, store, 1), newEvent(t, store, 1)}
			slices.SortFunc(events, func(a, b domain.Event) int { return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) })

			ids := []domain.EventID{events[0].ID, events[2].ID}
			err := store.Update(t.Context(), ids, noNeeds, func(batch *domain.Batch) error {
				for _, id := range ids {
					_, err := batch.Decide(domain.Book{EventID: id, Person: newPerson()}, stamp())
					require.NoError(t, err)
				}
				// While the batch holds its locks:
				_, err := run(t.Context(), store, books(4, events[1], events[3])...)
				require.NoError(t, err)
				newEvent(t, store, 1)
				return nil
			})
			require.NoError(t, err)
			require.Zero(t, store.Stats())
		})
	}
}

func TestPanicOfADecisionLeavesNothingLocked(t *testing.T) {
	t.Parallel()
	store := openStore(t, mysql.Config{DSN: mysqltest.DSN(t)})
	event := newEvent(t, store, 1)
	require.Panics(t, func() {
		_ = store.Update(t.Context(), []domain.EventID{event.ID}, noNeeds, func(*domain.Batch) error { panic("a defect") })
	})
	_, err := run(t.Context(), store, books(1, event)...)
	require.NoError(t, err)
	require.Zero(t, store.Stats())
}

func noNeeds([]domain.Event) []domain.Need { return nil }
