package mysqlschema

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// versionTable is goose's own table, with the versions that are applied.
type versionTable struct{ database.Store }

func newVersionTable() (versionTable, error) {
	store, err := database.NewStore(database.DialectMySQL, goose.DefaultTablename)
	return versionTable{store}, err
}

// TableExists asks in a way that vtgate understands: to goose's own question, which
// is one for a SELECT EXISTS, it always says no.
func (t versionTable) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	tables, err := tableNames(ctx, db)
	return tables[t.Tablename()], err
}

// ListMigrations lists the latest version first, as goose wants it. The rows' own ids
// don't tell: each shard counts them for itself.
func (t versionTable) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	all, err := t.Store.ListMigrations(ctx, db)
	slices.SortStableFunc(all, func(a, b *database.ListMigrationsResult) int { return cmp.Compare(b.Version, a.Version) })
	return all, err
}

// addFirstVersion makes goose's own table with the row that goose wants to find
// there. goose would make it too, but before it asks for the lock, and it never
// adds the row if it was interrupted or refused between the two.
func addFirstVersion(ctx context.Context, db *sql.DB) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := (namedLock{}).SessionLock(ctx, conn); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, namedLock{}.SessionUnlock(context.WithoutCancel(ctx), conn)) }()

	store, err := newVersionTable()
	if err != nil {
		return err
	}
	exists, err := store.TableExists(ctx, conn)
	if err != nil {
		return err
	}
	if !exists {
		if err := store.CreateVersionTable(ctx, conn); err != nil {
			return fmt.Errorf("make goose's table: %w", err)
		}
	}
	applied, err := store.ListMigrations(ctx, conn)
	if err != nil || len(applied) > 0 {
		return err
	}
	return store.Insert(ctx, conn, database.InsertRequest{Version: 0})
}
