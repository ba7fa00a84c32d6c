package loadtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

// BenchmarkCeiling shows how many bookings a second the clients can make at
// most, and all their processor shares with a server that does nothing: what
// is measured elsewhere is near this figure only if the load test holds it up.
func BenchmarkCeiling(b *testing.B) {
	server := echo.New()
	answer, err := json.Marshal(object{
		"bookingId": uuid.New(), "waitlisted": false,
		"tickets": []object{{"id": uuid.New(), "eventId": uuid.New(), "userId": uuid.New(), "status": "BOOKED"}},
	})
	require.NoError(b, err)
	server.POST("/initialize", func(c echo.Context) error { return c.JSON(http.StatusCreated, object{"id": uuid.New()}) })
	server.POST("/book", func(c echo.Context) error { return c.JSONBlob(http.StatusCreated, answer) })
	listener := httptest.NewServer(server)
	b.Cleanup(listener.Close)

	config := loadtest.Config{
		Target: listener.URL, Clients: 64, Duration: time.Second,
		Scenario: "hot", People: 1, Seed: 1, JSON: true,
	}
	calls := 0
	for b.Loop() {
		r, err := run(b.Context(), b, config)
		require.Error(b, err, "there are no books")
		calls += r.Total.Count
	}
	b.ReportMetric(float64(calls)/float64(b.N), "calls/s")
}
