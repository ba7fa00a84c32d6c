package rest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
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

// webhookExample is the webhook of the document's examples.
const webhookExample = "01961a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b"

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
	ask(http.StatusCreated, "POST", "/events", `{"name":"`+strings.Repeat("ä", 100)+`","totalTickets":1,"maxTicketsPerUser":null,"status":null}`)
	made := ask(http.StatusCreated, "POST", "/events",
		`{"name":"Concert 2025","totalTickets":2,"maxTicketsPerUser":100,"maxWaitlist":2,"status":"DRAFT"}`)
	id := read[event](t, made).ID
	path := "/events/" + id
	ask(http.StatusOK, "PATCH", path, `{"status":"PUBLISHED","maxTicketsPerUser":null,"name":"Concert 2026","totalTickets":3}`)
	ask(http.StatusOK, "PATCH", path, `{}`, "If-Match", `"2"`)

	first := read[booked](t, ask(http.StatusCreated, "POST", "/book",
		`{"eventId":"`+id+`","identifier":"ada","quantity":2}`, keyHeader, longKey("~ 1")))
	waiting := read[booked](t, ask(http.StatusCreated, "POST", "/book", `{"eventId":"`+id+`","identifier":"bob","quantity":3}`))
	ask(http.StatusOK, "POST", "/cancel", `{"eventId":"`+id+`","identifier":"ada","ticketId":"`+first.Tickets[0].ID+`","quantity":null}`)
	ask(http.StatusCreated, "POST", "/book", `{"eventId":"`+id+`","identifier":"ada","quantity":2}`, keyHeader, longKey("~ 1"))
	ask(http.StatusOK, "GET", path+"/bookings/"+first.BookingID, "")
	ask(http.StatusOK, "GET", path+"/bookings/"+waiting.BookingID, "")
	ask(http.StatusOK, "PATCH", path+"/bookings/"+waiting.BookingID, `{"quantity":3,"reference":"order 7"}`)
	ask(http.StatusOK, "PATCH", path+"/bookings/"+waiting.BookingID, `{"reference":null}`)
	ask(http.StatusNoContent, "DELETE", path+"/waitlist/"+waiting.BookingID, "")
	ask(http.StatusOK, "GET", path+"/bookings/"+waiting.BookingID, "")
	holdsAccepted(t, s)

	for _, list := range []string{
		path + "/bookings", path + "/bookings?limit=1&status=BOOKED&identifier=ADA&reference=x&format=json", path + "/bookings?format=csv",
		path + "/journal", path + "/journal?after=1-1&limit=1", "/bookings?identifier=ada&limit=1",
		"/status/" + id, "/events", "/events?limit=1&status=PUBLISHED", path,
	} {
		ask(http.StatusOK, "GET", list, "")
	}
	ended := ask(http.StatusOK, "POST", path+"/cancel", "", keyHeader, longKey("c"))
	version := strconv.Itoa(read[event](t, ended).Version)
	for stream, last := range map[string]string{ // which end at once now
		path + "/stream": version, path + "/bookings/" + first.BookingID + "/stream": "last", "/b/" + first.Link + "/stream": "last",
	} {
		ask(http.StatusOK, "GET", stream, "")
		ask(http.StatusNoContent, "GET", stream, "", "Last-Event-ID", last)
	}
	ask(http.StatusOK, "GET", path+"/bookings/"+first.BookingID, "")
	ask(http.StatusOK, "POST", "/people/erase", `{"identifier":"ada"}`)
	ask(http.StatusOK, "GET", path+"/bookings/"+first.BookingID, "")
	answersOfWebhooks(t, ask)
	for _, open := range []string{"/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs"} {
		ask(http.StatusOK, "GET", open, "", "X-Request-Id", "of-the-caller")
	}
}

// holdsAccepted does all that is done with a held booking.
func holdsAccepted(t *testing.T, s *server) {
	t.Helper()
	ask := asking(s)
	e := s.create(`"totalTickets":3,"maxTicketsPerUser":9,"maxWaitlist":null,"holdSeconds":30,"claimSeconds":60,"selfService":true,
		"salesStartAt":"2020-01-10T10:00:00+01:00","salesEndAt":"9999-01-10T10:00:00Z","promotionEndAt":"9999-01-10T10:00:00.5Z",
		"startsAt":"9999-01-11T10:00:00Z","venue":"Town Hall","description":"Two lines\nof it"`)
	ask(http.StatusOK, "GET", "/status/"+e.ID, "")
	ask(http.StatusOK, "PATCH", "/events/"+e.ID, `{"salesStartAt":null,"venue":null}`)
	held := read[booked](t, ask(http.StatusCreated, "POST", "/book",
		`{"eventId":"`+e.ID+`","identifier":"ada","quantity":3,"waitlist":null,"reference":"order 7"}`))
	path := "/events/" + e.ID + "/bookings/" + held.BookingID
	ask(http.StatusCreated, "POST", "/book", `{"eventId":"`+e.ID+`","identifier":"bob","waitlist":true,"reference":null,"quantity":null}`)
	ask(http.StatusOK, "GET", path, "")
	ask(http.StatusOK, "POST", path+"/extend", `{"seconds":3600}`, keyHeader, longKey("e"))
	ask(http.StatusOK, "POST", path+"/transfer", `{"identifier":"cleo"}`, keyHeader, longKey("t"))
	ask(http.StatusOK, "POST", path+"/confirm", "", keyHeader, longKey("c"))
	ask(http.StatusOK, "POST", "/cancel", `{"eventId":"`+e.ID+`","identifier":"cleo","quantity":2,"ticketId":null}`)
	ask(http.StatusOK, "POST", "/people/erase", `{"identifier":"cleo","force":true}`)
	ask(http.StatusOK, "DELETE", path, "", keyHeader, longKey("d"))
	ask(http.StatusOK, "GET", "/events/"+e.ID+"/journal", "")
}

func answersOfWebhooks(t *testing.T, ask func(status int, method, path, body string, header ...string) response) {
	t.Helper()
	const create = `{"url":"https://shop.example.com","types":["booking.booked"],"links":true}`
	made := read[shownWebhook](t, ask(http.StatusCreated, "POST", "/webhooks", create, "Idempotency-Key", "a key for this one webhook"))
	again := read[shownWebhook](t, ask(http.StatusCreated, "POST", "/webhooks", create, "Idempotency-Key", "a key for this one webhook"))
	require.NotEmpty(t, made.Secret)
	made.Secret = ""
	require.Equal(t, made, again, "a repeat has no secret")
	ask(http.StatusUnprocessableEntity, "POST", "/webhooks", `{"url":"https://shop.example.com"}`, "Idempotency-Key", "a key for this one webhook")
	path := "/webhooks/" + made.ID
	ask(http.StatusOK, "GET", path, "")
	ask(http.StatusOK, "GET", "/webhooks?limit=1", "")
	ask(http.StatusBadRequest, "GET", "/webhooks?limit=0", "")
	ask(http.StatusOK, "PATCH", path, `{"status":"PAUSED","types":null,"url":"https://other.example.com","links":false}`)
	ask(http.StatusOK, "POST", path+"/test", "")
	ask(http.StatusOK, "GET", path+"/deliveries?limit=1", "")
	ask(http.StatusOK, "POST", path+"/resend", `{"after":"2025-03-01T09:00:00+01:00"}`)
	for _, fields := range []string{
		`"url":""`, `"url":"ftp://x"`, `"url":"` + strings.Repeat("https://", 300) + `"`, `"types":[]`, `"types":["booking.lost"]`, `"types":"booking.booked"`,
		`"types":[1]`, `"types":["booking.booked","booking.booked"]`, `"links":"yes"`, `"link":true`, `"url":null`,
	} {
		ask(http.StatusBadRequest, "PATCH", path, `{`+fields+`}`)
	}
	ask(http.StatusBadRequest, "PATCH", path, `{"status":"OFF"}`)
	ask(http.StatusBadRequest, "GET", path+"/deliveries?cursor=", "")
	ask(http.StatusNoContent, "DELETE", path, "")
}

func refusalsOfTheService(t *testing.T, c *contract) {
	t.Helper()
	s := c.serve(t, memory.New(), httpbase.Config{})
	ask := asking(s)
	create := func(settings string) string { return s.create(settings).ID }
	book := func(status int, event, identifier, quantity string) response {
		return ask(status, "POST", "/book", `{"eventId":"`+event+`","identifier":"`+identifier+`","quantity":`+quantity+`}`)
	}
	draft, over := create(`"totalTickets":5,"status":"DRAFT"`), create(`"totalTickets":5`)
	late := read[booked](t, book(http.StatusCreated, over, "ada", "1"))
	ask(http.StatusOK, "POST", "/events/"+over+"/cancel", "")
	full := create(`"totalTickets":3,"maxTicketsPerUser":3,"maxWaitlist":1`)
	tickets := read[booked](t, book(http.StatusCreated, full, "ada", "2"))
	waiting := read[booked](t, book(http.StatusCreated, full, "bob", "3"))

	book(http.StatusConflict, draft, "ada", "1")
	book(http.StatusConflict, over, "ada", "1")
	book(http.StatusConflict, create(`"totalTickets":5,"salesStartAt":"9999-01-01T00:00:00Z"`), "ada", "1")
	book(http.StatusConflict, create(`"totalTickets":5,"salesEndAt":"2020-01-01T00:00:00Z"`), "ada", "1")
	book(http.StatusConflict, full, "cleo", "4")
	book(http.StatusConflict, full, "ada", "2")
	book(http.StatusConflict, full, "cleo", "1")
	ask(http.StatusConflict, "POST", "/book", `{"eventId":"`+full+`","identifier":"cleo","waitlist":false}`)
	for _, event := range []string{draft, over} {
		ask(http.StatusConflict, "POST", "/cancel", `{"eventId":"`+event+`","identifier":"ada"}`)
	}
	ask(http.StatusNotFound, "POST", "/cancel", `{"eventId":"`+full+`","identifier":"cleo"}`)
	ask(http.StatusConflict, "POST", "/cancel", `{"eventId":"`+full+`","identifier":"ada","quantity":3}`)
	ask(http.StatusConflict, "PATCH", "/events/"+over, `{"name":"Again"}`)
	ask(http.StatusConflict, "PATCH", "/events/"+full, `{"totalTickets":1}`)
	ask(http.StatusConflict, "PATCH", "/events/"+full, `{"totalTickets":2}`)
	ask(http.StatusPreconditionFailed, "PATCH", "/events/"+full, `{"totalTickets":9}`, "If-Match", `"7"`)
	ask(http.StatusConflict, "DELETE", "/events/"+full+"/waitlist/"+tickets.BookingID, "")
	ask(http.StatusNotFound, "DELETE", "/events/"+full+"/waitlist/"+full, "")
	ask(http.StatusConflict, "POST", "/people/erase", `{"identifier":"bob"}`)

	// Of the commands on a booking: those that don't exist, and those that are
	// waiting, cancelled, expired, or of a cancelled event.
	ofWaiting, ofLate := "/events/"+full+"/bookings/"+waiting.BookingID, "/events/"+over+"/bookings/"+late.BookingID
	expired, cancelled := overHolds(t, s)
	for command, body := range map[string]string{"/confirm": "", "/extend": `{"seconds":60}`, "/transfer": `{"identifier":"dora"}`} {
		for _, path := range []string{ofLate, expired, cancelled} {
			ask(http.StatusConflict, "POST", path+command, body)
		}
		ask(http.StatusNotFound, "POST", "/events/"+full+"/bookings/"+full+command, body)
	}
	ask(http.StatusConflict, "POST", ofWaiting+"/confirm", "")
	ask(http.StatusConflict, "POST", ofWaiting+"/extend", `{"seconds":60}`)
	ask(http.StatusConflict, "POST", ofWaiting+"/transfer", `{"identifier":"ada"}`)
	ask(http.StatusConflict, "PATCH", ofLate, `{"reference":"x"}`)
	ask(http.StatusConflict, "PATCH", expired, `{"quantity":1}`)
	ask(http.StatusNotFound, "GET", "/events/"+full+"/bookings/"+full+"/stream", "")
	for method, body := range map[string]string{"GET": "", "PATCH": `{"quantity":1}`, "DELETE": ""} {
		ask(http.StatusNotFound, method, "/events/"+full+"/bookings/"+full, body)
	}
	reusedKeys(t, s)
}

// overHolds makes a booking that has expired, and one that was given back, and
// returns their paths.
func overHolds(t *testing.T, s *server) (expired, cancelled string) {
	t.Helper()
	e := s.create(`"totalTickets":3,"holdSeconds":30,"claimSeconds":60`)
	expired = "/events/" + e.ID + "/bookings/" + s.book(e.ID, "ada", "1").BookingID
	cancelled = "/events/" + e.ID + "/bookings/" + s.book(e.ID, "ada", "1").BookingID
	require.Equal(t, http.StatusOK, s.send("DELETE", cancelled, "").status)
	s.clock.forward(time.Minute)
	return expired, cancelled
}

// reusedKeys sends every request that takes an idempotency key twice, for
// another thing the second time.
func reusedKeys(t *testing.T, s *server) {
	t.Helper()
	ask := asking(s)
	e := s.create(`"totalTickets":9,"holdSeconds":30,"claimSeconds":60`)
	one, other := s.book(e.ID, "ada", "1"), s.book(e.ID, "ada", "2")
	ofOne, ofOther := "/events/"+e.ID+"/bookings/"+one.BookingID, "/events/"+e.ID+"/bookings/"+other.BookingID
	for _, r := range [][5]string{ // method, path and body of one and of the other
		{"POST", "/initialize", `{"name":"One","totalTickets":1}`, "/initialize", `{"name":"Other","totalTickets":1}`},
		{"POST", "/events", `{"name":"Two","totalTickets":1}`, "/events", `{"name":"One","totalTickets":1}`},
		{"POST", "/book", `{"eventId":"` + e.ID + `","identifier":"bob"}`, "/book", `{"eventId":"` + e.ID + `","identifier":"cleo"}`},
		{"POST", "/cancel", `{"eventId":"` + e.ID + `","identifier":"ada"}`, "/cancel", `{"eventId":"` + e.ID + `","identifier":"bob"}`},
		{"POST", ofOne + "/extend", `{"seconds":60}`, ofOne + "/extend", `{"seconds":61}`},
		{"POST", ofOne + "/transfer", `{"identifier":"dora"}`, ofOne + "/transfer", `{"identifier":"eve"}`},
		{"POST", ofOne + "/confirm", "", ofOther + "/confirm", ""},
		{"DELETE", ofOne, "", ofOther, ""},
	} {
		key := longKey(r[0] + r[1])
		require.Less(t, s.send(r[0], r[1], r[2], keyHeader, key).status, http.StatusMultipleChoices, "%v", r)
		ask(http.StatusUnprocessableEntity, r[0], r[3], r[4], keyHeader, key)
	}
}

func refusalsOfTheRequest(t *testing.T, c *contract) {
	t.Helper()
	s := c.serve(t, memory.New(), httpbase.Config{})
	ask := asking(s)
	for _, op := range c.operations() {
		without := strings.NewReplacer(idExample, "x", webhookExample, "x")
		if without.Replace(op.url+op.body) != op.url+op.body {
			ask(http.StatusNotFound, op.method, op.url, op.body)
			ask(http.StatusBadRequest, op.method, without.Replace(op.url), without.Replace(op.body))
		}
		if op.method == http.MethodGet {
			if op.Responses.Status(http.StatusBadRequest) != nil { // not who probes
				path, _, _ := strings.Cut(op.url, "?")
				ask(http.StatusBadRequest, op.method, path+"?unknown=1", "")
			}
			continue
		}
		for _, body := range []string{`{`, `[]`, `{"unknown":1}`} {
			ask(http.StatusBadRequest, op.method, op.url, body)
		}
		ask(http.StatusUnsupportedMediaType, op.method, op.url, `{"unknown":1}`, "Content-Type", "text/plain")
		ask(http.StatusRequestEntityTooLarge, op.method, op.url, op.body+strings.Repeat(" ", 65<<10))
	}
	ask(http.StatusNotFound, "GET", "/nothing", "")
	ask(http.StatusNotFound, "GET", "/b/x/stream", "")
	ask(http.StatusMethodNotAllowed, "PUT", "/book", "")

	// The document draws the line where the server does.
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "status=OPEN", "cursor="} {
		ask(http.StatusBadRequest, "GET", "/events?"+query, "")
		ask(http.StatusBadRequest, "GET", "/events/"+idExample+"/bookings?"+query, "")
	}
	for _, path := range []string{
		"/bookings", "/bookings?identifier=", "/bookings?identifier=ada&limit=0", "/events/" + idExample + "/bookings?reference=",
		"/events/" + idExample + "/bookings?reference=" + strings.Repeat("x", 101),
		"/events/" + idExample + "/bookings?format=xml", "/events/" + idExample + "/journal?after=1", "/events/" + idExample + "/journal?limit=201",
	} {
		ask(http.StatusBadRequest, "GET", path, "")
	}
	for _, key := range []string{"", "ä", strings.Repeat("k", 256)} {
		ask(http.StatusBadRequest, "POST", "/initialize", `{"name":"Concert","totalTickets":1}`, "Idempotency-Key", key)
	}
	for _, fields := range []string{
		`"name":""`, `"name":"    "`, `"name":"` + strings.Repeat("x", 101) + `"`, `"name":1`, `"Name":"Concert"`, `"totalTickets":0`,
		`"totalTickets":10000001`, `"totalTickets":1.5`, `"totalTickets":"1"`, `"totalTickets":null`, `"maxTicketsPerUser":0`,
		`"maxTicketsPerUser":10000001`, `"maxWaitlist":-1`, `"maxWaitlist":10000001`, `"status":"CANCELLED"`, `"status":null`,
		`"name":null`, `"holdSeconds":29`, `"holdSeconds":86401`, `"holdSeconds":0`, `"claimSeconds":59`, `"claimSeconds":2592001`,
		`"salesStartAt":"tomorrow"`, `"salesEndAt":1`, `"promotionEndAt":""`, `"startsAt":"2025-02-01"`, `"selfService":"yes"`,
		`"venue":"` + strings.Repeat("x", 201) + `"`, `"description":"` + strings.Repeat("x", 2001) + `"`,
	} {
		ask(http.StatusBadRequest, "PATCH", "/events/"+idExample, `{`+fields+`}`)
	}
	ask(http.StatusBadRequest, "PATCH", "/events/"+idExample, `{"status":"DRAFT"}`)
	ask(http.StatusBadRequest, "POST", "/events", `{"name":"Concert","totalTickets":1,"status":"CANCELLED"}`)
	for _, fields := range []string{
		`"identifier":""`, `"identifier":" "`, `"identifier":"` + strings.Repeat("x", 256) + `"`, `"identifier":1`,
		`"identifier":"ada","quantity":0`, `"identifier":"ada","quantity":101`, `"identifier":"ada","quantity":"1"`,
		`"identifier":"ada","ticketId":"x"`, `"identifier":null`, `"identifier":"ada","waitlist":0`, `"identifier":"ada","reference":""`,
		`"identifier":"ada","reference":"` + strings.Repeat("x", 101) + `"`,
	} {
		ask(http.StatusBadRequest, "POST", "/book", `{"eventId":"`+idExample+`",`+fields+`}`)
	}
	for _, fields := range []string{`"ticketId":"x"`, `"quantity":0`, `"quantity":101`, `"ticketId":"` + idExample + `","quantity":1`} {
		ask(http.StatusBadRequest, "POST", "/cancel", `{"eventId":"`+idExample+`","identifier":"ada",`+fields+`}`)
	}
	booking := "/events/" + idExample + "/bookings/" + idExample
	for _, seconds := range []string{"0", "3601", "null", `"60"`, "1.5"} {
		ask(http.StatusBadRequest, "POST", booking+"/extend", `{"seconds":`+seconds+`}`)
	}
	for _, fields := range []string{`"quantity":0`, `"quantity":101`, `"quantity":null`, `"reference":""`} {
		ask(http.StatusBadRequest, "PATCH", booking, `{`+fields+`}`)
	}
	ask(http.StatusBadRequest, "POST", booking+"/transfer", `{"identifier":" "}`)
	ask(http.StatusBadRequest, "POST", "/people/erase", `{"identifier":"ada","force":1}`)
}

func troubleWithTheServer(t *testing.T, c *contract) {
	t.Helper()
	everything := func(s *server, but ...string) {
		for _, op := range c.operations() {
			if !slices.Contains(but, op.OperationID) {
				s.send(op.method, op.url, op.body)
			}
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
	hook, err := domain.ParseWebhookID(webhookExample)
	require.NoError(t, err)
	webhook, request, err := domain.CreateWebhook{URL: "https://shop.example.com", Secret: make([]byte, 24)}.
		Decide(domain.Stamp{At: store.Now(), NewID: func() uuid.UUID { return hook.UUID }})
	require.NoError(t, err)
	_, _, err = store.CreateWebhook(context.Background(), webhook, request)
	require.NoError(t, err)
	known := serve(t, store, httpbase.Config{}) // its person has a booking that is over
	over := known.book(idExample, "user@example.com", "1")
	require.Equal(t, http.StatusOK, known.send("DELETE", "/events/"+idExample+"/bookings/"+over.BookingID, "").status)
	everything(c.serve(t, brokenStore{WebhookStore: store, write: ports.ErrOutcomeUnknown}, httpbase.Config{}), "streamEvent") // which goes on

	full := c.serve(t, store, httpbase.Config{})
	full.service.Close() // a closed service takes nothing in, like a full one
	everything(full)
	full.get("/b/" + over.Link + "/stream")
}
