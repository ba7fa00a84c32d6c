package app_test

import (
	"context"
	"fmt"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// A service over the in-memory store: all that a test of a program that sells
// tickets needs.
func Example() {
	ctx := context.Background()
	service := app.New(memory.New(), app.Options{})
	defer service.Close()

	concert, err := service.CreateEvent(ctx, domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 1}})
	if err != nil {
		panic(err)
	}
	book := func(identifier string) domain.Booking {
		person, err := domain.NewPerson(identifier)
		if err != nil {
			panic(err)
		}
		booking, err := service.Book(ctx, domain.Book{EventID: concert.ID, Person: person, Quantity: 1})
		if err != nil {
			panic(err)
		}
		fmt.Println(identifier, booking.Status, booking.Position)
		return booking
	}
	book("ada@example.com")
	waiting := book("bob@example.com")

	ada, err := domain.NewPerson("ADA@example.com") // the same person
	if err != nil {
		panic(err)
	}
	if _, err = service.CancelTickets(ctx, domain.CancelTickets{EventID: concert.ID, Person: ada}); err != nil {
		panic(err)
	}
	promoted, err := service.Booking(ctx, concert.ID, waiting.ID)
	if err != nil {
		panic(err)
	}
	fmt.Println(promoted.Identifier, promoted.Status, len(promoted.Tickets))
	// Output:
	// ada@example.com BOOKED 0
	// bob@example.com WAITING 1
	// bob@example.com BOOKED 1
}
