package porttest_test

import (
	"fmt"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

// The model tells what the rules mean: the one ticket is given back, and goes to
// who waits first.
func ExampleModel() {
	at := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	concert := porttest.NewModel(domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 1}}, at)
	for _, name := range []string{"ada@example.com", "bob@example.com", "cy@example.com"} {
		person, _ := domain.NewPerson(name)
		concert.Do(at, domain.Book{Person: person}, porttest.Target{})
	}
	ada, _ := domain.NewPerson("ada@example.com")
	concert.Do(at, domain.CancelTickets{Person: ada}, porttest.Target{})
	for _, b := range concert.List() {
		fmt.Println(b.Identifier, b.Status, b.Position)
	}
	// Output:
	// ada@example.com CANCELLED 0
	// bob@example.com BOOKED 0
	// cy@example.com WAITING 1
}
