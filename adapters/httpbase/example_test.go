package httpbase_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// A route of one's own stands on the same base as the API: keys, limits, logs and
// problems are the base's affair.
func Example() {
	server, err := httpbase.New(httpbase.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Close() }()
	server.Add(httpbase.AnswerProblem, httpbase.Route{
		Method: http.MethodGet, Path: "/doors", Audience: httpbase.Everybody,
		Handler: func(c echo.Context) error { return c.String(http.StatusOK, "open at seven") },
	})
	for _, path := range []string{"/doors", "/windows"} {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		fmt.Println(path, answer.Code, answer.Header().Get("Content-Type"))
	}
	// Output:
	// /doors 200 text/plain; charset=UTF-8
	// /windows 404 application/problem+json
}
