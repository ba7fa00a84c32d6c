package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/rs/zerolog"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

const (
	pingTimeout = 5 * time.Second
	// retryDelay is how long to wait before a database that is away is asked again.
	retryDelay = time.Second
	// patience is how long a migration goes on before somebody is told.
	patience = 2 * time.Second
)

// errAway says that the database can't be asked.
var errAway = errors.New("the database can't be reached")

// serveMySQL serves from MySQL. A schema that doesn't fit and an address that is
// wrong are refused; while the database is away nobody can tell, so the server
// runs, is not ready, and looks once the database is there.
func (c serveCommand) serveMySQL(ctx context.Context, env environment, logger zerolog.Logger, keys *apikey.Keys) (err error) {
	// A transaction for each command is to be the plain way, as others go it.
	store, err := openStore(mysql.Config{DSN: string(c.MySQLDSN), Isolation: string(c.Isolation), LockFirst: c.MaxBatch == 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	err = c.prepare(ctx, logger, store)
	if !errors.Is(err, errAway) {
		if err != nil {
			return err
		}
		return c.serve(ctx, env, logger, keys, store)
	}

	logger.Warn().Err(err).Msg("not ready until the database is there")
	ctx, cancel := context.WithCancel(ctx)
	prepared := make(chan error)
	go func() {
		err := c.prepareOnceThere(ctx, logger, store)
		if err != nil {
			cancel()
		}
		prepared <- err
	}()
	err = c.serve(ctx, env, logger, keys, store)
	cancel()
	return errors.Join(err, <-prepared)
}

func openStore(config mysql.Config) (*mysql.Store, error) {
	store, err := mysql.Open(config)
	if err != nil {
		return nil, usageError{error: fmt.Errorf("--mysql-dsn (or BOXOFFICE_MYSQL_DSN): %w", err)}
	}
	return store, nil
}

// prepareOnceThere returns when the schema is right or was found to be wrong,
// or nil when the context ends.
func (c serveCommand) prepareOnceThere(ctx context.Context, logger zerolog.Logger, store *mysql.Store) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retryDelay):
		}
		err := c.prepare(ctx, logger, store)
		if err == nil {
			logger.Info().Msg("the database is there")
		}
		if !errors.Is(err, errAway) {
			return err
		}
	}
}

// prepare checks the schema, or brings it up to date if that is wished.
func (c serveCommand) prepare(ctx context.Context, logger zerolog.Logger, store *mysql.Store) error {
	db := store.DB()
	if err := ping(ctx, db); err != nil {
		return err
	}
	var err error
	if c.Migrate {
		stop := sayIfSlow(func(words string) { logger.Warn().Msg(words) })
		_, err = mysqlschema.Up(ctx, db)
		stop()
	} else {
		err = mysqlschema.Check(ctx, db)
	}
	if err != nil {
		// It may have gone away meanwhile; then this says nothing about the schema.
		if away := ping(ctx, db); away != nil {
			return away
		}
	}
	switch {
	case mysql.IsShardAway(err):
		return fmt.Errorf("%w: %w", errAway, err)
	case err == nil:
		c.sayIfVitess(ctx, logger, store)
	}
	return err
}

// sayIfVitess says what was chosen for a database that is Vitess.
func (c serveCommand) sayIfVitess(ctx context.Context, logger zerolog.Logger, store *mysql.Store) {
	shards, err := store.Shards(ctx)
	if err != nil || len(shards) == 0 { // readiness tells of an error
		return
	}
	isolation := cmp.Or(c.Isolation, mysql.ServerIsolation)
	logger.Info().Strs("shards", slices.Sorted(maps.Keys(shards))).Str("isolation", string(isolation)).
		Msg("the database is Vitess: a transaction is on one shard, and each shard has lanes of its own")
	if isolation != mysql.ServerIsolation {
		logger.Warn().Msg("vtgate asks its first shard for every connection that has an isolation, so that none can be made while that is away;" +
			" leave --isolation (or BOXOFFICE_ISOLATION) away")
	}
}

// sayIfSlow says something if a migration has not ended, and stopped, soon.
func sayIfSlow(say func(words string)) (stop func() bool) {
	return time.AfterFunc(patience, func() {
		say("the migration goes on; it may be waiting for another one, or for a lock of somebody else: in MySQL, SHOW PROCESSLIST tells")
	}).Stop
}

func ping(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	switch err := db.PingContext(ctx); {
	case err == nil:
		return nil
	case mayPass(err):
		return fmt.Errorf("%w: %w", errAway, err)
	default:
		return fmt.Errorf("the database refuses what --mysql-dsn (or BOXOFFICE_MYSQL_DSN) says, and waiting won't mend that: %w", err)
	}
}

// passing are the server's refusals that end without anybody changing a setting.
var passing = []uint16{
	1040, // too many connections
	1053, // server shutdown in progress
	1077, // server is shutting down normally
	1079, // server shutdown complete
	1152, // aborted connection
	1158, // errors in reading and writing packets
	1159,
	1160,
	1161,
	1203, // the user has too many connections
	1205, // lock wait timeout
	1226, // the user exceeded a resource
	1317, // the query was interrupted
	1927, // the connection was killed
	3032, // offline mode
	3168, // the server isn't available
	3169, // the session was killed
}

// mayPass reports whether a connection that failed may succeed later, with the
// same address. A server that says anything else than that it has no time means
// the address: the user, the password, the database, or a parameter.
func mayPass(err error) bool {
	if mysql.IsShardAway(err) {
		return true
	}
	if refused, is := errors.AsType[*driver.MySQLError](err); is {
		return slices.Contains(passing, refused.Number)
	}
	mistaken := errors.As(err, new(*tls.CertificateVerificationError))
	for _, mistake := range []error{
		driver.ErrNoTLS, driver.ErrCleartextPassword, driver.ErrNativePassword, driver.ErrOldPassword, driver.ErrUnknownPlugin,
	} {
		mistaken = mistaken || errors.Is(err, mistake)
	}
	return !mistaken
}
