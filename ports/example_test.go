package ports_test

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// What a batch came to, as a store saves it: each row once, and the journal beside
// it.
func ExampleChangesOf() {
	stamp := domain.Stamp{At: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC), NewID: uuid.New}
	creation, err := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 2}}.Decide(stamp)
	if err != nil {
		fmt.Println(err)
		return
	}
	ada, _ := domain.NewPerson("ada@example.com")
	book := domain.Book{EventID: creation.Event.ID, Person: ada, Quantity: 2}
	commands, events := []domain.Command{book, book}, []domain.Event{creation.Event}
	batch := domain.NewBatch(events)
	for _, need := range domain.NeedsOf(stamp.At, events, commands) {
		batch.Load(need, domain.NewLoaded(need))
	}
	for _, c := range commands {
		if _, err := batch.Decide(c, stamp); err != nil {
			fmt.Println(err)
			return
		}
	}

	changes := ports.ChangesOf(batch)
	for _, b := range changes.Bookings {
		fmt.Println("booking", b.Sequence, b.Status, "new:", b.New, "new tickets:", b.NewTickets)
	}
	journal, err := ports.JournalOf(batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range journal {
		fmt.Println("journal of versions", row.FirstVersion, "to", row.LastVersion)
	}
	// Output:
	// booking 1 BOOKED new: true new tickets: true
	// booking 2 WAITING new: true new tickets: false
	// journal of versions 2 to 3
}
