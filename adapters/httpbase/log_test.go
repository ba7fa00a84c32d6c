package httpbase_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestTheLineOfARefusalHasItsCode(t *testing.T) {
	t.Parallel()
	var log logBuffer
	s := newServer(t, httpbase.Config{Logger: zerolog.New(&log)},
		open("GET", "/full", failing(domain.ErrWaitlistFull)), open("GET", "/fine", fine))
	ask(s, "GET", "/full")
	require.Equal(t, "waitlist_full", log.last(t)["code"])
	ask(s, "GET", "/fine")
	require.NotContains(t, log.last(t), "code")
	require.NotContains(t, log.last(t), "path", "the route says it")
}

func TestTheLineOfAPathThatLeadsNowhereHasItsShape(t *testing.T) {
	t.Parallel()
	var log logBuffer
	s := newServer(t, httpbase.Config{Logger: zerolog.New(&log)}, open("GET", "/events/:eventId/bookings", fine))
	for path, shape := range map[string]string{
		"/":                            "/",
		"/secret":                      "/*",
		"/events/":                     "/events/",
		"/events/secret":               "/events/*",
		"/events/secret/tickets":       "/events/*/*",
		"/v1/events/secret/bookings":   "/*/events/*/bookings",
		"/:eventId/x":                  "/*/*",
		"/events/a@b.c/bookings/x/y/z": "/events/*/bookings/*/*/*",
		"/a/b/c/d/e/f/g/h/i/j/k":       "/*/*/*/*/*/*/*/*/...",
		"/a%2Fb":                       "/*/*",
	} {
		refused(t, ask(s, "GET", path), http.StatusNotFound, "route_not_found")
		require.Equal(t, shape, log.last(t)["path"], path)
	}
}

func TestProbesAreLoggedForDebuggingUnlessTheyFail(t *testing.T) {
	t.Parallel()
	var log logBuffer
	var err error
	s := newServer(t, httpbase.Config{
		Logger:  zerolog.New(&log),
		Ready:   func(context.Context) error { return err },
		Metrics: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
	})
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		require.Equal(t, http.StatusOK, ask(s, "GET", path).Code)
		require.Equal(t, "debug", log.last(t)["level"], path)
		require.Equal(t, path, log.last(t)["route"])
	}
	err = ports.ErrStoreUnavailable
	ask(s, "GET", "/readyz")
	require.Equal(t, "warn", log.last(t)["level"])
}

func TestReadinessSaysWhatIsMissingAndNothingInternal(t *testing.T) {
	t.Parallel()
	for err, detail := range map[error]string{
		&domain.Error{Code: ports.CodeStoreUnavailable, Detail: "the schema is too old; run boxoffice migrate up"}: "the schema is too old; run boxoffice migrate up",
		fmt.Errorf("dial tcp 10.0.0.7: %w", ports.ErrStoreUnavailable):                                             "the store can't be reached or used; this server is ready again when it can",
		errors.New("secret"): "the store doesn't work as this server needs it",
	} {
		var log logBuffer
		s := newServer(t, httpbase.Config{Logger: zerolog.New(&log), Ready: func(context.Context) error { return err }})
		r := ask(s, "GET", "/readyz?probe=1")
		require.Equal(t, detail, refused(t, r, http.StatusServiceUnavailable, "store_unavailable").Detail)
		require.NotEmpty(t, r.Header().Get("Retry-After"))
		require.Contains(t, log.last(t)["error"], err.Error(), "the log says more")
	}
}

func TestTheClientIsTheNearestAddressThatIsNoProxy(t *testing.T) {
	t.Parallel()
	const peer = "10.0.0.1"
	for _, c := range []struct{ forwarded, client string }{
		{"203.0.113.7", "203.0.113.7"},
		{"203.0.113.7:51234", "203.0.113.7"},
		{"[2001:db8::1]:443", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"2001:db8::1", "2001:db8::1"},
		{"::ffff:203.0.113.7", "203.0.113.7"},
		{"198.51.100.1, 203.0.113.7:1, 10.1.1.1:2", "203.0.113.7"},
		{"10.9.9.9, 10.5.5.5", peer}, // whoever wrote the leftmost, it was not this proxy
		{"10.9.9.9", peer},
		{"203.0.113.7, unknown", peer},
		{"203.0.113.7,", peer},
		{"", peer},
	} {
		var log logBuffer
		s := newServer(t, httpbase.Config{
			Logger:         zerolog.New(&log),
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104"), netip.MustParsePrefix("fd00::/8")},
		}, open("GET", "/", fine))
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = peer + ":4711"
		request.Header.Set("X-Forwarded-For", c.forwarded)
		newRecorder(s, request)
		require.Equal(t, c.client, log.last(t)["client"], c.forwarded)
	}
}

func TestCallersDecideNothingAboutTraces(t *testing.T) {
	t.Parallel()
	const callersTrace = "0af7651916cd43dd8448eb211c80319c"
	for sampler, spans := range map[sdktrace.Sampler]int{
		sdktrace.ParentBased(sdktrace.NeverSample()):        0,
		sdktrace.ParentBased(sdktrace.AlwaysSample()):       2,
		sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0)): 0,
	} {
		kept := tracetest.NewInMemoryExporter()
		s := newServer(t, httpbase.Config{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept), sdktrace.WithSampler(sampler)),
		}, open("GET", "/", fine))
		for _, flags := range []string{"00", "01"} {
			ask(s, "GET", "/", "Traceparent", "00-"+callersTrace+"-b7ad6b7169203331-"+flags)
		}
		require.Len(t, kept.GetSpans(), spans, sampler.Description())
		for _, span := range kept.GetSpans() {
			require.False(t, span.Parent.IsValid())
			require.Len(t, span.Links, 1)
			require.Equal(t, callersTrace, span.Links[0].SpanContext.TraceID().String())
		}
	}
}

func TestAMethodThatHTTPDoesNotHaveNamesNothing(t *testing.T) {
	t.Parallel()
	var log logBuffer
	var seen httpbase.Request
	kept := tracetest.NewInMemoryExporter()
	s := newServer(t, httpbase.Config{
		Logger:         zerolog.New(&log),
		Observe:        func(r httpbase.Request) { seen = r },
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept)),
	}, open("GET", "/a", fine))
	for method, names := range map[string][2]string{"SECRET": {"_OTHER", "HTTP /a"}, "PUT": {"PUT", "PUT /a"}, "GET": {"GET", "GET /a"}} {
		kept.Reset()
		ask(s, method, "/a")
		require.Equal(t, names[0], seen.Method)
		require.Equal(t, names[0], log.last(t)["method"])
		span := kept.GetSpans()[0]
		require.Equal(t, names[1], span.Name)
		require.Contains(t, span.Attributes, attribute.String("http.request.method", names[0]))
	}
}
