package httpbase

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// The codes of what goes wrong before the service is asked.
const (
	CodeMalformedBody    domain.Code = "malformed_body"
	CodeBodyTooLarge     domain.Code = "body_too_large"
	CodeUnsupportedMedia domain.Code = "unsupported_media_type"
	codeRouteNotFound    domain.Code = "route_not_found"
	codeMethodNotAllowed domain.Code = "method_not_allowed"
	codeUnauthorized     domain.Code = "unauthorized"
	codeForbidden        domain.Code = "forbidden"
	codeMisdirected      domain.Code = "misdirected_request"
	codeRateLimited      domain.Code = "rate_limited"
	codeInternal         domain.Code = "internal"
)

var (
	errRouteNotFound    = &domain.Error{Code: codeRouteNotFound, Detail: "there is nothing at this path; check it, and that it doesn't end in a slash"}
	errMethodNotAllowed = &domain.Error{Code: codeMethodNotAllowed, Detail: "this path doesn't take that method; the Allow header names those it takes"}
	errNoAPIKey         = &domain.Error{Code: codeUnauthorized, Detail: "this needs an API key; send it as Authorization: Bearer KEY"}
	errUnknownAPIKey    = &domain.Error{Code: codeUnauthorized, Detail: "this API key isn't known; check it, and that it is sent as Authorization: Bearer KEY"}
	errForbidden        = &domain.Error{Code: codeForbidden, Detail: "the role of this API key does not allow this; use a key with a role that does"}
	errInternal         = &domain.Error{Code: codeInternal, Detail: "the server made a mistake; report it with the requestId"}
)

// kind is how a code is answered.
type kind struct {
	status int
	title  string
}

// kinds has all codes that can be answered.
var kinds = map[domain.Code]kind{
	CodeMalformedBody:                  {http.StatusBadRequest, "Malformed body"},
	domain.CodeValidation:              {http.StatusBadRequest, "Validation failed"},
	codeUnauthorized:                   {http.StatusUnauthorized, "Unauthorized"},
	codeForbidden:                      {http.StatusForbidden, "Forbidden"},
	domain.CodeEventNotFound:           {http.StatusNotFound, "Event not found"},
	domain.CodeTicketNotFound:          {http.StatusNotFound, "Ticket not found"},
	domain.CodeBookingNotFound:         {http.StatusNotFound, "Booking not found"},
	domain.CodeWebhookNotFound:         {http.StatusNotFound, "Webhook not found"},
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
	domain.CodeSalesNotStarted:         {http.StatusConflict, "Sales not started"},
	domain.CodeSalesEnded:              {http.StatusConflict, "Sales ended"},
	domain.CodeSoldOut:                 {http.StatusConflict, "Sold out"},
	domain.CodeHoldExpired:             {http.StatusConflict, "Hold expired"},
	domain.CodeBookingNotHeld:          {http.StatusConflict, "Booking not held"},
	domain.CodeBookingCancelled:        {http.StatusConflict, "Booking cancelled"},
	domain.CodeTooFewTickets:           {http.StatusConflict, "Too few tickets"},
	domain.CodePersonHasBookings:       {http.StatusConflict, "Person has bookings"},
	domain.CodePreconditionFailed:      {http.StatusPreconditionFailed, "Precondition failed"},
	CodeBodyTooLarge:                   {http.StatusRequestEntityTooLarge, "Body too large"},
	CodeUnsupportedMedia:               {http.StatusUnsupportedMediaType, "Unsupported media type"},
	codeMisdirected:                    {http.StatusMisdirectedRequest, "Misdirected request"},
	domain.CodeIdempotencyKeyReused:    {http.StatusUnprocessableEntity, "Idempotency key reused"},
	codeRateLimited:                    {http.StatusTooManyRequests, "Rate limited"},
	codeInternal:                       {http.StatusInternalServerError, "Internal error"},
	app.CodeOverloaded:                 {http.StatusServiceUnavailable, "Overloaded"},
	ports.CodeStoreUnavailable:         {http.StatusServiceUnavailable, "Store unavailable"},
	ports.CodeOutcomeUnknown:           {http.StatusServiceUnavailable, "Outcome unknown"},
}

// Problem is what a caller is told of an error, as RFC 9457 has it.
type Problem struct {
	Type      string              `json:"type"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail"`
	Code      domain.Code         `json:"code"`
	RequestID string              `json:"requestId"`
	Errors    []domain.FieldError `json:"errors,omitempty"`
}

// maxErrors is how many bad fields are named. A body has room for thousands, and
// nobody reads so many.
const maxErrors = 20

func problemOf(c echo.Context, refusal *domain.Error) Problem {
	kind := kinds[refusal.Code]
	p := Problem{
		Type:      "urn:boxoffice:error:" + string(refusal.Code),
		Title:     kind.title,
		Status:    kind.status,
		Detail:    refusal.Detail,
		Code:      refusal.Code,
		RequestID: requestIDOf(c),
		Errors:    refusal.Fields,
	}
	if more := len(p.Errors) - maxErrors; more > 0 {
		p.Errors = p.Errors[:maxErrors]
		p.Detail = fmt.Sprintf("%s (and %d more, which are not named)", p.Detail, more)
	}
	return p
}

// answerError answers a request that failed, as is usual at its path.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return // too late to say anything else
	}
	refusal := refusalOf(err)
	p := problemOf(c, refusal)
	if refusal.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		c.Response().Header().Set(echo.HeaderRetryAfter, "1")
	case http.StatusUnauthorized:
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	answer := s.elsewhere
	if known := s.paths[c.Path()]; known != nil {
		answer = known.answer
	}
	sendErr := answer(c, p)
	if sendErr != nil && !c.Response().Committed {
		sendErr = errors.Join(sendErr, AnswerProblem(c, p))
	}
	if sendErr != nil {
		s.config.Logger.Debug().Err(sendErr).Str("request_id", p.RequestID).Msg("answer not sent")
	}
}

// AnswerProblem answers with a problem as application/problem+json.
func AnswerProblem(c echo.Context, p Problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return send(c, p.Status, "application/problem+json", body)
}

// refusalOf finds what a caller is told about an error.
func refusalOf(err error) *domain.Error {
	var refusal *domain.Error
	switch {
	case errors.Is(err, app.ErrClosed):
		return app.ErrOverloaded // another server isn't
	case errors.As(err, &refusal) && kinds[refusal.Code] != kind{}:
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
