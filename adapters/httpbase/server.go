package httpbase

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/sethvargo/go-limiter"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

// Config is what a [Server] is set up with. The zero value logs nothing, asks
// for no keys, limits nobody, trusts no proxy and is always ready.
type Config struct {
	Logger zerolog.Logger
	// Keys are the keys of who may call. They may be replaced while requests are
	// answered. Without any, everybody may do everything.
	Keys *apikey.Keys
	// LocalHosts answers only requests to localhost and to loopback addresses,
	// and any other with 421: for a server without keys that only its own machine
	// reaches, where a page could else call it under a name that it made lead there.
	LocalHosts bool
	// RateLimit is for each client's address, for requests without a known key.
	RateLimit RateLimit
	// KeyRateLimit is for each key.
	KeyRateLimit RateLimit
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// CORSOrigins are the origins whose pages may call from a browser, written
	// as browsers do, like https://shop.example.com.
	CORSOrigins []string
	// Ready, if it is set, says whether requests can be answered. A
	// [domain.Error] with [ports.CodeStoreUnavailable] may say in its Detail, which
	// callers see, what is missing; all else of an error is only logged.
	Ready func(context.Context) error
	// MaxStreams is how many streams may be open; 0 is any number.
	MaxStreams int
	// Observe, if it is set, learns of every request once it is answered, from
	// many at once.
	Observe func(Request)
	// Metrics, if it is set, answers GET /metrics.
	Metrics http.Handler
	// TracerProvider, if it is set, makes a span of every request.
	TracerProvider trace.TracerProvider
}

// Server answers HTTP requests with the routes that adapters add to it, and with
// /livez, /readyz and /metrics of its own. It is safe for concurrent use once all
// routes are there.
type Server struct {
	echo   *echo.Echo
	config Config
	paths  map[string]*path // by their pattern
	words  map[string]bool  // that paths are made of
	// elsewhere answers with problems where there is no route.
	elsewhere AnswerFunc

	limits    limiter.Store // of addresses; nil if they aren't limited
	keyLimits limiter.Store // of keys; nil if they aren't limited
	tracer    trace.Tracer  // nil if nothing is traced

	making   *semaphore.Weighted // large answers
	kept     *semaphore.Weighted // bytes of answers that clients have not taken
	draining atomic.Bool
	drained  chan struct{} // closed when the server begins to drain
	drain    sync.Once
	closed   context.Context
	close    context.CancelFunc
	streams  struct {
		open, sent, dropped atomic.Int64
		running             sync.WaitGroup // Close waits for all of them
	}
}

// New makes a server. It fails on a rate limit that can't be kept, and on an
// origin that is none. Close it when it is needed no more.
func New(config Config) (*Server, error) {
	if err := errors.Join(config.RateLimit.Validate(), config.KeyRateLimit.Validate()); err != nil {
		return nil, fmt.Errorf("httpbase: %w", err)
	}
	protection, err := trusting(config.CORSOrigins)
	if err != nil {
		return nil, fmt.Errorf("httpbase: %w", err)
	}
	limits, err := config.RateLimit.store()
	if err != nil {
		return nil, err
	}
	keyLimits, err := config.KeyRateLimit.store()
	if err != nil {
		return nil, err
	}
	s := &Server{
		echo:      echo.New(),
		config:    config,
		paths:     make(map[string]*path),
		words:     make(map[string]bool),
		elsewhere: AnswerProblem,
		limits:    limits,
		keyLimits: keyLimits,
		making:    semaphore.NewWeighted(maxMaking()),
		kept:      semaphore.NewWeighted(maxKeptBytes),
		drained:   make(chan struct{}),
	}
	s.closed, s.close = context.WithCancel(context.Background())
	if config.TracerProvider != nil {
		s.tracer = config.TracerProvider.Tracer("github.com/boxoffice-go/boxoffice/adapters/httpbase")
	}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.IPExtractor = clientAddress(config.TrustedProxies)
	s.echo.Use(inOrder(
		requestID, s.log, s.trace, recoverPanic, securityHeaders, s.onlyLocalHosts, allowOrigins(config.CORSOrigins),
		s.identify, s.limitRate, exactPath, s.refuseCrossSite(protection),
	))
	s.addProbes()
	return s, nil
}

// inOrder is middleware after middleware. Echo would put them together anew for
// each request.
func inOrder(middleware ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	handle := func(c echo.Context) error { return c.Handler()(c) }
	for _, m := range slices.Backward(middleware) {
		handle = m(handle)
	}
	return func(echo.HandlerFunc) echo.HandlerFunc { return handle }
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	s.echo.ServeHTTP(w, unescaped(r))
}

// Drain makes /readyz answer 503 from now on, so that load balancers send
// nothing more, ends all streams, so that their clients come back to another
// server, and closes each connection after its next answer; everything else goes
// on being answered.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.drain.Do(func() { close(s.drained) })
}

// Close drains, cuts off the streams that are left, and frees what the rate
// limits keep. Call it when no request runs any more; streams may.
func (s *Server) Close() error {
	s.Drain()
	s.close()
	s.streams.running.Wait()
	var errs []error
	for _, limits := range []limiter.Store{s.limits, s.keyLimits} {
		if limits != nil {
			errs = append(errs, limits.Close(context.Background()))
		}
	}
	return errors.Join(errs...)
}
