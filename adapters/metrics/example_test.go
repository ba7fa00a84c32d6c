package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/metrics"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// The service tells the metrics of its transactions, and their handler tells
// Prometheus.
func Example() {
	measured := metrics.New("1.2.3")
	options := app.DefaultOptions()
	options.Observe = measured.ObserveTransaction
	service := app.New(memory.New(), options)
	measured.AddService(service, options.MaxPending)

	ctx := context.Background()
	event, err := service.CreateEvent(ctx, domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 10}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ada, _ := domain.NewPerson("ada@example.com")
	if _, err := service.Book(ctx, domain.Book{EventID: event.ID, Person: ada, Quantity: 2}); err != nil {
		fmt.Println(err)
		return
	}
	service.Close() // what was committed is observed by now

	answer := httptest.NewRecorder()
	measured.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "boxoffice_tickets_booked_total") {
			fmt.Print(line)
		}
	}
	// Output: boxoffice_tickets_booked_total 2
}
