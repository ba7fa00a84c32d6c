package rest

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// trace makes a span of each request, which goes on with the trace that the
// caller's traceparent names. Its attributes are OpenTelemetry's, but for those
// that could name a person: no path, no query, no address.
func (h *Handler) trace(next echo.HandlerFunc) echo.HandlerFunc {
	if h.tracer == nil {
		return next
	}
	return func(c echo.Context) error {
		if isProbe(c.Path()) {
			return next(c)
		}
		request := c.Request()
		ctx := propagation.TraceContext{}.Extract(request.Context(), propagation.HeaderCarrier(request.Header))
		ctx, span := h.tracer.Start(ctx, strings.TrimSpace(request.Method+" "+c.Path()),
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", request.Method), attribute.String("http.route", c.Path())))
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
