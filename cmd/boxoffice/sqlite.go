package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
)

// serveSQLite serves from a file, which it makes or brings up to date. What keeps
// it from that at the start, somebody has to mend.
func (c serveCommand) serveSQLite(ctx context.Context, env environment, logger zerolog.Logger, keys *apikey.Keys) (err error) {
	store, err := sqlite.Open(sqlite.Config{File: c.file()})
	if err != nil {
		return fmt.Errorf("--sqlite-file (or BOXOFFICE_SQLITE_FILE): %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return c.serve(ctx, env, logger, keys, store)
}

type backupCommand struct {
	storage
	To string `arg:"" name:"file" help:"New file, which can be served from like any other."`
}

// Run copies the SQLite file, while a server uses it or not.
func (c backupCommand) Run(ctx context.Context, std streams) error {
	if err := c.check(); err != nil {
		return usageError{error: err}
	}
	if c.where() != storeSQLite {
		return usageError{error: errors.New("backup copies a SQLite file: MySQL has tools of its own, like mysqldump, and memory is not kept")}
	}
	if err := sqlite.Backup(ctx, c.file(), c.To); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.stdout, "copied", c.file(), "to", c.To)
	return err
}
