package rest

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

const metricsPath = "/metrics"

// isProbe reports whether a route is for who watches the server: these are
// asked again and again, so they aren't limited, and not traced.
func isProbe(route string) bool {
	return route == livePath || route == readyPath || route == metricsPath
}

func (h *Handler) measurements(c echo.Context) error {
	if h.metrics == nil {
		return errRouteNotFound
	}
	h.metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}

// Request is what an observer of a handler learns of a request.
type Request struct {
	Method   string
	Route    string      // its pattern, like /status/:eventId; empty if there is none for the path
	Status   int         // 499 if the client didn't wait for the answer
	Code     domain.Code // of the problem that it is answered with; empty if there is none
	Duration time.Duration
}

// statusClientGone is said of a request whose client didn't wait for the
// answer. It is no HTTP status, and never sent.
const statusClientGone = 499

// outcomeOf tells how a request is answered. It is asked before an error is.
func outcomeOf(c echo.Context, err error) (status int, code domain.Code) {
	switch {
	case errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil:
		return statusClientGone, ""
	case err == nil, c.Response().Committed:
		return c.Response().Status, ""
	default:
		code = refusalOf(err).Code
		return problems[code].status, code
	}
}
