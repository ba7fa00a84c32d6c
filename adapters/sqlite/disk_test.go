package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite/sqlitetest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestReadOnlyFile(t *testing.T) {
	dir, remount := sqlitetest.Mount(t, "16m")
	file := filepath.Join(dir, "boxoffice.db")
	store, err := sqlite.Open(sqlite.Config{File: file})
	require.NoError(t, err)
	require.NoError(t, store.Close())
	remount("ro")
	_, err = sqlite.Open(sqlite.Config{File: file})
	require.ErrorContains(t, err, "read-only file system")
	remount("rw")
	open(t, file)
}

// TestFullDisk fills the disk up while bookings are made, and makes room again.
func TestFullDisk(t *testing.T) {
	dir, remount := sqlitetest.Mount(t, "4m")
	store := open(t, filepath.Join(dir, "boxoffice.db"))
	event := create(t, store, concert).ID
	booked := 0
	bookMany := func() error {
		commands := make([]domain.Command, 50)
		for i := range commands {
			commands[i] = domain.Book{EventID: event, Person: person(t, fmt.Sprint("person ", booked+i))}
		}
		_, err := update(t, store, time.Time{}, commands...)
		if err == nil {
			booked += len(commands)
		}
		return err
	}
	var err error
	for err == nil {
		err = bookMany()
	}
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	require.ErrorContains(t, err, "the disk is full")
	require.Positive(t, booked)
	compare(t, store, event)
	require.Len(t, allBookings(t, store, ports.BookingQuery{EventID: event}), booked)

	remount("size=32m")
	require.NoError(t, bookMany())
	require.NoError(t, store.Ready(t.Context()))
	compare(t, store, event)
	require.Len(t, allBookings(t, store, ports.BookingQuery{EventID: event}), booked)
}

// TestReadyTellsOfAFullDisk leaves no room at all.
func TestReadyTellsOfAFullDisk(t *testing.T) {
	dir, _ := sqlitetest.Mount(t, "4m")
	store := open(t, filepath.Join(dir, "boxoffice.db"))
	require.NoError(t, store.Ready(t.Context()))
	_ = os.WriteFile(filepath.Join(dir, "film"), make([]byte, 8<<20), 0o600) // as much of it as there is room for
	require.Eventually(t, func() bool { return store.Ready(t.Context()) != nil }, 10*time.Second, 50*time.Millisecond)
	requireReason(t, store, "the disk is full")
	require.NoError(t, os.Remove(filepath.Join(dir, "film")))
	require.Eventually(t, func() bool { return store.Ready(t.Context()) == nil }, 10*time.Second, 50*time.Millisecond)
}
