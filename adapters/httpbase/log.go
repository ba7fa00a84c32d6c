package httpbase

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
)

// log answers errors, tells the observer, and writes one line about each
// request.
func (s *Server) log(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		r := Request{Method: methodOf(c.Request()), Route: c.Path()}
		r.Status, r.Code = outcomeOf(c, err)
		if err != nil {
			c.Error(err)
		}
		r.Duration = time.Since(start)
		if s.config.Observe != nil {
			s.config.Observe(r)
		}
		line := s.config.Logger.WithLevel(s.levelOf(c, r.Status))
		if !line.Enabled() {
			return nil
		}
		line.
			Str("method", r.Method).
			Str("route", r.Route).
			Int("status", r.Status).
			Dur("duration_ms", r.Duration).
			Func(func(e *zerolog.Event) {
				if r.Code != "" {
					e.Str("code", string(r.Code))
				}
				if r.Route == "" {
					e.Str("path", s.shapeOf(c.Request().URL.Path))
				}
			}).
			Int64("bytes", c.Response().Size).
			Str("request_id", requestIDOf(c)).
			Str("client", c.RealIP()).
			Func(func(e *zerolog.Event) {
				if caller, known := CallerOf(c); known {
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

func (s *Server) levelOf(c echo.Context, status int) zerolog.Level {
	switch {
	case status < http.StatusBadRequest && s.isProbe(c):
		return zerolog.DebugLevel
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

// maxShape is how many segments of a path are shown.
const maxShape = 8

// shapeOf returns what may be logged of a path that leads nowhere: how many
// segments it has, and those that paths of routes have. Whatever else stands
// there could name somebody.
func (s *Server) shapeOf(path string) string {
	segments := strings.SplitN(strings.TrimPrefix(path, "/"), "/", maxShape+1)
	for i, segment := range segments {
		switch {
		case i == maxShape:
			segments[i] = "..."
		case !s.words[segment]:
			segments[i] = "*"
		}
	}
	return "/" + strings.Join(segments, "/")
}
