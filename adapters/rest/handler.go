package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/sethvargo/go-limiter"
	"go.opentelemetry.io/otel/trace"

	"github.com/boxoffice-go/boxoffice/adapters/rest/apikey"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// Config is what a [Handler] is set up with. The zero value logs nothing, asks
// for no keys, limits nobody and trusts no proxy.
type Config struct {
	Logger zerolog.Logger
	// Keys are the keys of who may call. They may be replaced while requests are
	// answered. Without any, everybody may do everything.
	Keys *apikey.Keys
	// RateLimit is for each client's address, for requests without a known key.
	RateLimit RateLimit
	// KeyRateLimit is for each key.
	KeyRateLimit RateLimit
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// CORSOrigins are the origins whose pages may call from a browser, written
	// as browsers do, like https://shop.example.com.
	CORSOrigins []string
	// Observe, if it is set, learns of every request once it is answered, from
	// many at once.
	Observe func(Request)
	// Metrics, if it is set, answers GET /metrics.
	Metrics http.Handler
	// TracerProvider, if it is set, makes a span of every request.
	TracerProvider trace.TracerProvider
}

// Handler answers the HTTP requests of the contract. It is safe for concurrent
// use.
type Handler struct {
	echo      *echo.Echo
	service   *app.Service
	logger    zerolog.Logger
	keys      *apikey.Keys  // nil if none are asked for
	limits    limiter.Store // of addresses; nil if they aren't limited
	keyLimits limiter.Store // of keys; nil if they aren't limited
	observe   func(Request) // nil if nobody observes
	metrics   http.Handler  // nil if there are none
	tracer    trace.Tracer  // nil if nothing is traced
	draining  atomic.Bool
}

// New makes a handler in front of a service. It fails on a rate limit that
// can't be kept. Close it when it is needed no more; the service stays open.
func New(service *app.Service, config Config) (*Handler, error) {
	if err := errors.Join(config.RateLimit.Validate(), config.KeyRateLimit.Validate()); err != nil {
		return nil, fmt.Errorf("rest: %w", err)
	}
	limits, err := config.RateLimit.store()
	if err != nil {
		return nil, err
	}
	keyLimits, err := config.KeyRateLimit.store()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		echo:      echo.New(),
		service:   service,
		logger:    config.Logger,
		keys:      config.Keys,
		limits:    limits,
		keyLimits: keyLimits,
		observe:   config.Observe,
		metrics:   config.Metrics,
	}
	if config.TracerProvider != nil {
		h.tracer = config.TracerProvider.Tracer("github.com/boxoffice-go/boxoffice/adapters/rest")
	}
	h.echo.HideBanner, h.echo.HidePort = true, true
	h.echo.HTTPErrorHandler = h.answerError
	h.echo.IPExtractor = clientAddress(config.TrustedProxies)
	h.echo.Use(inOrder(requestID, h.log, h.trace, recoverPanic, securityHeaders, allowOrigins(config.CORSOrigins), h.identify, h.limitRate, exactPath))
	h.routes()
	return h, nil
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
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	h.echo.ServeHTTP(w, unescaped(r))
}

// Drain makes /readyz answer 503 from now on, so that load balancers send
// nothing more, and closes each connection after its next answer; everything
// else goes on being answered.
func (h *Handler) Drain() { h.draining.Store(true) }

// Close frees what the rate limits keep. Call it when no request runs any more.
func (h *Handler) Close() error {
	var errs []error
	for _, limits := range []limiter.Store{h.limits, h.keyLimits} {
		if limits != nil {
			errs = append(errs, limits.Close(context.Background()))
		}
	}
	return errors.Join(errs...)
}

func eventID(c echo.Context) (domain.EventID, error) {
	return domain.ParseEventID(c.Param("eventId"))
}

func bookingID(c echo.Context) (domain.BookingID, error) {
	return domain.ParseBookingID(c.Param("bookingId"))
}
