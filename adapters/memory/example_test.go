package memory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// An event is created, somebody books, and the event is read again. What a
// command needs is always asked of the domain, though a plain booking needs
// nothing beyond the event itself.
func Example() {
	ctx := context.Background()
	store := memory.New()
	stamp := func() domain.Stamp { return domain.Stamp{At: store.Now(), NewID: ports.RandomIDs{}.NewID} }

	concert := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 100}}
	creation, err := concert.Decide(stamp())
	if err != nil {
		log.Fatal(err)
	}
	event, err := store.Create(ctx, creation)
	if err != nil {
		log.Fatal(err)
	}

	ada, err := domain.NewPerson("ada@example.com")
	if err != nil {
		log.Fatal(err)
	}
	book := domain.Book{EventID: event.ID, Person: ada, Quantity: 2}
	var now domain.Stamp
	need := func(events []domain.Event) []domain.Need {
		now = stamp() // one and the same for what is needed and for what is decided
		return domain.NeedsOf(now.At, events, []domain.Command{book})
	}
	var result domain.Result
	err = store.Update(ctx, []domain.EventID{event.ID}, need, func(batch *domain.Batch) (err error) {
		result, err = batch.Decide(book, now)
		return err
	})
	if err != nil {
		log.Fatal(err) // or tell the caller why it was refused
	}

	event, err = store.Event(ctx, event.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Booking.Status, len(result.Booking.Tickets), "tickets,", event.AvailableTickets, "are left")
	// Output: BOOKED 2 tickets, 98 are left
}
