package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all migrations that are missing."`
	Down   migrateDown   `cmd:"" help:"Take the latest migration back, with the data of its table."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

// database is the setting of all commands that only need a database.
type database struct {
	MySQLDSN string `name:"mysql-dsn" required:"" placeholder:"DSN" help:"MySQL database, like user:password@tcp(host:3306)/boxoffice."`
}

func (d database) with(do func(*sql.DB) error) (err error) {
	store, err := openStore(mysql.Config{DSN: d.MySQLDSN})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store.DB())
}

type migrateUp struct{ database }

// Run applies all migrations that are missing.
func (c migrateUp) Run(ctx context.Context, out output) error {
	return c.with(func(db *sql.DB) error {
		applied, err := mysqlschema.Up(ctx, db)
		for _, m := range applied {
			fmt.Fprintln(out.stdout, "applied", m.Name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Fprintln(out.stdout, "the schema is up to date")
		}
		return err
	})
}

type migrateDown struct{ database }

// Run takes the latest migration back.
func (c migrateDown) Run(ctx context.Context, out output) error {
	return c.with(func(db *sql.DB) error {
		back, err := mysqlschema.Down(ctx, db)
		switch {
		case err != nil:
			return err
		case back == nil:
			fmt.Fprintln(out.stdout, "there is no migration to take back")
		default:
			fmt.Fprintln(out.stdout, "took back", back.Name)
		}
		return nil
	})
}

type migrateStatus struct{ database }

// Run lists the migrations.
func (c migrateStatus) Run(ctx context.Context, out output) error {
	return c.with(func(db *sql.DB) error {
		migrations, err := mysqlschema.Status(ctx, db)
		for _, m := range migrations {
			state := "missing"
			if m.Applied {
				state = "applied"
			}
			fmt.Fprintln(out.stdout, state, m.Name)
		}
		return err
	})
}
