package domain_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// A concert with two seats: it sells out, somebody waits, a ticket comes back,
// and who waited gets it.
func Example() {
	stamp := domain.Stamp{At: time.Now().UTC(), NewID: uuid.New}
	concert := domain.NewEvent{Name: "Concert 2025", TotalTickets: 2}
	if err := concert.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	event := concert.Event(domain.EventID{UUID: uuid.New()}, stamp.At)
	ada, _ := domain.NewPerson("ada@example.com")
	bob, _ := domain.NewPerson("bob@example.com")

	book := domain.Book{EventID: event.ID, Person: ada, Quantity: 2}
	wait := domain.Book{EventID: event.ID, Person: bob, Quantity: 1}
	giveBack := domain.CancelTicket{EventID: event.ID, Person: ada}

	// Lock the event, and load what the commands need of it. Nobody has booked
	// yet, so the answer to each need is that there is nothing.
	events := []domain.Event{event}
	batch := domain.NewBatch(events)
	for _, need := range domain.NeedsOf(events, []domain.Command{book, wait, giveBack}) {
		batch.Load(need, domain.NewLoaded(need))
	}

	// Decide. A refusal is that command's answer; the others go on.
	_, errBook := batch.Book(book, stamp)
	waiting, errWait := batch.Book(wait, stamp)
	_, errBack := batch.CancelTicket(giveBack, stamp)
	if err := errors.Join(errBook, errWait, errBack); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("bob's position was", waiting.Position)

	// Save what happened, and the events as they are now.
	for _, fact := range batch.Facts() {
		switch f := fact.(type) {
		case domain.TicketsBooked:
			fmt.Println("booked:", f.Booking.Identifier, len(f.Booking.Tickets))
		case domain.WaitlistJoined:
			fmt.Println("waits:", f.Booking.Identifier)
		case domain.TicketGivenBack:
			fmt.Println("given back: ticket", f.Ticket.Ordinal)
		case domain.BookingPromoted:
			fmt.Println("promoted:", f.Booking.Identifier)
		}
	}
	for _, e := range batch.Changed() {
		fmt.Printf("%s: %d free, %d waiting\n", e.Name, e.AvailableTickets, e.WaitingCount)
	}
	// Output:
	// bob's position was 1
	// booked: ada@example.com 2
	// waits: bob@example.com
	// given back: ticket 2
	// promoted: bob@example.com
	// Concert 2025: 0 free, 0 waiting
}

func ExampleNewPerson() {
	one, _ := domain.NewPerson("Jürgen.Groß@example.com")
	same, _ := domain.NewPerson(" JÜRGEN.GROSS@EXAMPLE.COM ")
	fmt.Println(one.UserID() == same.UserID())

	_, err := domain.NewPerson("  ")
	fmt.Println(errors.Is(err, domain.ErrValidation))
	// Output:
	// true
	// true
}

// Refusals are compared by their codes.
func ExampleError() {
	event := domain.NewEvent{Name: "Concert 2025", TotalTickets: 2}.Event(domain.EventID{UUID: uuid.New()}, time.Now())
	ada, _ := domain.NewPerson("ada@example.com")

	batch := domain.NewBatch([]domain.Event{event})
	_, err := batch.Book(
		domain.Book{EventID: event.ID, Person: ada, Quantity: 3},
		domain.Stamp{At: time.Now(), NewID: uuid.New},
	)
	fmt.Println(errors.Is(err, domain.ErrQuantityOverCapacity))

	if refusal, ok := errors.AsType[*domain.Error](err); ok {
		fmt.Printf("%s: %s\n", refusal.Code, refusal.Detail)
	}
	// Output:
	// true
	// quantity_exceeds_capacity: the event has fewer tickets than that in all; ask for fewer
}
