package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
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

// mount mounts a small file system in memory.
func mount(t *testing.T, size string) (dir string, remount func(options string)) {
	t.Helper()
	dir = t.TempDir()
	run := func(name string, args ...string) ([]byte, error) { return exec.Command(name, args...).CombinedOutput() }
	if out, err := run("mount", "-t", "tmpfs", "-o", "size="+size, "boxoffice-test", dir); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		out, err := run("umount", dir)
		assert.NoError(t, err, "%s", out)
	})
	return dir, func(options string) {
		out, err := run("mount", "-o", "remount,"+options, dir)
		require.NoError(t, err, "%s", out)
	}
}

func TestReadOnlyFile(t *testing.T) {
	dir, remount := mount(t, "16m")
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
	dir, remount := mount(t, "4m")
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
	dir, _ := mount(t, "4m")
	store := open(t, filepath.Join(dir, "boxoffice.db"))
	require.NoError(t, store.Ready(t.Context()))
	_ = os.WriteFile(filepath.Join(dir, "film"), make([]byte, 8<<20), 0o600) // as much of it as there is room for
	require.Eventually(t, func() bool { return store.Ready(t.Context()) != nil }, 10*time.Second, 50*time.Millisecond)
	requireReason(t, store, "the disk is full")
	require.NoError(t, os.Remove(filepath.Join(dir, "film")))
	require.Eventually(t, func() bool { return store.Ready(t.Context()) == nil }, 10*time.Second, 50*time.Millisecond)
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
