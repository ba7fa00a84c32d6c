// Package sqliteschema brings a SQLite file to the tables that boxoffice keeps its
// books in, and checks that they are the ones this version needs.
//
//   - events has one row an event: its settings and counts.
//   - bookings has one row a booking, and tickets one a ticket. Both are kept in
//     the order of acceptance within their event, so that new rows append.
//   - line_departures counts those who left a line, so that a position is found
//     without counting the line.
//   - idempotency_keys has what accepted commands left under their keys.
//   - journal has one row an event and transaction.
//   - webhooks has who is told of changes, webhook_cursors how far they are, and
//     webhook_deliveries what was tried; no bodies.
//   - secrets has what the server keeps to itself, and ready is written to see
//     whether anything can be.
//
// People may report from these tables. In a cancelled event (events.status) all
// tickets are cancelled, and all bookings that have not expired, whatever their
// own rows say.
//
// goose has no lock for SQLite: whoever calls [Up] or [Down] keeps all others
// away from the file.
package sqliteschema

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/*.sql
var files embed.FS

// The findings of [Check], to compare with errors.Is.
var (
	ErrTooOld = errors.New("the schema of the file is older than this boxoffice needs; run: boxoffice migrate up")
	ErrTooNew = errors.New("the schema of the file is newer than this boxoffice knows; run a newer boxoffice")
	// ErrForeign says that somebody else's tables are in the file.
	ErrForeign = errors.New("the file is a SQLite database of something else than boxoffice; name another file")
)

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string // of its file
	Applied bool
}

// Up applies all migrations that are missing, each in a transaction, and returns
// them, the first of them first. Refused with [ErrTooNew] or [ErrForeign].
func Up(ctx context.Context, db *sql.DB) ([]Migration, error) {
	if err := Check(ctx, db); !errors.Is(err, ErrTooOld) {
		return nil, err
	}
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if partly := new(goose.PartialError); errors.As(err, &partly) {
		results = partly.Applied
	}
	var applied []Migration
	for _, r := range results {
		applied = append(applied, migrationOf(r.Source, true))
	}
	if err != nil {
		return applied, fmt.Errorf("migrate up: %w", err)
	}
	return applied, nil
}

// Down takes the latest migration back, with all the data of its tables, and
// returns it; nil if there is none left. Refused with [ErrTooNew] (only a newer
// boxoffice knows how to take its migrations back) or [ErrForeign].
func Down(ctx context.Context, db *sql.DB) (*Migration, error) {
	if err := Check(ctx, db); err != nil && !errors.Is(err, ErrTooOld) {
		return nil, err
	}
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	result, err := provider.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrate down: %w", err)
	}
	back := migrationOf(result.Source, false)
	return &back, nil
}

// Status lists the migrations that this boxoffice knows, the first one first.
// It changes nothing.
func Status(ctx context.Context, db *sql.DB) ([]Migration, error) {
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return nil, err
	}
	return known(db, applied)
}

// Check returns nil if the schema is the one this boxoffice needs; [ErrTooOld],
// [ErrTooNew] or [ErrForeign] if it isn't; and another error if the file can't
// tell. It changes nothing.
func Check(ctx context.Context, db *sql.DB) error {
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return err
	}
	migrations, err := known(db, applied)
	if err != nil {
		return err
	}
	latest := migrations[len(migrations)-1].Version
	for version := range applied {
		if version > latest {
			return ErrTooNew
		}
	}
	for _, m := range migrations {
		if !m.Applied {
			return ErrTooOld
		}
	}
	return nil
}

func known(db *sql.DB, applied map[int64]bool) ([]Migration, error) {
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, source := range provider.ListSources() {
		all = append(all, migrationOf(source, applied[source.Version]))
	}
	return all, nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, migrations, goose.WithDisableGlobalRegistry(true))
}

func migrationOf(s *goose.Source, applied bool) Migration {
	return Migration{Version: s.Version, Name: path.Base(s.Path), Applied: applied}
}

// appliedVersions reads goose's own table. The provider's methods would create
// that table where it is missing, which a check must not.
func appliedVersions(ctx context.Context, db *sql.DB) (map[int64]bool, error) {
	var tables, gooses int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*), COUNT(CASE name WHEN ? THEN 1 END) FROM sqlite_schema WHERE type = 'table'",
		goose.DefaultTablename).Scan(&tables, &gooses)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the schema: %w", err)
	case tables == 0:
		return nil, nil
	case gooses == 0:
		return nil, ErrForeign
	}
	store, err := database.NewStore(database.DialectSQLite3, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	rows, err := store.ListMigrations(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	applied := make(map[int64]bool, len(rows))
	for _, r := range rows {
		applied[r.Version] = r.IsApplied
	}
	return applied, nil
}
