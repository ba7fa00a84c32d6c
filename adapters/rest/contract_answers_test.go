package rest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// idExample is the event of the document's examples.
const idExample = "019550ef-1280-7c3a-a17e-5d0b9f2c4e81"

func TestTheContractAndTheRouterHaveTheSameRoutes(t *testing.T) {
	t.Parallel()
	var documented []string
	for _, op := range readContract(t).operations() {
		documented = append(documented, op.method+" "+op.path)
		if op.method == http.MethodGet {
			documented = append(documented, http.MethodHead+" "+op.path) // said in the document's description
		}
	}
	require.ElementsMatch(t, documented, serve(t, memory.New(), httpbase.Config{}).routes())
}

func TestEveryDocumentedAnswerIsGivenAsDocumented(t *testing.T) {
	t.Parallel()
	c := readContract(t)
	acceptedAnswers(t, c)
	refusalsOfTheService(t, c)
	refusalsOfTheRequest(t, c)
	troubleWithTheServer(t, c)

	unseen := slices.DeleteFunc(c.documented(), func(key string) bool { return c.seen[key] || !canBeSeen(key) })
	slices.Sort(unseen)
	require.Empty(t, unseen, "documented, but not given")
}

// canBeSeen leaves out what no request to these servers leads to.
func canBeSeen(key string) bool {
	switch {
	case strings.HasSuffix(key, " unauthorized"), strings.HasSuffix(key, " forbidden"):
		return false // these servers have no API keys
	case slices.Contains([]string{
		// These ask no store, or answer all trouble with it otherwise.
		"getLiveness 500 internal", "getReadiness 500 internal", "getMetrics 500 internal", "getOpenAPI 500 internal", "getDocs 500 internal",
		// Creations wait for nobody, so they are never too many.
		"initialize 503 overloaded", "createEvent 503 overloaded",
	}, key):
		return false
	}
	return true
}

// asking returns a function that asks a server, and wants a status.
func asking(s *server) func(status int, method, path, body string, header ...string) response {
	return func(status int, method, path, body string, header ...string) response {
		s.Helper()
		r := s.send(method, path, body, header...)
		require.Equal(s, status, r.status, "%s %s %s: %s", method, path, body, r.body)
		return r
	}
}

func acceptedAnswers(t *testing.T, c *contract) {
	t.Helper()
	s := c.serve(t, memory.New(), httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 1000, Interval: time.Hour}})
	ask := asking(s)

	ask(http.StatusCreated, "POST", "/initialize", `{"name":"Concert 2025","totalTickets":10000000}`)
	ask(http.StatusCreated, "POST", "/events", `{"name":"`+strings.Repeat("ä", 100)+`","totalTickets":1,"maxTicketsPerUser":null}`)
	made := ask(http.StatusCreated, "POST", "/events",
		`{"name":"Concert 2025","totalTickets":2,"maxTicketsPerUser":100,"maxWaitlist":2,"status":"DRAFT"}`)
	id := read[event](t, made).ID
	path := "/events/" + id
	ask(http.StatusOK, "PATCH", path, `{"status":"PUBLISHED","maxTicketsPerUser":null,"name":"Concert 2026","totalTickets":3}`)
	ask(http.StatusOK, "PATCH", path, `{}`, "If-Match", `"2"`)

	first := read[booked](t, ask(http.StatusCreated, "POST", "/book",
		`{"eventId":"`+id+`","identifier":"ada","quantity":2}`, "Idempotency-Key", "~ 1"))
	waiting := read[booked](t, ask(http.StatusCreated, "POST", "/book", `{"eventId":"`+id+`","identifier":"bob","quantity":3}`))
	ask(http.StatusOK, "POST", "/cancel", `{"eventId":"`+id+`","identifier":"ada","ticketId":"`+first.Tickets[0].ID+`"}`)
	ask(http.StatusCreated, "POST", "/book", `{"eventId":"`+id+`","identifier":"ada","quantity":2}`, "Idempotency-Key", "~ 1")
	ask(http.StatusOK, "GET", path+"/bookings/"+first.BookingID, "")
	ask(http.StatusOK, "GET", path+"/bookings/"+waiting.BookingID, "")
	ask(http.StatusOK, "GET", path+"/bookings", "")
	ask(http.StatusOK, "GET", path+"/bookings?limit=1&status=BOOKED&identifier=ADA", "")
	ask(http.StatusNoContent, "DELETE", path+"/waitlist/"+waiting.BookingID, "")
	ask(http.StatusOK, "GET", path+"/bookings/"+waiting.BookingID, "")

	ask(http.StatusOK, "GET", "/status/"+id, "")
	ask(http.StatusOK, "GET", "/events", "")
	ask(http.StatusOK, "GET", "/events?limit=1&status=PUBLISHED", "")
	tag := ask(http.StatusOK, "GET", path, "").header.Get("ETag")
	require.Equal(t, tag, ask(http.StatusNotModified, "GET", path, "", "If-None-Match", tag).header.Get("ETag"))
	ask(http.StatusOK, "POST", path+"/cancel", "")
	ask(http.StatusOK, "GET", path+"/bookings/"+first.BookingID, "")
	for _, open := range []string{"/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs"} {
		ask(http.StatusOK, "GET", open, "", "X-Request-Id", "of-the-caller")
	}
}

func refusalsOfTheService(t *testing.T, c *contract) {
	t.Helper()
	s := c.serve(t, memory.New(), httpbase.Config{})
	ask := asking(s)
	create := func(settings string) string {
		return read[event](t, ask(http.StatusCreated, "POST", "/events", `{"name":"Concert 2025",`+settings+`}`)).ID
	}
	book := func(status int, event, identifier, quantity string) response {
		return ask(status, "POST", "/book", `{"eventId":"`+event+`","identifier":"`+identifier+`","quantity":`+quantity+`}`)
	}
	draft, over := create(`"totalTickets":5,"status":"DRAFT"`), create(`"totalTickets":5`)
	ask(http.StatusOK, "POST", "/events/"+over+"/cancel", "")
	full := create(`"totalTickets":3,"maxTicketsPerUser":3,"maxWaitlist":1`)
	tickets := read[booked](t, book(http.StatusCreated, full, "ada", "2"))
	book(http.StatusCreated, full, "bob", "3")

	book(http.StatusConflict, draft, "ada", "1")
	book(http.StatusConflict, over, "ada", "1")
	book(http.StatusConflict, full, "cleo", "4")
	book(http.StatusConflict, full, "ada", "2")
	book(http.StatusConflict, full, "cleo", "1")
	for _, event := range []string{draft, over} {
		ask(http.StatusConflict, "POST", "/cancel", `{"eventId":"`+event+`","identifier":"ada"}`)
	}
	ask(http.StatusNotFound, "POST", "/cancel", `{"eventId":"`+full+`","identifier":"cleo"}`)
	ask(http.StatusConflict, "PATCH", "/events/"+over, `{"name":"Again"}`)
	ask(http.StatusConflict, "PATCH", "/events/"+full, `{"totalTickets":1}`)
	ask(http.StatusConflict, "PATCH", "/events/"+full, `{"totalTickets":2}`)
	ask(http.StatusPreconditionFailed, "PATCH", "/events/"+full, `{"totalTickets":9}`, "If-Match", `"1"`)
	ask(http.StatusConflict, "DELETE", "/events/"+full+"/waitlist/"+tickets.BookingID, "")
	ask(http.StatusNotFound, "DELETE", "/events/"+full+"/waitlist/"+full, "")
	ask(http.StatusNotFound, "GET", "/events/"+full+"/bookings/"+full, "")

	ask(http.StatusOK, "POST", "/cancel", `{"eventId":"`+full+`","identifier":"ada"}`, "Idempotency-Key", "k")
	ask(http.StatusUnprocessableEntity, "POST", "/cancel", `{"eventId":"`+full+`","identifier":"bob"}`, "Idempotency-Key", "k")
	ask(http.StatusUnprocessableEntity, "POST", "/book", `{"eventId":"`+full+`","identifier":"bob"}`, "Idempotency-Key", "k")
	ask(http.StatusCreated, "POST", "/initialize", `{"name":"Concert 2025","totalTickets":1}`, "Idempotency-Key", "k")
	for _, path := range []string{"/initialize", "/events"} {
		ask(http.StatusUnprocessableEntity, "POST", path, `{"name":"Concert 2025","totalTickets":2}`, "Idempotency-Key", "k")
	}
}

func refusalsOfTheRequest(t *testing.T, c *contract) {
	t.Helper()
	s := c.serve(t, memory.New(), httpbase.Config{})
	ask := asking(s)
	for _, op := range c.operations() {
		if strings.Contains(op.url+op.body, idExample) {
			ask(http.StatusNotFound, op.method, op.url, op.body)
			ask(http.StatusBadRequest, op.method,
				strings.ReplaceAll(op.url, idExample, "x"), strings.ReplaceAll(op.body, idExample, "x"))
		}
		if op.body == "" {
			continue
		}
		for _, body := range []string{`{`, `[]`, `{"unknown":1}`} {
			ask(http.StatusBadRequest, op.method, op.url, body)
		}
		ask(http.StatusUnsupportedMediaType, op.method, op.url, op.body, "Content-Type", "text/plain")
		ask(http.StatusRequestEntityTooLarge, op.method, op.url, op.body+strings.Repeat(" ", 64<<10))
	}
	ask(http.StatusNotFound, "GET", "/nothing", "")
	ask(http.StatusMethodNotAllowed, "PUT", "/book", "")

	// The document draws the line where the server does.
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "status=OPEN", "cursor="} {
		ask(http.StatusBadRequest, "GET", "/events?"+query, "")
		ask(http.StatusBadRequest, "GET", "/events/"+idExample+"/bookings?"+query, "")
	}
	for _, key := range []string{"", "ä", strings.Repeat("k", 256)} {
		ask(http.StatusBadRequest, "POST", "/initialize", `{"name":"Concert","totalTickets":1}`, "Idempotency-Key", key)
	}
	for _, fields := range []string{
		`"name":"ab"`, `"name":"    "`, `"name":"` + strings.Repeat("x", 101) + `"`, `"name":1`, `"Name":"Concert"`, `"totalTickets":0`,
		`"totalTickets":10000001`, `"totalTickets":1.5`, `"totalTickets":"1"`, `"totalTickets":null`, `"maxTicketsPerUser":0`,
		`"maxTicketsPerUser":10000001`, `"maxWaitlist":-1`, `"maxWaitlist":10000001`, `"status":"CANCELLED"`,
	} {
		ask(http.StatusBadRequest, "PATCH", "/events/"+idExample, `{`+fields+`}`)
	}
	ask(http.StatusBadRequest, "PATCH", "/events/"+idExample, `{"status":"DRAFT"}`)
	ask(http.StatusBadRequest, "POST", "/events", `{"name":"Concert","totalTickets":1,"status":"CANCELLED"}`)
	for _, fields := range []string{
		`"identifier":""`, `"identifier":" "`, `"identifier":"` + strings.Repeat("x", 256) + `"`, `"identifier":1`,
		`"identifier":"ada","quantity":0`, `"identifier":"ada","quantity":101`, `"identifier":"ada","quantity":"1"`,
		`"identifier":"ada","ticketId":"x"`,
	} {
		ask(http.StatusBadRequest, "POST", "/book", `{"eventId":"`+idExample+`",`+fields+`}`)
	}
	ask(http.StatusBadRequest, "POST", "/cancel", `{"eventId":"`+idExample+`","identifier":"ada","ticketId":"x"}`)
}

func troubleWithTheServer(t *testing.T, c *contract) {
	t.Helper()
	everything := func(s *server) {
		for _, op := range c.operations() {
			s.send(op.method, op.url, op.body)
		}
	}
	limited := c.serve(t, memory.New(), httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 1, Interval: time.Hour}})
	limited.send("GET", "/events", "")
	everything(limited)

	everything(c.serve(t, brokenStore{memory.New(), ports.ErrStoreUnavailable, ports.ErrStoreUnavailable}, httpbase.Config{}))
	everything(c.serve(t, brokenStore{memory.New(), errors.New("broken"), errors.New("broken")}, httpbase.Config{}))

	// From here on the event of the examples exists.
	store := memory.New()
	id, err := domain.ParseEventID(idExample)
	require.NoError(t, err)
	creation, err := domain.CreateEvent{Settings: domain.Settings{Name: "Concert 2025", TotalTickets: 100}}.
		Decide(domain.Stamp{At: store.Now(), NewID: func() uuid.UUID { return id.UUID }})
	require.NoError(t, err)
	_, err = store.Create(context.Background(), creation)
	require.NoError(t, err)
	everything(c.serve(t, brokenStore{Store: store, write: ports.ErrOutcomeUnknown}, httpbase.Config{}))

	full := c.serve(t, store, httpbase.Config{})
	full.service.Close() // a closed service takes nothing in, like a full one
	everything(full)
}

// brokenStore fails reads and writes with the errors that it has for them.
type brokenStore struct {
	ports.Store
	read, write error
}

func (s brokenStore) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	return orFail(s.read, func() (domain.Event, error) { return s.Store.Event(ctx, id) })
}

func (s brokenStore) Events(ctx context.Context, q ports.EventQuery) ([]domain.Event, error) {
	return orFail(s.read, func() ([]domain.Event, error) { return s.Store.Events(ctx, q) })
}

func (s brokenStore) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	return orFail(s.read, func() (domain.Booking, error) { return s.Store.Booking(ctx, event, id) })
}

func (s brokenStore) Bookings(ctx context.Context, q ports.BookingQuery) ([]domain.Booking, error) {
	return orFail(s.read, func() ([]domain.Booking, error) { return s.Store.Bookings(ctx, q) })
}

func (s brokenStore) Ready(context.Context) error { return s.read }

func (s brokenStore) PersonBookings(ctx context.Context, q ports.PersonQuery) ([]domain.Booking, error) {
	return orFail(s.read, func() ([]domain.Booking, error) { return s.Store.PersonBookings(ctx, q) })
}

func (s brokenStore) Journal(ctx context.Context, q ports.JournalQuery) ([]domain.Record, error) {
	return orFail(s.read, func() ([]domain.Record, error) { return s.Store.Journal(ctx, q) })
}

func (s brokenStore) Create(context.Context, domain.Creation) (domain.Event, error) {
	return domain.Event{}, s.write
}

func (s brokenStore) Update(context.Context, []domain.EventID, ports.Need, ports.Decide) error {
	return s.write
}

func orFail[T any](err error, read func() (T, error)) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return read()
}
