package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) {
	if os.Getenv(clientsVariable) == "" {
		mysqltest.Main(leakChecked{m})
		return
	}
	if err := runClients(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// leakChecked runs tests and fails if they left goroutines behind.
type leakChecked struct{ tests *testing.M }

func (l leakChecked) Run() int {
	if code := l.tests.Run(); code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// forEachStore runs a test on every store there is, each behind a server.
func forEachStore(t *testing.T, test func(s *server)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(tb testing.TB) ports.Store{
		"memory": func(testing.TB) ports.Store { return memory.New() },
		"sqlite": openSQLite,
		"mysql":  openMySQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(serve(t, open(t), httpbase.Config{}))
		})
	}
}

func openSQLite(tb testing.TB) ports.Store {
	tb.Helper()
	store, err := sqlite.Open(sqlite.Config{File: filepath.Join(tb.TempDir(), "boxoffice.db")})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}

func openMySQL(tb testing.TB) ports.Store {
	tb.Helper()
	return openConfiguredMySQL(tb, mysql.Config{DSN: mysqltest.DSN(tb)})
}

func openConfiguredMySQL(tb testing.TB, config mysql.Config) ports.Store {
	tb.Helper()
	store, err := mysql.Open(config)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}

// server is the whole adapter behind a real listener, in a test.
type server struct {
	testing.TB
	*httptest.Server
	handler *httpbase.Server
	service *app.Service
	links   *httpbase.Links
	clock   *movedClock
}

// movedClock is a store's clock, put forward by a test, or made to stand still.
type movedClock struct {
	ports.Clock
	ahead atomic.Int64
	stood atomic.Pointer[time.Time]
}

func (c *movedClock) Now() time.Time {
	if at := c.stood.Load(); at != nil {
		return *at
	}
	return c.Clock.Now().Add(time.Duration(c.ahead.Load()))
}

func (c *movedClock) standAt(at time.Time) { c.stood.Store(&at) }

func (c *movedClock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

func serve(tb testing.TB, store ports.Store, config httpbase.Config) *server {
	tb.Helper()
	clock := &movedClock{Clock: store}
	service := app.New(store, app.Options{Clock: clock})
	if config.Metrics == nil {
		config.Metrics = promhttp.HandlerFor(prometheus.NewRegistry(), promhttp.HandlerOpts{})
	}
	config.Ready = service.Ready
	handler, err := httpbase.New(config)
	require.NoError(tb, err)
	links := httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") })
	rest.Mount(handler, service, links)
	rest.MountWebhooks(handler, app.NewWebhooks(store.(app.WebhookStore), sender{store}))
	s := &server{TB: tb, Server: httptest.NewServer(handler), handler: handler, service: service, links: links, clock: clock}
	tb.Cleanup(func() {
		s.Close()
		require.NoError(tb, handler.Close())
		service.Close()
	})
	return s
}

// sender tells webhooks that every message was taken.
type sender struct{ ports.Clock }

func (sender) CheckURL(url string) error {
	if !strings.HasPrefix(url, "https://") || strings.Contains(url, "127.0.0.1") {
		return domain.InvalidField("url", "must not lead there")
	}
	return nil
}

func (s sender) Test(_ context.Context, w domain.Webhook) (ports.Delivery, error) {
	return ports.Delivery{ID: ports.RandomIDs{}.NewID(), WebhookID: w.ID, MessageID: "test", Attempt: 1, StartedAt: s.Now(), Status: 204}, nil
}

func (sender) Wake() {}

// addRoute puts a route of a test behind a server's middleware.
func addRoute(s *httpbase.Server, method, path string, handler echo.HandlerFunc) {
	s.Add(httpbase.AnswerProblem, httpbase.Route{Method: method, Path: path, Audience: httpbase.Everybody, Handler: handler})
}

var routeParameter = regexp.MustCompile(`:(\w+)`)

// routes returns all routes, like "GET /events/{eventId}".
func (s *server) routes() (all []string) {
	for _, r := range s.handler.Routes() {
		path := routeParameter.ReplaceAllString(r.Path, "{$1}")
		all = append(all, r.Method+" "+path)
		if r.Method == http.MethodGet {
			all = append(all, http.MethodHead+" "+path)
		}
	}
	return all
}

type response struct {
	status int
	header http.Header
	body   string
}

// send sends a request; header is names and values in turn.
func (s *server) send(method, path, body string, header ...string) response {
	s.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequest(method, s.URL+path, reader)
	require.NoError(s, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Del(header[i])
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	return s.do(request)
}

func (s *server) do(request *http.Request) response {
	s.Helper()
	answer, err := s.Client().Do(request)
	require.NoError(s, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(s, err)
	require.NoError(s, answer.Body.Close())
	return response{answer.StatusCode, answer.Header, string(body)}
}

func (s *server) get(path string, header ...string) response {
	s.Helper()
	return s.send(http.MethodGet, path, "", header...)
}

func (s *server) post(path, body string, header ...string) response {
	s.Helper()
	return s.send(http.MethodPost, path, body, header...)
}

func read[T any](tb testing.TB, r response) T {
	tb.Helper()
	var value T
	decoder := json.NewDecoder(bytes.NewBufferString(r.body))
	decoder.DisallowUnknownFields()
	require.NoError(tb, decoder.Decode(&value), r.body)
	return value
}

// The answers, as a client would read them.
type (
	event struct {
		ID, Name, Status                                 string
		TotalTickets, AvailableTickets, WaitingListCount int
		HeldTickets, WaitingTickets, WantedTickets       int
		MaxTicketsPerUser, MaxWaitlist                   *int
		HoldSeconds, ClaimSeconds                        *int
		NextReleaseAt, SalesStartAt, SalesEndAt          string
		PromotionEndAt, StartsAt, Venue, Description     string
		SelfService                                      bool
		CreatedAt, UpdatedAt                             string
		Version                                          int
	}
	counts struct {
		EventID, Name, Status                            string
		TotalTickets, AvailableTickets, WaitingListCount int
		HeldTickets, WaitingTickets                      int
		NextReleaseAt, SalesStartAt, SalesEndAt          string
	}
	ticket struct{ ID, EventID, UserID, Status, BookedAt, CancelledAt string }
	booked struct {
		BookingID, Status, ExpiresAt, Link string
		Tickets                            []ticket
		WaitingEntry                       struct {
			ID, EventID, UserID    string
			Position, TicketsAhead int
		}
		Waitlisted bool
	}
	booking struct {
		ID, EventID, UserID, Identifier, Status, CreatedAt string
		Reference, Link, ExpiresAt                         string
		Quantity, Sequence, Position, TicketsAhead         int
		Tickets                                            []ticket
	}
	problem struct {
		Type, Title, Detail, Code, RequestID string
		Status                               int
		Errors                               []struct{ Field, Message string }
	}
)

// accepted checks that an answer has a status, and reads it.
func accepted[T any](tb testing.TB, r response, status int) T {
	tb.Helper()
	require.Equal(tb, status, r.status, r.body)
	return read[T](tb, r)
}

// create makes an event; settings go into the body as they are.
func (s *server) create(settings string) event {
	s.Helper()
	return accepted[event](s, s.post("/events", `{"name":"Concert 2025",`+settings+`}`), http.StatusCreated)
}

func (s *server) book(eventID, identifier, quantity string) booked {
	s.Helper()
	r := s.post("/book", `{"eventId":"`+eventID+`","identifier":"`+identifier+`","quantity":`+quantity+`}`)
	return accepted[booked](s, r, http.StatusCreated)
}

func pathOf(eventID, bookingID string) string { return "/events/" + eventID + "/bookings/" + bookingID }

// booking reads a booking as it is now.
func (s *server) booking(eventID, bookingID string) booking {
	s.Helper()
	return accepted[booking](s, s.get(pathOf(eventID, bookingID)), http.StatusOK)
}

func (s *server) counts(eventID string) counts {
	s.Helper()
	return accepted[counts](s, s.get("/status/"+eventID), http.StatusOK)
}

// refused checks that an answer is a whole problem with a code, and returns it.
func refused(tb testing.TB, r response, status int, code string) problem {
	tb.Helper()
	require.Equal(tb, status, r.status, r.body)
	require.Equal(tb, "application/problem+json", r.header.Get("Content-Type"))
	p := read[problem](tb, r)
	require.Equal(tb, code, p.Code, r.body)
	require.Equal(tb, status, p.Status)
	require.Equal(tb, "urn:boxoffice:error:"+code, p.Type)
	require.NotEmpty(tb, p.Title)
	require.NotEmpty(tb, p.Detail)
	require.Equal(tb, r.header.Get("X-Request-Id"), p.RequestID)
	require.NotEmpty(tb, p.RequestID)
	return p
}

// refusedFields checks that an answer names these fields, in this order.
func refusedFields(tb testing.TB, r response, fields ...string) {
	tb.Helper()
	p := refused(tb, r, http.StatusBadRequest, "validation_failed")
	var named []string
	for _, e := range p.Errors {
		named = append(named, e.Field)
		require.NotEmpty(tb, e.Message)
	}
	require.Equal(tb, fields, named, r.body)
}
