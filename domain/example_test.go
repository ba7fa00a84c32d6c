package domain_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// A concert with two seats: it sells out, somebody waits, the tickets come back,
// and who waited gets one, held until it is confirmed.
func Example() {
	at := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	stamp := domain.Stamp{At: at, NewID: uuid.New}
	creation, err := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 2, ClaimSeconds: 3600}}.Decide(stamp)
	if err != nil {
		fmt.Println(err)
		return
	}
	event := creation.Event
	ada, _ := domain.NewPerson("ada@example.com")
	bob, _ := domain.NewPerson("bob@example.com")
	commands := []domain.Command{
		domain.Book{EventID: event.ID, Person: ada, Quantity: 2, By: "till"},
		domain.Book{EventID: event.ID, Person: bob},
		domain.CancelTickets{EventID: event.ID, Person: ada, Quantity: 2},
	}

	// Load what the commands need of the event, by the time at which they are
	// decided. Nobody has booked yet, so the answer to each need is that there is
	// nothing.
	events := []domain.Event{event}
	batch := domain.NewBatch(events)
	for _, need := range domain.NeedsOf(stamp.At, events, commands) {
		batch.Load(need, domain.NewLoaded(need))
	}

	// Decide. A refusal is that command's answer; the others go on.
	for _, c := range commands {
		result, err := batch.Decide(c, stamp)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(domain.OperationOf(c), result.Booking.Status, result.Booking.Position, len(result.Tickets))
	}

	// Save what happened, and the events as they are now.
	for _, r := range batch.Records() {
		fmt.Println(r.Version, r.Kind, "by", r.By, "#", r.Booking.Sequence)
	}
	for _, e := range batch.Changed() {
		fmt.Printf("%s: %d free, %d held until %s\n", e.Name, e.AvailableTickets, e.HeldTickets, e.NextReleaseAt.Format(time.TimeOnly))
	}
	// Output:
	// book BOOKED 0 0
	// book WAITING 1 0
	// cancel tickets  0 2
	// 2 booking.booked by till # 1
	// 3 booking.joined by - # 2
	// 4 tickets.cancelled by - # 1
	// 4 booking.promoted by boxoffice # 2
	// Concert 2025: 1 free, 1 held until 13:00:00
}

// An event is played back from its journal.
func ExampleReplica() {
	stamp := domain.Stamp{At: time.Now().UTC(), NewID: uuid.New}
	creation, _ := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 2}}.Decide(stamp)
	ada, _ := domain.NewPerson("ada@example.com")
	batch := domain.NewBatch([]domain.Event{creation.Event})
	_, _ = batch.Decide(domain.Book{EventID: creation.Event.ID, Person: ada}, stamp)
	encoded, _ := domain.EncodeRecords(append([]domain.Record{creation.Record}, batch.Records()...))

	journal, _ := domain.DecodeRecords(creation.Event.ID, encoded)
	var replica domain.Replica
	for _, record := range journal {
		if err := replica.Apply(record); err != nil {
			fmt.Println(err)
			return
		}
	}
	booking := replica.Booking(1)
	fmt.Println(replica.Event.AvailableTickets, "free;", booking.Status, "by somebody:", booking.Identifier == "")
	// Output:
	// 1 free; BOOKED by somebody: true
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
	stamp := domain.Stamp{At: time.Now().UTC(), NewID: uuid.New}
	creation, _ := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 2}}.Decide(stamp)
	ada, _ := domain.NewPerson("ada@example.com")

	batch := domain.NewBatch([]domain.Event{creation.Event})
	_, err := batch.Decide(domain.Book{EventID: creation.Event.ID, Person: ada, Quantity: 3}, stamp)
	fmt.Println(errors.Is(err, domain.ErrQuantityOverCapacity))

	if refusal, ok := errors.AsType[*domain.Error](err); ok {
		fmt.Printf("%s: %s\n", refusal.Code, refusal.Detail)
	}
	// Output:
	// true
	// quantity_exceeds_capacity: the event has fewer tickets than that in all; ask for fewer
}
