package loadtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// boxoffice is the real server on the in-memory store.
func boxoffice(t testing.TB, config httpbase.Config) http.Handler {
	t.Helper()
	return boxofficeAt(t, config, ports.SystemClock{})
}

// fastClock lets three seconds pass in each millisecond.
type fastClock struct{ started time.Time }

func (c fastClock) Now() time.Time {
	return c.started.Add(3000 * time.Since(c.started)).UTC().Truncate(time.Microsecond)
}

func boxofficeAt(t testing.TB, config httpbase.Config, clock ports.Clock) http.Handler {
	t.Helper()
	service := app.New(memory.New(), app.Options{Clock: clock})
	handler, err := httpbase.New(config)
	require.NoError(t, err)
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
	t.Cleanup(func() {
		require.NoError(t, handler.Close())
		service.Close()
	})
	return handler
}

func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// interruptedAfter ends the context when the server was asked that often, so
// that a test goes on for a number of calls, not for a time.
func interruptedAfter(t testing.TB, calls int, handler http.Handler) (context.Context, http.Handler) {
	t.Helper()
	return interruptedAfterBookings(t, 0, calls, handler)
}

// interruptedAfterBookings is interruptedAfter, but counts only once so many
// bookings were asked for.
func interruptedAfterBookings(t testing.TB, bookings, calls int, handler http.Handler) (context.Context, http.Handler) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	var booked, called atomic.Int64
	return ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/book" {
			booked.Add(1)
		}
		if booked.Load() >= int64(bookings) && called.Add(1) == int64(calls) {
			stop()
		}
		handler.ServeHTTP(w, r)
	})
}

// small is a load that a test can wait for; it goes on until it is interrupted.
func small(scenario string) loadtest.Config {
	return loadtest.Config{
		Clients: 4, Duration: time.Hour, Scenario: scenario,
		Events: 3, Tickets: 20, People: 100, Seed: 1, JSON: true,
	}
}

// report is what the tests look at of the JSON report.
type report struct {
	Interrupted bool
	RateLimited bool
	Operations  []struct {
		Operation string
		Count     int
		Errors    map[string]int
	}
	Total           struct{ Count, Errors int }
	EventsCancelled int
	Books           struct {
		Balanced        bool
		Bookings        int
		Events          int
		EventsWhole     int
		UnknownOutcomes int
		Violations      int
		Examples        []string
	}
}

func run(ctx context.Context, t testing.TB, config loadtest.Config) (report, error) {
	t.Helper()
	var out bytes.Buffer
	failed := config.Run(ctx, &out, io.Discard)
	var r report
	if out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &r), out.String())
	}
	return r, failed
}
