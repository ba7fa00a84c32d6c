package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/schema/migration"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
	sqliteschema "github.com/boxoffice-go/boxoffice/schema/sqlite"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all migrations that are missing."`
	Down   migrateDown   `cmd:"" help:"Take the latest migration back, with all data of what it made. Asks first."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

// schema is how the tables of a database are changed.
type schema struct {
	up, status func(context.Context, *sql.DB) ([]migration.Migration, error)
	down       func(context.Context, *sql.DB) (*migration.Migration, error)
}

var (
	mysqlMigrations  = schema{up: mysqlschema.Up, status: mysqlschema.Status, down: mysqlschema.Down}
	sqliteMigrations = schema{up: sqliteschema.Up, status: sqliteschema.Status, down: sqliteschema.Down}
)

// with opens the database, or a file that is there and that no server has.
func (s storage) with(ctx context.Context, do func(context.Context, *sql.DB, schema) error) (err error) {
	if err := s.check(); err != nil {
		return usageError{error: err}
	}
	switch s.where() {
	case storeMySQL:
		store, err := openStore(mysql.Config{DSN: string(s.MySQLDSN)})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		if err := ping(ctx, store.DB()); err != nil {
			return err
		}
		return do(ctx, store.DB(), mysqlMigrations)
	case storeSQLite:
		if _, err := os.Stat(s.file()); err != nil {
			return fmt.Errorf("--sqlite-file (or BOXOFFICE_SQLITE_FILE): %w; a server makes it, and --mysql-dsn names a MySQL database instead", err)
		}
		return sqlite.Maintain(ctx, s.file(), func(ctx context.Context, db *sql.DB) error { return do(ctx, db, sqliteMigrations) })
	default:
		return usageError{error: errors.New("--store memory has no schema")}
	}
}

type migrateUp struct{ storage }

// Run applies all migrations that are missing.
func (c migrateUp) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(ctx context.Context, db *sql.DB, its schema) error {
		defer sayIfSlow(func(words string) { fmt.Fprintln(std.stderr, words) })()
		applied, err := its.up(ctx, db)
		for _, m := range applied {
			fmt.Fprintln(std.stdout, "applied", m.Name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Fprintln(std.stdout, "the schema is up to date")
		}
		return err
	})
}

type migrateDown struct {
	storage
	Yes bool `help:"Do it without asking. Needed where nobody can answer."`
}

// Run takes the latest migration back.
func (c migrateDown) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(ctx context.Context, db *sql.DB, its schema) error {
		migrations, err := its.status(ctx, db)
		if err != nil {
			return err
		}
		var back *migration.Migration
		for _, m := range slices.Backward(migrations) {
			if !m.Applied {
				continue
			}
			if err := c.confirm(m, std); err != nil {
				return err
			}
			defer sayIfSlow(func(words string) { fmt.Fprintln(std.stderr, words) })()
			if back, err = its.down(ctx, db); err != nil {
				return err
			}
			break
		}
		if back == nil {
			fmt.Fprintln(std.stdout, "there is no migration to take back")
			return nil
		}
		fmt.Fprintln(std.stdout, "took back", back.Name)
		return nil
	})
}

// confirm asks whether data may be deleted, unless that was said. Where nobody
// can answer, the answer is no.
func (c migrateDown) confirm(m migration.Migration, std streams) error {
	if c.Yes {
		return nil
	}
	what := fmt.Sprintf("takes %s back, with all data of what it made in %s", m.Name, c.place())
	if !isTerminal(std.stdin) {
		return usageError{error: fmt.Errorf("migrate down %s; say --yes if that is meant", what)}
	}
	return ask(std, "This "+what+". Type yes if that is meant: ")
}

// ask returns nil if the answer is yes.
func ask(std streams, question string) error {
	fmt.Fprint(std.stderr, question)
	answer, err := bufio.NewReader(std.stdin).ReadString('\n')
	if err != nil || strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

type migrateStatus struct{ storage }

// Run lists the migrations.
func (c migrateStatus) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(ctx context.Context, db *sql.DB, its schema) error {
		migrations, err := its.status(ctx, db)
		for _, m := range migrations {
			state := "missing"
			if m.Applied {
				state = "applied"
			}
			fmt.Fprintln(std.stdout, state, m.Name)
		}
		return err
	})
}
