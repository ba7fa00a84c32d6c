package httpbase

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Request is what an observer of a server learns of a request.
type Request struct {
	Method   string      // "_OTHER" if it isn't one of HTTP's: callers can send any word
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
		return kinds[code].status, code
	}
}

// otherMethod is what is said of a method that HTTP doesn't have, as
// OpenTelemetry does.
const otherMethod = "_OTHER"

// methodOf returns a request's method, as it may be logged and counted.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return r.Method
	default:
		return otherMethod
	}
}
