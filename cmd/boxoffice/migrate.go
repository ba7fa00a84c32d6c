package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all migrations that are missing."`
	Down   migrateDown   `cmd:"" help:"Take the latest migration back, with the data of its table. Asks first."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

// database is the setting of all commands that only need a database.
type database struct {
	MySQLDSN nonEmpty `name:"mysql-dsn" required:"" placeholder:"DSN" help:"MySQL database, like user:password@tcp(host:3306)/boxoffice."`
}

func (d database) with(ctx context.Context, do func(*sql.DB) error) (err error) {
	store, err := openStore(mysql.Config{DSN: string(d.MySQLDSN)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := ping(ctx, store.DB()); err != nil {
		return err
	}
	return do(store.DB())
}

type migrateUp struct{ database }

// Run applies all migrations that are missing.
func (c migrateUp) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(db *sql.DB) error {
		defer sayIfSlow(func(words string) { fmt.Fprintln(std.stderr, words) })()
		applied, err := mysqlschema.Up(ctx, db)
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
	database
	Yes bool `help:"Do it without asking. Needed where nobody can answer."`
}

// Run takes the latest migration back.
func (c migrateDown) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(db *sql.DB) error {
		migrations, err := mysqlschema.Status(ctx, db)
		if err != nil {
			return err
		}
		var back *mysqlschema.Migration
		for _, m := range slices.Backward(migrations) {
			if !m.Applied {
				continue
			}
			if err := c.confirm(m, std); err != nil {
				return err
			}
			defer sayIfSlow(func(words string) { fmt.Fprintln(std.stderr, words) })()
			if back, err = mysqlschema.Down(ctx, db); err != nil {
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
func (c migrateDown) confirm(m mysqlschema.Migration, std streams) error {
	if c.Yes {
		return nil
	}
	address, err := driver.ParseDSN(string(c.MySQLDSN))
	if err != nil {
		return err
	}
	what := fmt.Sprintf("deletes the table of %s with all its data from the database %s at %s", m.Name, address.DBName, address.Addr)
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

type migrateStatus struct{ database }

// Run lists the migrations.
func (c migrateStatus) Run(ctx context.Context, std streams) error {
	return c.with(ctx, func(db *sql.DB) error {
		migrations, err := mysqlschema.Status(ctx, db)
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
