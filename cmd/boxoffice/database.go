package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/schema"
)

const (
	pingTimeout = 5 * time.Second
	// retryDelay is how long to wait before a database that is away is asked again.
	retryDelay = time.Second
	// gcPercent is how much garbage there may be for what is in use. Over MySQL
	// that is a few megabytes, whatever the database holds, and Go's own 100
	// would look through them dozens of times a second.
	gcPercent = 400
)

// errAway says that the database can't be asked.
var errAway = errors.New("the database can't be reached")

// serveMySQL serves from MySQL. A schema that doesn't fit is refused; while the
// database is away nobody can tell, so the server runs, is not ready, and looks
// at the schema once the database is there.
func (c serveCommand) serveMySQL(ctx context.Context, logger zerolog.Logger, keys *apikey.Keys) (err error) {
	if c.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// A transaction for each command is to be the plain way, as others go it.
	store, err := openStore(mysql.Config{DSN: c.MySQLDSN, Isolation: c.Isolation, LockFirst: c.MaxBatch == 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	err = c.prepare(ctx, store.DB())
	if !errors.Is(err, errAway) {
		if err != nil {
			return err
		}
		return c.serve(ctx, logger, keys, store)
	}

	logger.Warn().Err(err).Msg("not ready until the database is there")
	ctx, cancel := context.WithCancel(ctx)
	prepared := make(chan error)
	go func() {
		err := c.prepareOnceThere(ctx, logger, store.DB())
		if err != nil {
			cancel()
		}
		prepared <- err
	}()
	err = c.serve(ctx, logger, keys, store)
	cancel()
	return errors.Join(err, <-prepared)
}

func openStore(config mysql.Config) (*mysql.Store, error) {
	store, err := mysql.Open(config)
	if err != nil {
		return nil, usageError{fmt.Errorf("--mysql-dsn: %w", err)}
	}
	return store, nil
}

// prepareOnceThere returns when the schema is right or was found to be wrong,
// or nil when the context ends.
func (c serveCommand) prepareOnceThere(ctx context.Context, logger zerolog.Logger, db *sql.DB) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retryDelay):
		}
		err := c.prepare(ctx, db)
		if err == nil {
			logger.Info().Msg("the database is there")
		}
		if !errors.Is(err, errAway) {
			return err
		}
	}
}

// prepare checks the schema, or brings it up to date if that is wished.
func (c serveCommand) prepare(ctx context.Context, db *sql.DB) error {
	if err := ping(ctx, db); err != nil {
		return err
	}
	var err error
	if c.Migrate {
		_, err = schema.Up(ctx, db)
	} else {
		err = schema.Check(ctx, db)
	}
	if err != nil {
		// It may have gone away meanwhile; then this says nothing about the schema.
		if away := ping(ctx, db); away != nil {
			return away
		}
	}
	return err
}

func ping(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	return nil
}
