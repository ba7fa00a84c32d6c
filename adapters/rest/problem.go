package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// The codes of what goes wrong before the service is asked.
const (
	codeMalformedBody    domain.Code = "malformed_body"
	codeRouteNotFound    domain.Code = "route_not_found"
	codeMethodNotAllowed domain.Code = "method_not_allowed"
	codeUnauthorized     domain.Code = "unauthorized"
	codeForbidden        domain.Code = "forbidden"
	codeBodyTooLarge     domain.Code = "body_too_large"
	codeUnsupportedMedia domain.Code = "unsupported_media_type"
	codeRateLimited      domain.Code = "rate_limited"
	codeInternal         domain.Code = "internal"
)

var (
	errRouteNotFound    = &domain.Error{Code: codeRouteNotFound, Detail: "there is nothing at this path; check it, and that it doesn't end in a slash"}
	errMethodNotAllowed = &domain.Error{Code: codeMethodNotAllowed, Detail: "this path doesn't take that method; the Allow header names those it takes"}
	errNoAPIKey         = &domain.Error{Code: codeUnauthorized, Detail: "this needs an API key; send it as Authorization: Bearer KEY"}
	errUnknownAPIKey    = &domain.Error{Code: codeUnauthorized, Detail: "this API key isn't known; check it, and that it is sent as Authorization: Bearer KEY"}
	errForbidden        = &domain.Error{Code: codeForbidden, Detail: "the role of this API key does not allow this; use a key with a role that does"}
	errBodyTooLarge     = &domain.Error{Code: codeBodyTooLarge, Detail: "the body has more than 64 KiB; send a smaller one"}
	errUnsupportedMedia = &domain.Error{Code: codeUnsupportedMedia, Detail: "the body must be JSON in UTF-8; send it with Content-Type: application/json"}
	errRateLimited      = &domain.Error{Code: codeRateLimited, Detail: "too many requests; wait as many seconds as Retry-After says"}
	errInternal         = &domain.Error{Code: codeInternal, Detail: "the server made a mistake; report it with the requestId"}
)

// problemKind is how a code is answered.
type problemKind struct {
	status int
	title  string
}

// problems has all codes that can be answered.
var problems = map[domain.Code]problemKind{
	codeMalformedBody:                  {http.StatusBadRequest, "Malformed body"},
	domain.CodeValidation:              {http.StatusBadRequest, "Validation failed"},
	codeUnauthorized:                   {http.StatusUnauthorized, "Unauthorized"},
	codeForbidden:                      {http.StatusForbidden, "Forbidden"},
	domain.CodeEventNotFound:           {http.StatusNotFound, "Event not found"},
	domain.CodeTicketNotFound:          {http.StatusNotFound, "Ticket not found"},
	domain.CodeBookingNotFound:         {http.StatusNotFound, "Booking not found"},
	codeRouteNotFound:                  {http.StatusNotFound, "Route not found"},
	codeMethodNotAllowed:               {http.StatusMethodNotAllowed, "Method not allowed"},
	domain.CodeEventNotPublished:       {http.StatusConflict, "Event not published"},
	domain.CodeEventCancelled:          {http.StatusConflict, "Event cancelled"},
	domain.CodeQuantityExceedsCapacity: {http.StatusConflict, "Quantity exceeds capacity"},
	domain.CodeUserLimitReached:        {http.StatusConflict, "User limit reached"},
	domain.CodeWaitlistFull:            {http.StatusConflict, "Waitlist full"},
	domain.CodeCapacityBelowBooked:     {http.StatusConflict, "Capacity below booked"},
	domain.CodeCapacityBelowWaiting:    {http.StatusConflict, "Capacity below waiting"},
	domain.CodeBookingNotWaiting:       {http.StatusConflict, "Booking not waiting"},
	domain.CodePreconditionFailed:      {http.StatusPreconditionFailed, "Precondition failed"},
	codeBodyTooLarge:                   {http.StatusRequestEntityTooLarge, "Body too large"},
	codeUnsupportedMedia:               {http.StatusUnsupportedMediaType, "Unsupported media type"},
	domain.CodeIdempotencyKeyReused:    {http.StatusUnprocessableEntity, "Idempotency key reused"},
	codeRateLimited:                    {http.StatusTooManyRequests, "Rate limited"},
	codeInternal:                       {http.StatusInternalServerError, "Internal error"},
	app.CodeOverloaded:                 {http.StatusServiceUnavailable, "Overloaded"},
	ports.CodeStoreUnavailable:         {http.StatusServiceUnavailable, "Store unavailable"},
	ports.CodeOutcomeUnknown:           {http.StatusServiceUnavailable, "Outcome unknown"},
}

// problemJSON is a problem of RFC 9457.
type problemJSON struct {
	Type      string              `json:"type"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail"`
	Code      domain.Code         `json:"code"`
	RequestID string              `json:"requestId"`
	Errors    []domain.FieldError `json:"errors,omitempty"`
}

// answerError answers a request that failed.
func (h *Handler) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return // too late to say anything else
	}
	refusal := refusalOf(err)
	kind := problems[refusal.Code]
	header := c.Response().Header()
	if kind.status == http.StatusServiceUnavailable {
		header.Set(echo.HeaderRetryAfter, "1")
	}
	header.Set(echo.HeaderContentType, "application/problem+json")
	sendErr := send(c, kind.status, problemJSON{
		Type:      "urn:boxoffice:error:" + string(refusal.Code),
		Title:     kind.title,
		Status:    kind.status,
		Detail:    refusal.Detail,
		Code:      refusal.Code,
		RequestID: requestIDOf(c),
		Errors:    refusal.Fields,
	})
	if sendErr != nil {
		h.logger.Debug().Err(sendErr).Str("request_id", requestIDOf(c)).Msg("answer not sent")
	}
}

// refusalOf finds what a caller is told about an error.
func refusalOf(err error) *domain.Error {
	var refusal *domain.Error
	switch {
	case errors.As(err, &refusal) && problems[refusal.Code] != problemKind{}:
		return refusal
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		// The service says so only of what it didn't do.
		return ports.ErrStoreUnavailable
	case errors.Is(err, echo.ErrNotFound):
		return errRouteNotFound
	case errors.Is(err, echo.ErrMethodNotAllowed):
		return errMethodNotAllowed
	default:
		return errInternal
	}
}
