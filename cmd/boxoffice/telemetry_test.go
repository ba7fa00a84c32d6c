package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMetricsTellWhatWasSold(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--max-pending=77")
	c := client(t)
	event := createEvent(t, c, s.url, 1)
	for person := range 2 {
		_, _, err := post(c, s.url+"/book", bookingOf(event, person))
		require.NoError(t, err)
	}
	text := metricsOf(t, c, s.url)
	for _, line := range []string{
		`boxoffice_bookings_total{outcome="booked"} 1`,
		`boxoffice_bookings_total{outcome="waitlisted"} 1`,
		`boxoffice_http_requests_total{method="POST",route="/book",status="201"} 2`,
		`boxoffice_commands_pending_limit 77`,
		`boxoffice_store_ready 1`,
		`boxoffice_build_info{`,
		`go_goroutines `,
		`process_start_time_seconds `,
	} {
		require.Contains(t, text, "\n"+line)
	}
	require.Contains(t, text, "\n"+`go_sql_open_connections{db_name="reads"} `)
	require.NotContains(t, text, "boxoffice_transaction_retries_total", "SQLite tries nothing again")
}

func TestMetricsTellOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--mysql-dsn", mysqltest.DSN(t))
	c := client(t)
	createEvent(t, c, s.url, 1)
	text := metricsOf(t, c, s.url)
	for _, line := range []string{
		`go_sql_in_use_connections{db_name="writes"} `, // 1 while the readiness of this very scrape is asked for
		`go_sql_open_connections{db_name="reads"} `,
		`go_sql_max_open_connections{db_name="lookups"} `,
		`boxoffice_transaction_retries_total{cause="deadlock"} 0`,
		`boxoffice_store_ready 1`,
	} {
		require.Contains(t, text, "\n"+line)
	}
}

func metricsOf(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	response, err := c.Get(url + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

func TestTracesAreExportedBeforeTheProcessEnds(t *testing.T) {
	t.Parallel()
	received := new(spanCollector)
	endpoint := httptest.NewServer(received)
	defer endpoint.Close()

	s := startProcessIn(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint.URL, "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"})
	status, answer, err := post(client(t), s.url+"/book", bookingOf(createEvent(t, client(t), s.url, 10), 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	s.stop()
	require.Equal(t, exitOK, <-s.code)

	require.ElementsMatch(t, []string{"POST /initialize", "POST /book", "book", "transaction"}, received.names)
	require.Equal(t, map[string]string{
		"service.name": "boxoffice", "deployment.environment.name": "test",
	}, received.resource)
	require.Contains(t, s.logs.String(), `"trace_id":"`)
}

func TestACollectorThatIsAwayKeepsNobodyFromEnding(t *testing.T) {
	t.Parallel()
	endpoint := httptest.NewServer(nil)
	endpoint.Close()
	s := startProcessIn(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint.URL}, "--shutdown-timeout=100ms")
	createEvent(t, client(t), s.url, 10)
	s.stop()
	require.Equal(t, exitOK, <-s.code)
	require.Contains(t, s.logs.String(), "traces", "a warning says so")
}

// A clock that was once a day ahead is told of, once for each event.
func TestTheLogTellsOfAClockThatWasWrong(t *testing.T) {
	t.Parallel()
	var logs bytes.Buffer
	telemetry, err := newTelemetry(t.Context(), environment{}, zerolog.New(&logs))
	require.NoError(t, err)
	clock := new(wrongClock)
	clock.ahead.Store(int64(24 * time.Hour))
	service := app.New(memory.New(), app.Options{Clock: clock, Observe: telemetry.transactions()})
	defer service.Close()
	event, err := service.CreateEvent(t.Context(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 3}})
	require.NoError(t, err)
	ada, err := domain.NewPerson("ada")
	require.NoError(t, err)

	clock.ahead.Store(0)
	for range 3 {
		_, err = service.Book(t.Context(), domain.Book{EventID: event.ID, Person: ada})
		require.NoError(t, err)
	}
	_, err = service.CancelEvent(t.Context(), domain.CancelEvent{EventID: event.ID})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(logs.String(), "\n"), logs.String())
	require.Contains(t, logs.String(), `"level":"warn"`)
	require.Contains(t, logs.String(), `"event_ids":["`+event.ID.String()+`"]`)
	require.Contains(t, logs.String(), "clocks")
}

type wrongClock struct {
	ports.SystemClock
	ahead atomic.Int64
}

func (c *wrongClock) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.ahead.Load())) }

func TestAnExporterThatIsUnknownIsRefused(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "pigeon")
	code, _, stderr := runToEnd(t, environment{"OTEL_TRACES_EXPORTER": "pigeon"}, "serve")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "OTEL_TRACES_EXPORTER")
}

// spanCollector takes spans in as an OpenTelemetry collector does.
type spanCollector struct {
	mu       sync.Mutex
	names    []string
	resource map[string]string // but for what tells of versions and the SDK
}

func (c *spanCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.resource = make(map[string]string)
	for _, from := range request.ResourceSpans {
		for _, attribute := range from.Resource.Attributes {
			if attribute.Key != "service.version" && !strings.HasPrefix(attribute.Key, "telemetry.") {
				c.resource[attribute.Key] = attribute.Value.GetStringValue()
			}
		}
		for _, scope := range from.ScopeSpans {
			for _, span := range scope.Spans {
				c.names = append(c.names, span.Name)
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}
