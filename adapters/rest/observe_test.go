package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/metrics"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/tracing"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestTheObserverLearnsOfEveryRequest(t *testing.T) {
	t.Parallel()
	var seen observed
	s := serve(t, memory.New(), httpbase.Config{Observe: seen.add})
	addRoute(s.handler, http.MethodGet, "/panic", func(echo.Context) error { panic("a defect") })
	e := s.create(`"totalTickets":1,"maxWaitlist":0`)
	s.book(e.ID, "ada", "1")
	s.post("/book", `{"eventId":"`+e.ID+`","identifier":"bob"}`)
	s.get("/status/" + e.ID)
	s.get("/status/x")
	s.get("/nothing/at/all")
	s.send(http.MethodPut, "/book", "")
	s.get("/panic")

	require.Equal(t, []httpbase.Request{
		{Method: "POST", Route: "/events", Status: http.StatusCreated},
		{Method: "POST", Route: "/book", Status: http.StatusCreated},
		{Method: "POST", Route: "/book", Status: http.StatusConflict, Code: domain.CodeWaitlistFull},
		{Method: "GET", Route: "/status/:eventId", Status: http.StatusOK},
		{Method: "GET", Route: "/status/:eventId", Status: http.StatusBadRequest, Code: domain.CodeValidation},
		{Method: "GET", Status: http.StatusNotFound, Code: "route_not_found"},
		{Method: "PUT", Route: "/book", Status: http.StatusMethodNotAllowed, Code: "method_not_allowed"},
		{Method: "GET", Route: "/panic", Status: http.StatusInternalServerError, Code: "internal"},
	}, seen.timeless(t))
}

func TestAClientThatDidNotWaitIsNotRefused(t *testing.T) {
	t.Parallel()
	var seen observed
	s := serve(t, memory.New(), httpbase.Config{Observe: seen.add})
	addRoute(s.handler, http.MethodGet, "/wait", func(c echo.Context) error { return c.Request().Context().Err() })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	s.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodGet, "/wait", nil))
	require.Equal(t, []httpbase.Request{{Method: "GET", Route: "/wait", Status: 499}}, seen.timeless(t))
}

func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	m := metrics.New("v1")
	s := serve(t, memory.New(), httpbase.Config{
		Metrics: m.Handler(),
		Observe: func(r httpbase.Request) { m.ObserveRequest(metrics.Request(r)) },
	})
	s.get("/events")
	r := s.get("/metrics")
	require.Equal(t, http.StatusOK, r.status)
	require.True(t, strings.HasPrefix(r.header.Get("Content-Type"), "text/plain; version=0.0.4"))
	require.Contains(t, r.body, `boxoffice_http_requests_total{method="GET",route="/events",status="200"} 1`)
	require.Empty(t, s.send(http.MethodHead, "/metrics", "").body)
}

func TestThereAreNoMetricsUnlessSomethingIsMeasured(t *testing.T) {
	t.Parallel()
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusNotFound, recorder.Code)
	require.Contains(t, recorder.Body.String(), "route_not_found")
}

func TestTheLogNamesTheTraceOfARequest(t *testing.T) {
	t.Parallel()
	const callers = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	var log logBuffer
	spans := tracetest.NewInMemoryExporter()
	s := serve(t, memory.New(), httpbase.Config{
		Logger:         zerolog.New(&log),
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
	})
	s.get("/events", "Traceparent", callers)
	s.get("/livez")
	s.get("/metrics")
	line := log.lines(s)[0]
	require.Len(t, spans.GetSpans(), 1, "probes are not traced")
	require.Equal(t, spans.GetSpans()[0].SpanContext.TraceID().String(), line["trace_id"])

	var untraced logBuffer
	s = serve(t, memory.New(), httpbase.Config{Logger: zerolog.New(&untraced)})
	s.get("/events", "Traceparent", callers)
	require.NotContains(t, untraced.lines(s)[0], "trace_id", "tracing is off")
}

// observed keeps what an observer learned.
type observed struct {
	mu       sync.Mutex
	requests []httpbase.Request
}

func (o *observed) add(r httpbase.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = append(o.requests, r)
}

// timeless returns the requests without their durations, which must be there.
func (o *observed) timeless(t *testing.T) []httpbase.Request {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.requests {
		require.Positive(t, o.requests[i].Duration)
		o.requests[i].Duration = 0
	}
	return o.requests
}

// BenchmarkObserved measures what it costs to be observed, with many callers at
// once who book on one event: neither network nor database hides anything.
func BenchmarkObserved(b *testing.B) {
	m := metrics.New("")
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	defer func() { require.NoError(b, traces.Shutdown(b.Context())) }()
	measured := httpbase.Config{Observe: func(r httpbase.Request) { m.ObserveRequest(metrics.Request(r)) }}
	traced := measured
	traced.TracerProvider = traces
	trace := tracing.Transactions(traces)
	for _, by := range []struct {
		name    string
		config  httpbase.Config
		observe func(app.Transaction)
	}{
		{"nobody", httpbase.Config{}, nil},
		{"metrics", measured, m.ObserveTransaction},
		{"metrics and traces", traced, func(t app.Transaction) { m.ObserveTransaction(t); trace(t) }},
	} {
		b.Run("by="+by.name, func(b *testing.B) {
			service := app.New(memory.New(), app.Options{Observe: by.observe})
			defer service.Close()
			handler, err := httpbase.New(by.config)
			require.NoError(b, err)
			rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
			event, err := service.CreateEvent(b.Context(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: domain.MaxTotalTickets}})
			require.NoError(b, err)
			body := fmt.Sprintf(`{"eventId":"%s","identifier":"user@example.com","quantity":1}`, event.ID)
			var failed atomic.Int64
			const callersPerCPU = 64
			b.SetParallelism(callersPerCPU)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					request := httptest.NewRequest(http.MethodPost, "/book", strings.NewReader(body))
					request.Header.Set("Content-Type", "application/json")
					recorder := httptest.NewRecorder()
					if handler.ServeHTTP(recorder, request); recorder.Code != http.StatusCreated {
						failed.Add(1)
					}
				}
			})
			require.Zero(b, failed.Load())
		})
	}
}
