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
// tickets are cancelled, and all bookings that have not expired, since
// events.cancelled_at, whatever their own rows say.
//
// This is the schema of version 0.1. From here on it grows by new migrations only:
// the files of a version that was released never change.
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

	"github.com/pressly/goose/v3"

	"github.com/boxoffice-go/boxoffice/schema/migration"
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

// Up applies all migrations that are missing, each in a transaction, and returns
// them, the first of them first. Refused with [ErrTooNew] or [ErrForeign].
func Up(ctx context.Context, db *sql.DB) ([]migration.Migration, error) {
	if err := Check(ctx, db); !errors.Is(err, ErrTooOld) {
		return nil, err
	}
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	applied, err := migration.Up(ctx, provider)
	if err != nil {
		return applied, fmt.Errorf("migrate up: %w", err)
	}
	return applied, nil
}

// Down takes the latest migration back, with all the data of what it made, and
// returns it; nil if there is none left. Refused with [ErrTooNew] (only a newer
// boxoffice knows how to take its migrations back) or [ErrForeign].
func Down(ctx context.Context, db *sql.DB) (*migration.Migration, error) {
	if err := Check(ctx, db); err != nil && !errors.Is(err, ErrTooOld) {
		return nil, err
	}
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	back, err := migration.Down(ctx, provider)
	if err != nil {
		return nil, fmt.Errorf("migrate down: %w", err)
	}
	return back, nil
}

// Status lists the migrations that this boxoffice knows, the first one first.
// It changes nothing.
func Status(ctx context.Context, db *sql.DB) ([]migration.Migration, error) {
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
	if migration.IsTooNew(migrations, applied) {
		return ErrTooNew
	}
	if migration.IsTooOld(migrations) {
		return ErrTooOld
	}
	return nil
}

func known(db *sql.DB, applied map[int64]bool) ([]migration.Migration, error) {
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	return migration.Known(provider, applied), nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	return migration.NewProvider(goose.DialectSQLite3, db, files)
}

// appliedVersions reads goose's own table, if it is there.
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
	return migration.Versions(ctx, goose.DialectSQLite3, db)
}
