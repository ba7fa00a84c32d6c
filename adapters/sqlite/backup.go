package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup copies a store's file, as it is at one moment, into a new one, while a
// server uses it, in this process or another. The copy is complete in one file,
// has no traces of what was deleted, and can be opened like any other. Refused
// with [fs.ErrExist] if there is a file of that name. When ctx is done, or the
// disk is full, nothing is left of the copy.
func Backup(ctx context.Context, file, to string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("sqlite: back up %s: %w", file, explain(err))
		}
	}()
	from, err := resolve(file)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%w: %s; name a new one", fs.ErrExist, to))
	}
	db, err := openPool(from, "mode=ro", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	// A copy that isn't whole must not look like one.
	unfinished := to + ".unfinished"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() { _ = os.Remove(unfinished) }() // after a success it is gone
	if err := makePrivate(unfinished); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", unfinished); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	if err := syncFile(unfinished); err != nil {
		return err
	}
	return os.Rename(unfinished, to)
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
