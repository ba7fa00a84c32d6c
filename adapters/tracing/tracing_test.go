package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/tracing"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
	sampled      = "00-" + callersTrace + "-" + callersSpan + "-01"
	notSampled   = "00-" + callersTrace + "-" + callersSpan + "-00"
)

func TestARequestIsFollowedToItsTransaction(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New())
	s.book("ada", sampled)

	request, command, transaction := s.span("POST /book"), s.span("book"), s.span("transaction")
	require.False(t, request.Parent.IsValid(), "anybody can call, so its trace is its own")
	require.Equal(t, callersTrace, request.Links[0].SpanContext.TraceID().String())
	require.Equal(t, callersSpan, request.Links[0].SpanContext.SpanID().String())
	require.Equal(t, trace.SpanKindServer, request.SpanKind)
	require.Equal(t, request.SpanContext.SpanID(), command.Parent.SpanID())
	require.Equal(t, command.SpanContext.SpanID(), transaction.Parent.SpanID())
	require.Equal(t, request.SpanContext.TraceID(), transaction.SpanContext.TraceID())
	for outer, inner := range map[*tracetest.SpanStub]*tracetest.SpanStub{&request: &command, &command: &transaction} {
		require.False(t, inner.StartTime.Before(outer.StartTime))
		require.False(t, inner.EndTime.After(outer.EndTime))
	}
	require.Contains(t, request.Attributes, attribute.String("http.route", "/book"))
	require.Contains(t, request.Attributes, attribute.Int("http.response.status_code", http.StatusCreated))
	require.Contains(t, transaction.Attributes, attribute.Int("boxoffice.transaction.records", 1))
}

func TestATransactionAndAllItsCommandsAreLinked(t *testing.T) {
	t.Parallel()
	const batch = 4
	held := &heldStore{Store: memory.New(), entered: make(chan struct{}), release: make(chan struct{})}
	s := serve(t, held)
	var callers sync.WaitGroup
	callers.Go(func() { s.book("first", notSampled) })
	<-held.entered // the others gather behind it
	for i := range batch {
		callers.Go(func() { s.book(fmt.Sprint("person", i), sampled) })
	}
	callers.Go(func() { s.book("another", notSampled) })
	for s.service.Pending() < batch+1 {
		runtime.Gosched()
	}
	close(held.release)
	callers.Wait()

	transaction := s.span("transaction")
	require.Contains(t, transaction.Attributes, attribute.Int("boxoffice.transaction.commands", batch+1))
	linked := map[trace.SpanID]bool{transaction.Parent.SpanID(): true}
	for _, link := range transaction.Links {
		linked[link.SpanContext.SpanID()] = true
	}
	commands := s.named("book")
	require.Len(t, commands, batch)
	require.Len(t, linked, batch)
	for _, command := range commands {
		require.True(t, linked[command.SpanContext.SpanID()])
		if command.SpanContext.SpanID() != transaction.Parent.SpanID() {
			require.Equal(t, transaction.SpanContext.SpanID(), command.Links[0].SpanContext.SpanID())
		}
	}
}

func TestRefusalsAndFailuresHaveTheirCode(t *testing.T) {
	t.Parallel()
	waitlistFull := attribute.String("boxoffice.code", string(domain.CodeWaitlistFull))
	s := serve(t, memory.New())
	s.book("ada", notSampled)
	s.book("bob", sampled)
	for _, name := range []string{"POST /book", "book"} {
		require.Contains(t, s.span(name).Attributes, waitlistFull)
		require.Equal(t, codes.Unset, s.span(name).Status.Code, "the caller is told, nothing failed")
	}

	for failure, code := range map[error]string{
		ports.ErrOutcomeUnknown: string(ports.CodeOutcomeUnknown),
		errors.New("secret"):    "",
	} {
		s := serve(t, brokenStore{memory.New(), failure})
		s.book("ada", sampled)
		for _, name := range []string{"POST /book", "book", "transaction"} {
			require.Equal(t, codes.Error, s.span(name).Status.Code)
			require.Empty(t, s.span(name).Status.Description)
			if code != "" {
				require.Contains(t, s.span(name).Attributes, attribute.String("boxoffice.code", code))
			}
		}
	}
}

func TestSpansNameNobodyAndNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New())
	booking := s.book("secret@example.com", sampled, "Idempotency-Key", "secret-secret-secret-secret", "Authorization", "Bearer secret", "X-Request-Id", "secret")
	s.book("secret@example.com", sampled, "Idempotency-Key", "secret-secret-secret-secret")
	s.send(http.MethodGet, "/events/"+s.event.String()+"/bookings?identifier=secret", "", sampled)
	s.send(http.MethodPost, "/cancel", `{"eventId":"`+s.event.String()+`","identifier":"secret@example.com"}`, sampled)
	s.send(http.MethodPost, "/secret", "", sampled)
	require.Contains(t, booking, s.event.String())

	text := fmt.Sprintf("%+v", s.spans.GetSpans())
	require.NotContains(t, text, "secret")
	require.NotContains(t, text, s.event.String())
	require.NotContains(t, text, "127.0.0.1")
	for _, command := range s.named("book") {
		require.Empty(t, command.Attributes, "a repeat is no refusal")
	}
}

func TestTracesAreOnlyMadeWhenTheEnvironmentAsksForThem(t *testing.T) {
	t.Parallel()
	for variables, on := range map[string]bool{
		"":                                          false,
		"OTEL_SERVICE_NAME=x":                       false,
		"OTEL_TRACES_EXPORTER=none":                 false,
		"OTEL_TRACES_EXPORTER=otlp":                 true,
		"OTEL_TRACES_EXPORTER=console":              true,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x":      true,
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http:x": true,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_EXPORTER=none": false,
		"OTEL_TRACES_EXPORTER=otlp OTEL_SDK_DISABLED=True":               false,
	} {
		environment := make(map[string]string)
		for variable := range strings.FieldsSeq(variables) {
			name, value, _ := strings.Cut(variable, "=")
			environment[name] = value
		}
		require.Equal(t, on, tracing.IsOn(func(name string) string { return environment[name] }), variables)
	}
}

func TestVariablesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "pigeon")
	_, err := tracing.NewProvider(t.Context(), "v1")
	require.ErrorContains(t, err, "OTEL_TRACES_EXPORTER")
}

// server is a server whose spans are kept; its event has one ticket and no line.
type server struct {
	testing.TB
	*httptest.Server
	service *app.Service
	spans   *tracetest.InMemoryExporter
	event   domain.EventID
}

func serve(tb testing.TB, store ports.Store) *server {
	tb.Helper()
	s := &server{TB: tb, spans: tracetest.NewInMemoryExporter()}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans), sdktrace.WithSampler(sdktrace.ParentBased(asLinked{})))
	s.service = app.New(store, app.Options{Lanes: 1, Observe: tracing.Transactions(provider)})
	handler, err := httpbase.New(httpbase.Config{TracerProvider: provider})
	require.NoError(tb, err)
	rest.Mount(handler, s.service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return s.service.Secret(ctx, "links") }))
	s.Server = httptest.NewServer(handler)
	tb.Cleanup(func() {
		s.Close()
		require.NoError(tb, handler.Close())
		s.service.Close()
	})
	event, err := s.service.CreateEvent(context.Background(),
		domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 1, MaxWaitlist: domain.AtMost(0)}})
	require.NoError(tb, err)
	s.event = event.ID
	return s
}

// asLinked lets a test choose which requests are sampled: those whose callers'
// are. Real samplers don't ask callers.
type asLinked struct{}

func (asLinked) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if len(p.Links) == 1 && !p.Links[0].SpanContext.IsSampled() {
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
}

func (asLinked) Description() string { return "as linked" }

func (s *server) book(identifier, traceparent string, header ...string) (answer string) {
	return s.send(http.MethodPost, "/book", `{"eventId":"`+s.event.String()+`","identifier":"`+identifier+`"}`, traceparent, header...)
}

// send returns the body of the answer; header is names and values in turn.
func (s *server) send(method, path, body, traceparent string, header ...string) string {
	request, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if !assert.NoError(s, err) {
		return ""
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Traceparent", traceparent)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.Client().Do(request)
	if !assert.NoError(s, err) {
		return ""
	}
	defer response.Body.Close()
	var text strings.Builder
	assert.NoError(s, response.Write(&text))
	return text.String()
}

// span returns the only span of a name.
func (s *server) span(name string) tracetest.SpanStub {
	s.Helper()
	found := s.named(name)
	require.Len(s, found, 1, name)
	return found[0]
}

func (s *server) named(name string) (found []tracetest.SpanStub) {
	for _, span := range s.spans.GetSpans() {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// heldStore holds the first transaction up until it is released.
type heldStore struct {
	ports.Store
	once             sync.Once
	entered, release chan struct{}
}

func (s *heldStore) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	s.once.Do(func() {
		close(s.entered)
		<-s.release
	})
	return s.Store.Update(ctx, ids, need, decide)
}

// brokenStore fails when something is changed.
type brokenStore struct {
	ports.Store
	err error
}

func (s brokenStore) Update(context.Context, []domain.EventID, ports.Need, ports.Decide) error {
	return s.err
}
