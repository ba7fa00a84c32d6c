// Package mysqlschema brings a MySQL database to the tables that boxoffice keeps its
// books in, and checks that they are the ones this version needs.
//
//   - events has one row an event: its settings and counts. Whoever changes
//     anything of an event locks this row first.
//   - tickets has one row a ticket. The first ticket of a booking also carries the
//     booking, so that one that never waited has no row of its own.
//   - waitlist has one row for every booking that ever joined a line. A booking
//     waits if it has JOINED and events.last_promoted is before its sequence; one
//     that was promoted is what its tickets say.
//   - waitlist_departures counts what left a line, bookings and tickets, so that a
//     position is found without counting the line.
//   - holds has the bookings that are held, ended_bookings those that had tickets
//     and are over, booking_references those with a reference: each has rows for
//     few bookings, where an index would cost all of them.
//   - idempotency_keys has what accepted commands left under their keys.
//   - journal has what happened to an event, a row for each transaction.
//   - secrets has random keys that all servers share.
//   - webhooks, webhook_cursors and webhook_deliveries are who is told of changes,
//     how far each has been told of each event, and the attempts.
//
// People may report from these tables. All that belongs to an event is keyed by
// the event first, so that an event with all its rows can live on one shard; the
// only index that begins otherwise is by_user, for what a person has or asked for
// on all events. In a cancelled event (events.status) all tickets are cancelled,
// and all bookings that have not expired, since events.cancelled_at, whatever their
// own rows say.
//
// This is the schema of version 0.1. From here on it grows by new migrations only:
// the files of a version that was released never change.
//
// What most new rows have in common are defaults of their columns: what is sent, and
// parsed by vtgate, vttablet and mysqld, is what differs.
//
// The tables need MySQL 8.0.20 or later. MySQL commits a change of a table by
// itself, before goose notes it; so each migration is one statement, which does
// nothing if it is done already. When [Up] was interrupted in between, it is to
// be run again; when [Down] was, [Check] finds the table of the latest one missing,
// and Down is to be run again. Defaults that columns were given are not taken back.
package mysqlschema

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/boxoffice-go/boxoffice/schema/migration"
)

//go:embed migrations/*.sql
var files embed.FS

// The findings of [Check], to compare with errors.Is.
var (
	ErrTooOld = errors.New("the database schema is older than this boxoffice needs; run: boxoffice migrate up")
	ErrTooNew = errors.New("the database schema is newer than this boxoffice knows; run a newer boxoffice")
	// ErrInterrupted says that the latest migration's table is gone, and no other.
	ErrInterrupted = errors.New("the latest migration of the database schema was interrupted on its way down;" +
		" run: boxoffice migrate down, then: boxoffice migrate up")
	// ErrTableMissing says that a table is gone that no migration has taken back.
	ErrTableMissing = errors.New("a table of the database schema is missing; bring it back, or the whole database from a backup")
)

// madeTables are the tables by the version of the migration that makes them. The
// others change some.
var madeTables = map[int64]string{
	1:  "events",
	2:  "tickets",
	3:  "waitlist",
	4:  "waitlist_departures",
	5:  "idempotency_keys",
	6:  "holds",
	7:  "ended_bookings",
	8:  "booking_references",
	9:  "journal",
	10: "secrets",
	11: "webhooks",
	12: "webhook_cursors",
	13: "webhook_deliveries",
}

// Up applies all migrations that are missing and returns them, the first of
// them first. Several may run at once: one works, the others wait and find
// nothing left to do. Refused with [ErrTooNew], [ErrInterrupted] or [ErrTableMissing]; ends with
// [ErrLocked], and what was applied until then, if a table can't be changed.
func Up(ctx context.Context, db *sql.DB) ([]migration.Migration, error) {
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	if err := Check(ctx, db); !errors.Is(err, ErrTooOld) {
		return nil, err
	}
	if err := addFirstVersion(ctx, db); err != nil {
		return nil, fmt.Errorf("migrate up: %w", explainLock(err))
	}
	applied, err := migration.Up(ctx, provider)
	if err != nil {
		return applied, fmt.Errorf("migrate up: %w", explainLock(err))
	}
	return applied, nil
}

// Down takes the latest migration back, with all the data of what it made, and
// returns it; nil if there is none left. A schema of a newer boxoffice is
// refused with [ErrTooNew]: only that knows how to take its migrations back. One
// that has lost other tables is refused with [ErrTableMissing]. Ends with
// [ErrLocked] if the table can't be dropped.
func Down(ctx context.Context, db *sql.DB) (*migration.Migration, error) {
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	if err := Check(ctx, db); err != nil && !errors.Is(err, ErrTooOld) && !errors.Is(err, ErrInterrupted) {
		return nil, err
	}
	if err := addFirstVersion(ctx, db); err != nil {
		return nil, fmt.Errorf("migrate down: %w", explainLock(err))
	}
	back, err := migration.Down(ctx, provider)
	if err != nil {
		return nil, fmt.Errorf("migrate down: %w", explainLock(err))
	}
	return back, nil
}

// Status lists the migrations that this boxoffice knows, the first one first.
// It changes nothing, not even in an empty database.
func Status(ctx context.Context, db *sql.DB) ([]migration.Migration, error) {
	applied, err := appliedVersions(ctx, db)
	if err != nil {
		return nil, err
	}
	return known(db, applied)
}

// Check returns nil if the schema is the one this boxoffice needs; [ErrTooOld],
// [ErrTooNew], [ErrInterrupted] or [ErrTableMissing] if it isn't; and another error
// if the database can't tell. It changes nothing.
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
	tables, err := tableNames(ctx, db)
	if err != nil {
		return err
	}
	latest := int64(0)
	var missing []int64
	for version, is := range applied {
		if !is {
			continue
		}
		latest = max(latest, version)
		if table, made := madeTables[version]; made && !tables[table] {
			missing = append(missing, version)
		}
	}
	switch {
	case len(missing) == 1 && missing[0] == latest:
		return ErrInterrupted
	case len(missing) > 0:
		return ErrTableMissing
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
	store, err := newVersionTable()
	if err != nil {
		return nil, err
	}
	return migration.NewProvider(goose.DialectCustom, db, files, goose.WithStore(store), goose.WithSessionLocker(namedLock{}))
}

// appliedVersions reads goose's own table, if it is there.
func appliedVersions(ctx context.Context, db *sql.DB) (map[int64]bool, error) {
	tables, err := tableNames(ctx, db)
	if err != nil || !tables[goose.DefaultTablename] {
		return nil, err
	}
	reading, cancel := context.WithTimeout(ctx, tableTimeout)
	defer cancel()
	applied, err := migration.Versions(reading, goose.DialectMySQL, db)
	if err != nil && reading.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("read the schema's version: %w", ErrLocked)
	}
	return applied, err
}

func tableNames(ctx context.Context, db database.DBTxConn) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
	if err != nil {
		return nil, fmt.Errorf("read the schema's tables: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err tells what went wrong
	names := make(map[string]bool)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read the schema's tables: %w", err)
		}
		names[name] = true
	}
	return names, rows.Err()
}
