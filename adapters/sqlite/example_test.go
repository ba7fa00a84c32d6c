package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// An event is created, the store is closed and opened again, and the event is
// there. Then the file is copied, which a running server would not notice.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "boxoffice")
	if err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(dir, "boxoffice.db")

	store, err := sqlite.Open(sqlite.Config{File: file})
	if err != nil {
		log.Fatal(err)
	}
	concert := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 100}}
	creation, err := concert.Decide(domain.Stamp{At: store.Now(), NewID: ports.RandomIDs{}.NewID})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := store.Create(ctx, creation); err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	store, err = sqlite.Open(sqlite.Config{File: file})
	if err != nil {
		log.Fatal(err)
	}
	event, err := store.Event(ctx, creation.Event.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.Name, "has", event.AvailableTickets, "tickets")
	if err := sqlite.Backup(ctx, file, filepath.Join(dir, "backup.db")); err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(store.Close(), os.RemoveAll(dir)); err != nil {
		log.Fatal(err)
	}
	// Output: Concert 2025 has 100 tickets
}
