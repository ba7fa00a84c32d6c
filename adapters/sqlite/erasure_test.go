package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// TestErasedPeopleLeaveNoTrace looks for who was erased in the bytes of the files.
func TestErasedPeopleLeaveNoTrace(t *testing.T) {
	file := newFile(t)
	store := open(t, file)
	event := create(t, store, concert).ID
	name := func(i int) string { return fmt.Sprintf("person%05d@example.com", i) }
	const people, gone = 3000, 300
	for i := 0; i < people; i += 100 {
		var commands []domain.Command
		for j := range 100 {
			commands = append(commands, domain.Book{
				EventID: event, Person: person(t, name(i+j)), Key: domain.NewIdempotencyKey("shop", fmt.Sprint("key of ", i+j)),
			})
		}
		_, err := update(t, store, time.Time{}, commands...)
		require.NoError(t, err)
	}
	for i := range gone {
		erase := domain.ErasePerson{EventID: event, Person: person(t, name(i*10)), NewUserID: domain.UserID{UUID: newID()}, Force: true}
		require.Equal(t, 1, do(t, store, erase).Erased)
		require.NoError(t, store.ForgetRequests(t.Context(), erase.Person.UserID()))
	}
	log, err := os.Stat(file + "-wal")
	require.NoError(t, err)
	require.Zero(t, log.Size())
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Contains(content, []byte(name(1))), "who is not erased is there")
	names, ids := 0, 0
	for i := range gone {
		erased := person(t, name(i*10))
		user := erased.UserID()
		if bytes.Contains(content, []byte(erased.Identifier())) {
			names++
		}
		if bytes.Contains(content, user.UUID[:]) {
			ids++
		}
	}
	assert.Zero(t, names, "identifiers")
	assert.Zero(t, ids, "user ids")
}

// TestErasureWaitsForABackup erases somebody while an old state is read: no
// booking waits for that, and the log is emptied once it is over.
func TestErasureWaitsForABackup(t *testing.T) {
	file := newFile(t)
	store := open(t, file)
	event := create(t, store, concert).ID
	book(t, store, event, 1)
	old, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, old.Close()) }()
	tx, err := old.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var bookings int
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM bookings").Scan(&bookings))

	erase := domain.ErasePerson{
		EventID: event, Person: person(t, "person1@example.com"), NewUserID: domain.UserID{UUID: newID()}, Force: true,
	}
	require.Equal(t, 1, do(t, store, erase).Erased)
	book(t, store, event, 2)
	log, err := os.Stat(file + "-wal")
	require.NoError(t, err)
	require.Positive(t, log.Size())
	require.NoError(t, tx.Rollback())
	require.Eventually(t, func() bool {
		log, err := os.Stat(file + "-wal")
		require.NoError(t, err)
		return log.Size() == 0
	}, 20*time.Second, 50*time.Millisecond)
}
