package memory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/system"
	"github.com/boxoffice-go/boxoffice/domain"
)

// An event is created, somebody books, and the event is read again. What a
// command needs is always asked of the domain, though a plain booking needs
// nothing beyond the event itself.
func Example() {
	ctx := context.Background()
	store, clock, ids := memory.New(), system.Clock{}, system.IDs{}

	concert := domain.NewEvent{Name: "Concert 2025", TotalTickets: 100}
	if err := concert.Validate(); err != nil {
		log.Fatal(err)
	}
	id := domain.EventID{UUID: ids.NewID()}
	if _, err := store.Create(ctx, concert.Event(id, clock.Now()), domain.IdempotencyKey{}); err != nil {
		log.Fatal(err)
	}

	ada, err := domain.NewPerson("ada@example.com")
	if err != nil {
		log.Fatal(err)
	}
	book := domain.Book{EventID: id, Person: ada, Quantity: 2}
	if err := book.Validate(); err != nil {
		log.Fatal(err)
	}
	need := func(events []domain.Event) []domain.Need {
		return domain.NeedsOf(events, []domain.Command{book})
	}
	var booking domain.Booking
	err = store.Update(ctx, []domain.EventID{id}, need, func(batch *domain.Batch) (err error) {
		booking, err = batch.Book(book, domain.Stamp{At: clock.Now(), NewID: ids.NewID})
		return err
	})
	if err != nil {
		log.Fatal(err) // or tell the caller why it was refused
	}

	event, err := store.Event(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.Status, len(booking.Tickets), "tickets,", event.AvailableTickets, "are left")
	// Output: BOOKED 2 tickets, 98 are left
}
