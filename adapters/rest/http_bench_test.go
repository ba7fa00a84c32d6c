package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

const (
	clients      = 256
	spreadEvents = 10_000
	// backgroundRate is how many bookings a second go on while reads are measured.
	backgroundRate = 2000
)

// BenchmarkHTTP makes calls from 256 clients at once, or from one, over real
// HTTP and from another process, and puts each figure beside what it is to be
// judged by, in the same run. "x-bare" is its share of what a bare Echo handler
// does with the same JSON, "x-bare-inside" the same with a bare handler behind
// our middleware, and "x-single" how many times as fast it is as a transaction
// for each command.
func BenchmarkHTTP(b *testing.B) {
	server := httptest.NewServer(bareServer())
	defer server.Close()
	for name, open := range map[string]func(b *testing.B, maxBatch int) ports.Store{
		"memory": func(*testing.B, int) ports.Store { return memory.New() },
		"sqlite": func(b *testing.B, _ int) ports.Store { b.Helper(); return openSQLite(b) },
		"mysql": func(b *testing.B, maxBatch int) ports.Store {
			b.Helper()
			return openConfiguredMySQL(b, mysql.Config{DSN: mysqltest.DSN(b), LockFirst: maxBatch == 1})
		},
	} {
		b.Run(name, func(b *testing.B) {
			batched := app.DefaultOptions().MaxBatch
			offices := make(map[int]*benchOffice)
			for _, maxBatch := range []int{1, batched} {
				offices[maxBatch] = newBenchOffice(b, open(b, maxBatch), app.Options{MaxBatch: maxBatch})
			}
			for _, s := range scenarios {
				b.Run(s.name, func(b *testing.B) {
					// One right after the other: machines are not as fast all the time.
					var bare, inside, single float64
					b.Run("bare", func(b *testing.B) { bare = measure(b, server.URL, s.clients, s.like) })
					b.Run("bare-inside", func(b *testing.B) { inside = measure(b, offices[batched].server.URL, s.clients, s.like) })
					b.Run("max-batch=1", func(b *testing.B) { single = s.measure(b, offices[1], bare, inside) })
					b.Run(fmt.Sprint("max-batch=", batched), func(b *testing.B) {
						b.ReportMetric(s.measure(b, offices[batched], bare, inside)/single, "x-single")
					})
				})
			}
		})
	}
}

var (
	barePost = httpCall{Method: http.MethodPost, Paths: []string{"/bare"}, Body: bookBody, Events: []string{anyID}}
	bareGet  = httpCall{Method: http.MethodGet, Paths: []string{"/bare"}}
)

const bookBody = `{"eventId":"%s","identifier":"user%d@example.com","quantity":1}`

const anyID = "0190a6c0-5f2e-7bd0-8f5a-3d1c2b4a5e6f"

// bareServer answers with the same JSON, and does nothing else.
func bareServer() http.Handler {
	e := echo.New()
	e.POST("/bare", bareHandler)
	e.GET("/bare", bareStatus)
	return e
}

func bareStatus(c echo.Context) error {
	return c.JSON(http.StatusOK, struct {
		EventID          string `json:"eventId"`
		Name             string `json:"name"`
		TotalTickets     int    `json:"totalTickets"`
		AvailableTickets int    `json:"availableTickets"`
		WaitingListCount int    `json:"waitingListCount"`
		Status           string `json:"status"`
	}{anyID, "Concert 2025", 100, 50, 0, "PUBLISHED"})
}

type scenario struct {
	name    string
	like    httpCall // which bare call it is compared with
	clients int
	prepare func(o scene) httpCall
}

// measure returns the rate of calls, and reports what part it is of the bare
// rates.
func (s scenario) measure(b *testing.B, office *benchOffice, bare, inside float64) float64 {
	b.Helper()
	rate := measure(b, office.server.URL, s.clients, s.prepare(scene{b, office}))
	b.ReportMetric(rate/bare, "x-bare")
	b.ReportMetric(rate/inside, "x-bare-inside")
	return rate
}

var scenarios = []scenario{
	{"book/hot", barePost, clients, func(o scene) httpCall {
		return bookEach(o.event(domain.MaxTotalTickets))
	}},
	{"book/one-client", barePost, 1, func(o scene) httpCall {
		return bookEach(o.event(domain.MaxTotalTickets))
	}},
	{"book/10000-events", barePost, clients, func(o scene) httpCall {
		return bookEach(o.manyEvents()...)
	}},
	{"join", barePost, clients, func(o scene) httpCall {
		return bookEach(o.soldOut(1, 0))
	}},
	{"cancel-and-promote", barePost, clients, func(o scene) httpCall {
		return httpCall{
			Method: http.MethodPost,
			Paths:  []string{"/cancel"},
			Body:   `{"eventId":"%s","identifier":"user %d"}`,
			Events: []string{o.soldOut(o.N, o.N).String()},
		}
	}},
	{"status", bareGet, clients, func(o scene) httpCall {
		event := o.event(domain.MaxTotalTickets)
		o.bookInBackground(event)
		return getEach("/status/" + event.String())
	}},
	{"rank", bareGet, clients, func(o scene) httpCall {
		event := o.soldOut(1, 1000)
		waiting := o.book(event, "waiting")
		o.bookInBackground(event)
		return getEach(pathOf(event.String(), waiting.ID.String()))
	}},
}

func getEach(paths ...string) httpCall { return httpCall{Method: http.MethodGet, Paths: paths} }

// bookEach books with another person each time, on one event after another.
func bookEach(events ...domain.EventID) httpCall {
	c := httpCall{Method: http.MethodPost, Paths: []string{"/book"}, Body: bookBody}
	for _, event := range events {
		c.Events = append(c.Events, event.String())
	}
	return c
}

// benchOffice is a server for benchmarks.
type benchOffice struct {
	server  *httptest.Server
	handler *httpbase.Server
	service *app.Service
	events  []domain.EventID // see manyEvents
}

// scene is one benchmark at an office, with what is done behind its back.
type scene struct {
	*testing.B
	*benchOffice
}

func newBenchOffice(b *testing.B, store ports.Store, options app.Options) *benchOffice {
	b.Helper()
	if _, one := store.(*sqlite.Store); one {
		options.Lanes = 1 // as boxoffice serve does
	}
	service := app.New(store, options)
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(b, err)
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
	addRoute(handler, http.MethodPost, "/bare", bareHandler)
	addRoute(handler, http.MethodGet, "/bare", bareStatus)
	o := &benchOffice{server: httptest.NewServer(handler), handler: handler, service: service}
	b.Cleanup(func() {
		o.server.Close()
		service.Close()
	})
	return o
}

func (o scene) event(tickets int) domain.EventID {
	o.Helper()
	e, err := o.service.CreateEvent(o.B.Context(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: tickets}})
	require.NoError(o, err)
	return e.ID
}

// manyEvents are made once: that takes longer than to book them.
func (o scene) manyEvents() []domain.EventID {
	o.Helper()
	if o.events == nil {
		o.events = make([]domain.EventID, spreadEvents)
		atOnce(len(o.events), func(i int) { o.events[i] = o.event(domain.MaxTotalTickets) })
	}
	return o.events
}

// soldOut makes an event whose tickets are all booked, by "user 0" and so on,
// and with a line.
func (o scene) soldOut(tickets, waiting int) domain.EventID {
	o.Helper()
	event := o.event(tickets)
	atOnce(tickets, func(i int) { o.book(event, fmt.Sprint("user ", i)) })
	atOnce(waiting, func(i int) { o.book(event, fmt.Sprint("waiting ", i)) })
	return event
}

func (o scene) book(event domain.EventID, identifier string) domain.Booking {
	o.Helper()
	person, err := domain.NewPerson(identifier)
	assert.NoError(o, err)
	booking, err := o.service.Book(context.Background(), domain.Book{EventID: event, Person: person, Quantity: 1})
	assert.NoError(o, err)
	return booking
}

// bookInBackground books at a steady rate until the scenario ends.
func (o scene) bookInBackground(event domain.EventID) {
	o.Helper()
	const step = 5 * time.Millisecond
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticks := time.NewTicker(step)
		defer ticks.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticks.C:
				for range int(backgroundRate * step / time.Second) {
					running.Go(func() { o.book(event, "somebody") })
				}
			}
		}
	})
	o.Cleanup(func() {
		close(stop)
		running.Wait()
	})
}

// atOnce does n things, many at a time.
func atOnce(n int, do func(i int)) {
	const workers = 256
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(n, workers) {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	running.Wait()
}
