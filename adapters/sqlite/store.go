package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/boxoffice-go/boxoffice/ports"
	sqliteschema "github.com/boxoffice-go/boxoffice/schema/sqlite"
)

var _ ports.Store = (*Store)(nil)

// Config is what a store needs to know.
type Config struct {
	File string // is made if it is missing; its directory must be there
}

// ErrInUse says that another server, or another store of this one, has the file.
var ErrInUse = errors.New("another server is using the file; stop that one, or name another file")

var (
	errClosed = errors.New("the store is closed")
	errMoved  = errors.New("the file was deleted, moved or replaced while it was in use; start the server again")
)

const (
	// busyTimeout is how long a statement waits for another program, such as
	// somebody's SQLite shell, in milliseconds.
	busyTimeout = 2000
	// Sizes of a connection's cache in KiB: the one that writes touches a page of
	// the people's indexes for nearly every booking.
	writerCache = 64 << 10
	readerCache = 8 << 10
)

// Store keeps events in a SQLite file. Make one with [Open].
type Store struct {
	ports.SystemClock

	file    string
	sideCar *os.File
	parts   []filePart

	writing chan struct{} // has room for who writes
	writer  *connection
	writes  *sql.DB // one connection
	reads   *sql.DB
	readers chan *connection // that nobody uses
	opened  int              // readers
	traces  bool             // of people who were erased may be in the log; for who writes
	ready   readiness

	closing sync.Once
	closed  chan struct{}
}

// filePart is one of the files that SQLite has open, as it was found.
type filePart struct {
	name string
	info os.FileInfo
}

// Open makes the file if it is missing, brings its schema up to date, and returns
// a store on it. Refused with [ErrInUse], with the errors of package sqliteschema,
// and where the file can't be used; the error says why.
func Open(config Config) (*Store, error) {
	file, err := resolve(config.File)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	s := &Store{
		file:    file,
		writing: make(chan struct{}, 1),
		readers: make(chan *connection, max(4, 2*runtime.GOMAXPROCS(0))),
		closed:  make(chan struct{}),
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", config.File, explain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if s.sideCar, err = lock(s.file); err != nil {
		return err
	}
	if err := makePrivate(s.file); err != nil {
		return err
	}
	if s.writes, err = openWriting(s.file); err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := sqliteschema.Up(ctx, s.writes); err != nil {
		return err
	}
	if s.writer, err = newConnection(ctx, s.writes); err != nil {
		return err
	}
	if err := s.probe(); err != nil {
		return err
	}
	if s.reads, err = openPool(s.file, reading, cap(s.readers)); err != nil {
		return err
	}
	for range cap(s.readers) {
		reader, err := newConnection(ctx, s.reads)
		if err != nil {
			return err
		}
		s.readers <- reader
		s.opened++
	}
	// SQLite has all its files by now, and keeps them until it is closed.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(s.file + suffix)
		if err != nil {
			return err
		}
		s.parts = append(s.parts, filePart{s.file + suffix, info})
	}
	return nil
}

// resolve finds the file itself, which has the same name for all who use it.
func resolve(file string) (string, error) {
	if file == "" {
		return "", errors.New("a store needs the name of a file")
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return absolute, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file, but a directory or a device; name a file", file)
	}
	return filepath.EvalSymlinks(absolute)
}

// makePrivate makes a file for this user only, unless there is one: it has names
// and secrets. SQLite gives the files beside it the same rights.
func makePrivate(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return f.Close()
}

const (
	writing = "mode=rwc&_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=secure_delete(on)"
	reading = "mode=ro&_query_only=1"
)

// openWriting opens the connection that writes.
func openWriting(file string) (*sql.DB, error) {
	db, err := openPool(file, writing, 1)
	if err != nil {
		return nil, err
	}
	var mode string
	if err := db.QueryRowContext(context.Background(), "PRAGMA journal_mode").Scan(&mode); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if mode != "wal" {
		err := fmt.Errorf("SQLite can't keep a write-ahead log here but only %q, as on a network file system: put the file on a disk of this machine", mode)
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openPool(file, how string, connections int) (*sql.DB, error) {
	cache := readerCache
	if how == writing {
		cache = writerCache
	}
	name := (&url.URL{Scheme: "file", Path: file}).String()
	connector, err := sqlite.NewConnector(fmt.Sprintf("%s?%s&_busy_timeout=%d&_pragma=cache_size(-%d)&_dqs=0", name, how, busyTimeout, cache))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// Pools returns the pools of connections by what they are for, to be measured.
// There is no pool to write: one connection does.
func (s *Store) Pools() map[string]*sql.DB { return map[string]*sql.DB{"reads": s.reads} }

// unmoved returns an error if the file isn't the one that is open: what would be
// written to that, nobody would ever find.
func (s *Store) unmoved() error {
	for _, part := range s.parts {
		switch info, err := os.Stat(part.name); {
		case errors.Is(err, os.ErrNotExist), err == nil && !os.SameFile(info, part.info):
			return errMoved
		case err != nil:
			return err
		}
	}
	return nil
}

// Close waits for those who write and read, and closes the file. All that is written is in
// the file itself then.
func (s *Store) Close() error {
	var errs []error
	s.closing.Do(func() {
		close(s.closed)
		s.writing <- struct{}{} // and nobody writes any more
		if s.writer != nil {
			errs = append(errs, s.writer.close())
		}
		errs = append(errs, s.closeReaders())
		for _, db := range []*sql.DB{s.reads, s.writes} {
			if db != nil {
				errs = append(errs, db.Close())
			}
		}
		if s.sideCar != nil {
			errs = append(errs, s.sideCar.Close())
		}
	})
	return errors.Join(errs...)
}

// closeReaders waits for who is reading.
func (s *Store) closeReaders() error {
	var errs []error
	for range s.opened {
		errs = append(errs, (<-s.readers).close())
	}
	return errors.Join(errs...)
}

// Maintain opens a file that no server has, as it is, and lets somebody work on
// it: for migrations. Refused with [ErrInUse].
func Maintain(ctx context.Context, file string, work func(ctx context.Context, db *sql.DB) error) error {
	resolved, err := resolve(file)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	sideCar, err := lock(resolved)
	if err != nil {
		return fmt.Errorf("sqlite: open %s: %w", file, err)
	}
	defer func() { _ = sideCar.Close() }() // nothing was written to it
	db, err := openWriting(resolved)
	if err != nil {
		return fmt.Errorf("sqlite: open %s: %w", file, explain(err))
	}
	return errors.Join(explain(work(ctx, db)), db.Close())
}

// micros is a time as it is kept, or none.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// moment is a time that is read, or none.
type moment struct{ *time.Time }

// Scan implements [sql.Scanner].
func (m moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.Time = time.Time{}
	case int64:
		*m.Time = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time is kept as a number, not as %T", value)
	}
	return nil
}

// orNull keeps an empty text as none.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
