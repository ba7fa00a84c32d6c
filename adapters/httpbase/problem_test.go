package httpbase_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestTwoAdaptersOnOneServerAnswerErrorsEachInItsWay(t *testing.T) {
	t.Parallel()
	s := newServer(t, httpbase.Config{}, open("GET", "/api/:id", failing(domain.ErrEventNotFound)))
	s.Add(func(c echo.Context, p httpbase.Problem) error {
		return c.HTML(p.Status, "<h1>"+p.Title+"</h1>")
	}, open("GET", "/page/:id", failing(domain.ErrEventNotFound)))
	s.Add(func(echo.Context, httpbase.Problem) error {
		return errors.New("the template is broken")
	}, open("GET", "/broken", failing(domain.ErrEventNotFound)))

	refused(t, ask(s, "GET", "/api/x"), http.StatusNotFound, "event_not_found")
	refused(t, ask(s, "GET", "/broken"), http.StatusNotFound, "event_not_found")
	refused(t, ask(s, "GET", "/nothing"), http.StatusNotFound, "route_not_found")
	for method, answer := range map[string]string{"GET": "<h1>Event not found</h1>", "POST": "<h1>Method not allowed</h1>"} {
		r := ask(s, method, "/page/x")
		require.Equal(t, answer, r.Body.String())
		require.True(t, strings.HasPrefix(r.Header().Get("Content-Type"), "text/html"))
		require.NotEmpty(t, r.Header().Get("X-Request-Id"))
	}
}

func TestARouteThatIsThereTwiceIsAMistake(t *testing.T) {
	t.Parallel()
	s := newServer(t, httpbase.Config{}, open("GET", "/a", fine))
	require.PanicsWithValue(t, "httpbase: two routes for GET /a", func() { s.Add(httpbase.AnswerProblem, open("GET", "/a", fine)) })
}

func TestCodesOfTheContractHaveTheirStatuses(t *testing.T) {
	t.Parallel()
	for status, codes := range map[int]string{
		http.StatusConflict: "sales_not_started sales_ended sold_out hold_expired booking_not_held booking_cancelled too_few_tickets person_has_bookings " +
			"event_not_published event_cancelled quantity_exceeds_capacity user_limit_reached waitlist_full capacity_below_booked " +
			"capacity_below_waiting booking_not_waiting",
		http.StatusServiceUnavailable: "overloaded store_unavailable outcome_unknown",
	} {
		for code := range strings.FieldsSeq(codes) {
			s := newServer(t, httpbase.Config{}, open("GET", "/", failing(&domain.Error{Code: domain.Code(code), Detail: "because"})))
			r := ask(s, "GET", "/")
			require.Equal(t, "because", refused(t, r, status, code).Detail)
			require.Equal(t, status == http.StatusServiceUnavailable, r.Header().Get("Retry-After") == "1", code)
		}
	}
}

func TestAHandlerMaySayWhenToTryAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, httpbase.Config{}, open("GET", "/", func(c echo.Context) error {
		httpbase.SetRetryAfter(c, time.Now().Add(time.Hour-time.Second/2))
		return &domain.Error{Code: "sales_not_started", Detail: "sales have not begun"}
	}))
	require.Equal(t, "3600", ask(s, "GET", "/").Header().Get("Retry-After"))
}

func TestOnlySoManyBadFieldsAreNamed(t *testing.T) {
	t.Parallel()
	refusal := func(n int) httpbase.Problem {
		var errs []error
		for i := range n {
			errs = append(errs, domain.InvalidField(fmt.Sprint("field", i), "is not a known field"))
		}
		s := newServer(t, httpbase.Config{}, open("GET", "/", failing(domain.Invalid(errs...))))
		return refused(t, ask(s, "GET", "/"), http.StatusBadRequest, "validation_failed")
	}
	few := refusal(20)
	require.Len(t, few.Errors, 20)
	require.NotContains(t, few.Detail, "more")
	many := refusal(7000)
	require.Equal(t, few.Errors, many.Errors)
	require.Contains(t, many.Detail, "6980 more")
}
