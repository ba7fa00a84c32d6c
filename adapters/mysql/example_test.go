package mysql_test

import (
	"context"
	"log"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/app"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

// The schema is brought up to date, and the store is served from.
func Example() {
	store, err := mysql.Open(mysql.Config{DSN: "root:secret@tcp(127.0.0.1:3306)/boxoffice"})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := mysqlschema.Up(context.Background(), store.DB()); err != nil {
		log.Print(err)
		return
	}
	service := app.New(store, app.DefaultOptions())
	defer service.Close()
}
