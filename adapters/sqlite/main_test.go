package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// newFile names a file in a directory of the test's own.
func newFile(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "boxoffice.db")
}

func open(t testing.TB, file string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(sqlite.Config{File: file})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func create(t testing.TB, store ports.Store, settings domain.Settings) domain.Event {
	t.Helper()
	creation, err := domain.CreateEvent{Settings: settings}.Decide(domain.Stamp{At: store.Now(), NewID: newID})
	require.NoError(t, err)
	event, err := store.Create(t.Context(), creation)
	require.NoError(t, err)
	return event
}

func newID() uuid.UUID { return ports.RandomIDs{}.NewID() }

func person(t testing.TB, identifier string) domain.Person {
	t.Helper()
	p, err := domain.NewPerson(identifier)
	require.NoError(t, err)
	return p
}

// outcome is what became of a command.
type outcome struct {
	domain.Result
	err error
}

// update decides commands in one transaction, by the store's time or, if that is
// not zero, at another.
func update(t testing.TB, store ports.Store, at time.Time, commands ...domain.Command) ([]outcome, error) {
	t.Helper()
	var ids []domain.EventID
	seen := make(map[domain.EventID]bool)
	for _, c := range commands {
		if id := domain.EventOf(c); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	var outcomes []outcome
	err := store.Update(t.Context(), ids, func(events []domain.Event) []domain.Need {
		if at.IsZero() {
			at = store.Now()
		}
		return domain.NeedsOf(at, events, commands)
	}, func(batch *domain.Batch) error {
		outcomes = nil
		for _, c := range commands {
			result, err := batch.Decide(c, domain.Stamp{At: at, NewID: newID})
			outcomes = append(outcomes, outcome{result, err})
		}
		return nil
	})
	return outcomes, err
}

// do is update for one command that must be accepted.
func do(t testing.TB, store ports.Store, c domain.Command) domain.Result {
	t.Helper()
	outcomes, err := update(t, store, time.Time{}, c)
	require.NoError(t, err)
	require.NoError(t, outcomes[0].err)
	return outcomes[0].Result
}

func book(t testing.TB, store ports.Store, event domain.EventID, who int) domain.Booking {
	t.Helper()
	return do(t, store, domain.Book{EventID: event, Person: person(t, fmt.Sprintf("person%d@example.com", who))}).Booking
}
