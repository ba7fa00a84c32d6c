package rest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

// BenchmarkBook measures POST /book from the client's socket and back, side by
// side with a bare Echo handler behind the same middleware, which reads and
// writes the same JSON and stores nothing.
func BenchmarkBook(b *testing.B) {
	s := serve(b, memory.New(), httpbase.Config{})
	addRoute(s.handler, http.MethodPost, "/bare", bareHandler)
	s.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 4096
	body := `{"eventId":"` + s.create(`"totalTickets":10000000`).ID + `","identifier":"user@example.com","quantity":1}`
	for _, name := range []string{"book", "bare"} {
		path := "/" + name
		b.Run(name, func(b *testing.B) {
			const callersPerCPU = 64
			b.SetParallelism(callersPerCPU)
			b.ReportAllocs()
			var failed atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					answer, err := s.Client().Post(s.URL+path, "application/json", strings.NewReader(body))
					if err != nil {
						failed.Add(1)
						continue
					}
					if answer.StatusCode != http.StatusCreated {
						failed.Add(1)
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
				}
			})
			require.Zero(b, failed.Load())
		})
	}
}

// BenchmarkHandler is [BenchmarkBook] without the network and its client, one
// caller at a time.
func BenchmarkHandler(b *testing.B) {
	s := serve(b, memory.New(), httpbase.Config{})
	addRoute(s.handler, http.MethodPost, "/bare", bareHandler)
	body := `{"eventId":"` + s.create(`"totalTickets":10000000`).ID + `","identifier":"user@example.com","quantity":1}`
	for _, name := range []string{"book", "bare"} {
		path := "/" + name
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
				request.Header.Set("Content-Type", "application/json")
				recorder := httptest.NewRecorder()
				s.handler.ServeHTTP(recorder, request)
				if recorder.Code != http.StatusCreated {
					b.Fatal(recorder.Body)
				}
			}
		})
	}
}

func bareHandler(c echo.Context) error {
	var request struct {
		EventID    uuid.UUID `json:"eventId"`
		Identifier string    `json:"identifier"`
		Quantity   int       `json:"quantity"`
	}
	if err := c.Bind(&request); err != nil {
		return err
	}
	type ticket struct {
		ID      uuid.UUID `json:"id"`
		EventID uuid.UUID `json:"eventId"`
		UserID  uuid.UUID `json:"userId"`
		Status  string    `json:"status"`
	}
	return c.JSON(http.StatusCreated, struct {
		BookingID  uuid.UUID `json:"bookingId"`
		Tickets    []ticket  `json:"tickets"`
		Waitlisted bool      `json:"waitlisted"`
	}{request.EventID, []ticket{{request.EventID, request.EventID, request.EventID, "BOOKED"}}, false})
}
