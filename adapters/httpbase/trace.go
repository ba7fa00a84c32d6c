package httpbase

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// trace makes a span of each request: the first of a trace of its own, since
// anybody may call, with a link to the one that the caller's traceparent names.
// Whether it is sampled is not for callers to say, and neither is its name. Its
// attributes are OpenTelemetry's, but for those that could name a person: no
// path, no query, no address.
func (s *Server) trace(next echo.HandlerFunc) echo.HandlerFunc {
	if s.tracer == nil {
		return next
	}
	return func(c echo.Context) error {
		if s.isProbe(c) {
			return next(c)
		}
		request := c.Request()
		method, verb := methodOf(request), methodOf(request)
		if method == otherMethod {
			verb = "HTTP"
		}
		options := []trace.SpanStartOption{
			trace.WithNewRoot(),
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.route", c.Path())),
		}
		caller := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(request.Header))
		if link := trace.LinkFromContext(caller); link.SpanContext.IsValid() {
			options = append(options, trace.WithLinks(link))
		}
		ctx, span := s.tracer.Start(request.Context(), strings.TrimSpace(verb+" "+c.Path()), options...)
		defer span.End()
		c.SetRequest(request.WithContext(ctx))

		err := next(c)
		status, code := outcomeOf(c, err)
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if code != "" {
			span.SetAttributes(attribute.String("boxoffice.code", string(code)))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		return err
	}
}
