package rest

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
)

// log answers errors, tells the observer, and writes one line about each
// request.
func (h *Handler) log(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		r := Request{Method: c.Request().Method, Route: c.Path()}
		r.Status, r.Code = outcomeOf(c, err)
		if err != nil {
			c.Error(err)
		}
		r.Duration = time.Since(start)
		if h.observe != nil {
			h.observe(r)
		}
		line := h.logger.WithLevel(levelOf(r.Status))
		if !line.Enabled() {
			return nil
		}
		line.
			Str("method", r.Method).
			Str("route", r.Route).
			Int("status", r.Status).
			Dur("duration_ms", r.Duration).
			Int64("bytes", c.Response().Size).
			Str("request_id", requestIDOf(c)).
			Str("client", c.RealIP()).
			Func(func(e *zerolog.Event) {
				if caller, known := callerOf(c); known {
					e.Str("key", caller.Name)
				}
				if span := trace.SpanContextFromContext(c.Request().Context()); span.HasTraceID() {
					e.Str("trace_id", span.TraceID().String())
				}
				if r.Status >= http.StatusInternalServerError {
					logCause(e, err)
				}
			}).
			Msg("request")
		return nil
	}
}

func levelOf(status int) zerolog.Level {
	switch {
	case status == http.StatusServiceUnavailable:
		return zerolog.WarnLevel
	case status >= http.StatusInternalServerError:
		return zerolog.ErrorLevel
	default:
		return zerolog.InfoLevel
	}
}

// logCause adds what a caller must not see.
func logCause(e *zerolog.Event, err error) {
	e.Err(err)
	if p, ok := errors.AsType[*panicError](err); ok {
		e.Bytes("stack", p.stack)
	}
}
