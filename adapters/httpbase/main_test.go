package httpbase_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// open is a route for everybody.
func open(method, path string, handler echo.HandlerFunc) httpbase.Route {
	return httpbase.Route{Method: method, Path: path, Audience: httpbase.Everybody, Handler: handler}
}

func fine(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

// failing is a handler that fails with an error.
func failing(err error) echo.HandlerFunc { return func(echo.Context) error { return err } }

func newServer(t *testing.T, config httpbase.Config, routes ...httpbase.Route) *httpbase.Server {
	t.Helper()
	s, err := httpbase.New(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	s.Add(httpbase.AnswerProblem, routes...)
	return s
}

// ask sends a request without a network; header is names and values in turn.
func ask(s http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

func problemOf(t *testing.T, r *httptest.ResponseRecorder) (p httpbase.Problem) {
	t.Helper()
	require.Equal(t, "application/problem+json", r.Header().Get("Content-Type"))
	require.NoError(t, json.Unmarshal(r.Body.Bytes(), &p))
	require.Equal(t, r.Code, p.Status)
	return p
}

// refused checks that an answer is a problem with a code.
func refused(t *testing.T, r *httptest.ResponseRecorder, status int, code string) httpbase.Problem {
	t.Helper()
	require.Equal(t, status, r.Code, r.Body)
	p := problemOf(t, r)
	require.Equal(t, code, string(p.Code))
	require.NotEmpty(t, p.Title)
	return p
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// last returns the last line.
func (b *logBuffer) last(t *testing.T) (line map[string]any) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(b.text.String()), "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &line))
	return line
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func newRecorder(s http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder
}
