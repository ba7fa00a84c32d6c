package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
	sqliteschema "github.com/boxoffice-go/boxoffice/schema/sqlite"
)

var concert = domain.Settings{Name: "Concert", TotalTickets: 1_000_000}

// made is a closed file with some bookings.
func made(t *testing.T, bookings int) (file string, event domain.EventID) {
	t.Helper()
	file = newFile(t)
	store, err := sqlite.Open(sqlite.Config{File: file})
	require.NoError(t, err)
	event = create(t, store, concert).ID
	for i := range bookings {
		book(t, store, event, i)
	}
	require.NoError(t, store.Close())
	return file, event
}

func TestFileIsThereAgain(t *testing.T) {
	file, event := made(t, 3)
	store := open(t, file)
	compare(t, store, event)
	require.Len(t, allBookings(t, store, ports.BookingQuery{EventID: event}), 3)
}

func TestSecondServerIsRefused(t *testing.T) {
	file := newFile(t)
	store, err := sqlite.Open(sqlite.Config{File: file})
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "another name")
	require.NoError(t, os.Symlink(file, link))
	for _, name := range []string{file, link} {
		_, err = sqlite.Open(sqlite.Config{File: name})
		require.ErrorIs(t, err, sqlite.ErrInUse)
		err = sqlite.Maintain(t.Context(), name, func(context.Context, *sql.DB) error { return nil })
		require.ErrorIs(t, err, sqlite.ErrInUse)
	}
	require.NoError(t, store.Close())
	require.NoError(t, store.Close(), "closing twice is no mistake")
	require.ErrorIs(t, store.Ready(t.Context()), ports.ErrStoreUnavailable)
	open(t, link)
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, content, 0o600))
		return file
	}
	sound, _ := made(t, 200)
	content, err := os.ReadFile(sound)
	require.NoError(t, err)
	scribbled := bytes.Clone(content)
	copy(scribbled[100:], strings.Repeat("scribble", 400))
	for _, c := range []struct{ file, says string }{
		{"", "needs the name of a file"},
		{dir, "name a file"},
		{filepath.Join(dir, "nowhere", "boxoffice.db"), "no such file or directory"},
		{write("text", []byte(strings.Repeat("This is a letter to my mother. ", 50))), "is no SQLite database"},
		{write("cut off", content[:len(content)/2]), "is damaged: bring a backup back"},
		{write("scribbled", scribbled), "is damaged: bring a backup back"},
	} {
		_, err := sqlite.Open(sqlite.Config{File: c.file})
		assert.ErrorContains(t, err, c.says)
	}
}

func TestSchemaOfAnotherIsRefused(t *testing.T) {
	file, _ := made(t, 0)
	change := func(file, statement string) {
		require.NoError(t, sqlite.Maintain(t.Context(), file, func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, statement)
			return err
		}))
	}
	change(file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	_, err := sqlite.Open(sqlite.Config{File: file})
	require.ErrorIs(t, err, sqliteschema.ErrTooNew)

	foreign := newFile(t)
	change(foreign, "CREATE TABLE letters (text TEXT)")
	_, err = sqlite.Open(sqlite.Config{File: foreign})
	require.ErrorIs(t, err, sqliteschema.ErrForeign)
}

// TestDamageIsNoAnswer damages a file in its middle, where opening it doesn't look.
func TestDamageIsNoAnswer(t *testing.T) {
	file, event := made(t, 400)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	const page = 4096
	for at := len(content) / page / 2 * page; at < len(content); at += page {
		copy(content[at:at+page], strings.Repeat("scribble", page/8))
	}
	require.NoError(t, os.WriteFile(file, content, 0o600))
	store := open(t, file)
	_, err = update(t, store, time.Time{}, domain.Book{EventID: event, Person: person(t, "somebody")})
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	require.ErrorContains(t, err, "damaged")
	_, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event, Limit: 200})
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
}

func TestFileThatIsGone(t *testing.T) {
	for _, suffix := range []string{"", "-wal"} {
		for name, harm := range map[string]func(file string) error{
			"deleted": os.Remove,
			"moved":   func(file string) error { return os.Rename(file, file+".moved") },
			"replaced": func(file string) error {
				content, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if err := os.WriteFile(file+".new", content, 0o600); err != nil {
					return err
				}
				return os.Rename(file+".new", file)
			},
		} {
			t.Run("file"+suffix+" "+name, func(t *testing.T) {
				file := newFile(t)
				store, err := sqlite.Open(sqlite.Config{File: file})
				require.NoError(t, err)
				defer func() { _ = store.Close() }() // what it closes is gone
				event := create(t, store, concert).ID
				require.NoError(t, harm(file+suffix))
				_, err = update(t, store, time.Time{}, domain.Book{EventID: event, Person: person(t, "somebody")})
				require.ErrorIs(t, err, ports.ErrStoreUnavailable)
				require.ErrorContains(t, err, "start the server again")
				requireReason(t, store, "start the server again")
			})
		}
	}
}

// requireReason checks what a store that isn't ready may tell everybody.
func requireReason(t *testing.T, store ports.Store, reason string) {
	t.Helper()
	err := store.Ready(t.Context())
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	told, is := errors.AsType[*domain.Error](err)
	require.True(t, is)
	require.Contains(t, told.Detail, reason)
}

// TestTornLog cuts the write-ahead log off at many places, as a crash may: what
// is there then is what was there at some time, and all of it.
func TestTornLog(t *testing.T) {
	file := newFile(t)
	store := open(t, file)
	event := create(t, store, domain.Settings{Name: "Concert", TotalTickets: 5, HoldSeconds: 60, ClaimSeconds: 60}).ID
	r := rand.New(rand.NewPCG(1, 2))
	var bookings []domain.BookingID
	for range 40 {
		outcomes, err := update(t, store, time.Time{}, randomCommand(t, r, domain.Event{ID: event}, bookings),
			domain.Book{EventID: event, Person: person(t, "somebody")})
		require.NoError(t, err)
		bookings = append(bookings, outcomes[1].Booking.ID)
	}
	last, err := store.Event(t.Context(), event)
	require.NoError(t, err)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	log, err := os.ReadFile(file + "-wal")
	require.NoError(t, err)
	versions := make(map[int64]bool)
	for i := range 25 {
		cut := r.IntN(len(log))
		if i == 0 {
			cut = len(log)
		}
		torn := newFile(t)
		require.NoError(t, os.WriteFile(torn, content, 0o600))
		require.NoError(t, os.WriteFile(torn+"-wal", log[:cut], 0o600))
		again, err := sqlite.Open(sqlite.Config{File: torn})
		require.NoError(t, err, "cut off at %d of %d", cut, len(log))
		e, err := again.Event(t.Context(), event)
		if err == nil {
			compare(t, again, event)
			versions[e.Version] = true
		} else {
			require.ErrorIs(t, err, domain.ErrEventNotFound)
		}
		require.NoError(t, again.Close())
	}
	require.Contains(t, versions, last.Version, "the whole log has the last one")
	require.Greater(t, len(versions), 3, "the cuts were at many places")
}

func TestBackupWhileItServes(t *testing.T) {
	file, event := made(t, 20)
	store := open(t, file)
	booking, stop := context.WithCancel(t.Context())
	var booked int
	var failed error
	var group sync.WaitGroup
	group.Go(func() {
		for booking.Err() == nil && failed == nil {
			_, failed = update(t, store, time.Time{}, domain.Book{EventID: event, Person: person(t, "somebody")})
			booked++
		}
	})
	copies := t.TempDir()
	for i := range 5 {
		to := filepath.Join(copies, fmt.Sprint("copy ", i))
		require.NoError(t, sqlite.Backup(t.Context(), file, to))
		require.ErrorIs(t, sqlite.Backup(t.Context(), file, to), os.ErrExist)
		compare(t, open(t, to), event)
	}
	stop()
	group.Wait()
	require.NoError(t, failed)
	require.Positive(t, booked)
	require.NoError(t, store.Ready(t.Context()))

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	to := filepath.Join(t.TempDir(), "copy")
	require.ErrorIs(t, sqlite.Backup(cancelled, file, to), context.Canceled)
	left, err := filepath.Glob(to + "*")
	require.NoError(t, err)
	require.Empty(t, left)
	require.Error(t, sqlite.Backup(t.Context(), file+" of nobody", to))
}

func TestAnotherProgramWrites(t *testing.T) {
	file := newFile(t)
	store := open(t, file)
	event := create(t, store, concert).ID
	other, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate")
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = update(t, store, time.Time{}, domain.Book{EventID: event, Person: person(t, "somebody")})
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	require.ErrorContains(t, err, "another program is writing")
	require.NoError(t, tx.Rollback())
	book(t, store, event, 1)
}

func TestFilesAreForTheServersUserOnly(t *testing.T) {
	file, _ := made(t, 0)
	store := open(t, file)
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, sqlite.Backup(t.Context(), file, to))
	require.NoError(t, store.Ready(t.Context()))
	for _, name := range []string{file, file + "-wal", file + ".lock", to} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}
