// Package migration is what the schemas of all databases have in common: the
// steps that goose takes, and what is known of them before it takes one.
package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Migration is one step of a schema.
type Migration struct {
	Version int64
	Name    string // of its file
	Applied bool
}

func of(s *goose.Source, applied bool) Migration {
	return Migration{Version: s.Version, Name: path.Base(s.Path), Applied: applied}
}

// NewProvider returns the provider of the migrations in the folder of that name.
func NewProvider(dialect goose.Dialect, db *sql.DB, files fs.FS, options ...goose.ProviderOption) (*goose.Provider, error) {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db, migrations, append(options, goose.WithDisableGlobalRegistry(true))...)
}

// Up applies all migrations that are missing and returns them, the first of them
// first; with an error, those that were applied before it.
func Up(ctx context.Context, provider *goose.Provider) ([]Migration, error) {
	results, err := provider.Up(ctx)
	if partly := new(goose.PartialError); errors.As(err, &partly) {
		results = partly.Applied
	}
	var applied []Migration
	for _, r := range results {
		applied = append(applied, of(r.Source, true))
	}
	return applied, err
}

// Down takes the latest migration back and returns it; nil if there is none left.
func Down(ctx context.Context, provider *goose.Provider) (*Migration, error) {
	result, err := provider.Down(ctx)
	switch {
	case errors.Is(err, goose.ErrNoNextVersion):
		return nil, nil
	case err != nil:
		return nil, err
	}
	back := of(result.Source, false)
	return &back, nil
}

// Versions tells which versions goose has noted as applied, from its own table,
// which has to be there. The provider's methods would create that table, which a
// check must not.
func Versions(ctx context.Context, dialect goose.Dialect, db *sql.DB) (map[int64]bool, error) {
	store, err := database.NewStore(dialect, goose.DefaultTablename)
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

// Known lists the migrations that a provider knows, the first one first.
func Known(provider *goose.Provider, applied map[int64]bool) []Migration {
	var all []Migration
	for _, source := range provider.ListSources() {
		all = append(all, of(source, applied[source.Version]))
	}
	return all
}

// IsTooOld says whether one of the known migrations is missing.
func IsTooOld(known []Migration) bool {
	return slices.ContainsFunc(known, func(m Migration) bool { return !m.Applied })
}

// IsTooNew says whether there is a version after those that are known.
func IsTooNew(known []Migration, applied map[int64]bool) bool {
	latest := known[len(known)-1].Version
	for version := range applied {
		if version > latest {
			return true
		}
	}
	return false
}
