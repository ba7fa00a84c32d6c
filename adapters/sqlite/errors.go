package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/boxoffice-go/boxoffice/ports"
)

// reasons are SQLite's errors that pass, or that an operator mends: nothing is
// wrong with the statement.
var reasons = map[int]string{
	sqlite3.SQLITE_PERM:     "this user may not use the file",
	sqlite3.SQLITE_BUSY:     "another program is writing to the file",
	sqlite3.SQLITE_LOCKED:   "another program is writing to the file",
	sqlite3.SQLITE_NOMEM:    "there is no memory left",
	sqlite3.SQLITE_READONLY: "the file is read only: let this server's user write to it and to its directory",
	sqlite3.SQLITE_IOERR:    "the disk fails",
	sqlite3.SQLITE_CORRUPT:  "the file is damaged: bring a backup back",
	sqlite3.SQLITE_FULL:     "the disk is full",
	sqlite3.SQLITE_CANTOPEN: "the file can't be opened: its directory must be there, and this server's user must be let in",
	sqlite3.SQLITE_PROTOCOL: "the file can't be locked, as on a network file system: put it on a disk of this machine",
	sqlite3.SQLITE_NOTADB:   "the file is no SQLite database",
}

// codeOf returns SQLite's primary result code of an error, or 0.
func codeOf(err error) int {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return 0
	}
	const primary = 0xff
	return failed.Code() & primary
}

// explain adds to an error of SQLite what is wrong, if that is not the statement.
func explain(err error) error {
	if reason, ok := reasons[codeOf(err)]; ok {
		return fmt.Errorf("%s: %w", reason, err)
	}
	return err
}

// storeError gives an error of the driver its meaning for callers. Nothing may
// have been done when it is used.
func storeError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errClosed), errors.Is(err, errMoved), reasons[codeOf(err)] != "":
		return fmt.Errorf("%w: %w", ports.ErrStoreUnavailable, explain(err))
	default:
		return fmt.Errorf("sqlite: %w", err)
	}
}
