package faults_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// fuzzEvent is an id that seeds can name.
const fuzzEvent = "0190a6c0-5f2e-4bd0-8f5a-3d1c2b4a5e6f"

// FuzzHTTP sends whatever net/http takes for a request. It has to be answered
// soon, never with an internal error, and the books have to balance afterwards.
func FuzzHTTP(f *testing.F) {
	const json = "Content-Type: application/json\r\n"
	person := `{"eventId":"` + fuzzEvent + `","identifier":"ada"`
	for _, seed := range []struct{ line, headers, body string }{
		{"POST /book HTTP/1.1", json + "Idempotency-Key: k\r\n", person + `,"quantity":3}`},
		{"POST /book HTTP/1.1", json + "Transfer-Encoding: chunked\r\n", "5\r\n" + person[:5] + "\r\n0\r\n\r\n"},
		{"POST /cancel HTTP/1.1", json, person + `}`},
		{"POST /cancel HTTP/1.0", json + "Expect: 100-continue\r\n", person + `,"ticketId":"` + fuzzEvent + `"}`},
		{"POST /initialize HTTP/1.1", json, `{"name":"Concert","totalTickets":1}`},
		{"POST /events HTTP/1.1", json, `{"name":"Concert","totalTickets":1,"status":"DRAFT","maxWaitlist":0}`},
		{"PATCH /events/" + fuzzEvent + " HTTP/1.1", json + "If-Match: \"1\", W/\"2\"\r\n", `{"totalTickets":30,"maxTicketsPerUser":9}`},
		{"GET /events/" + fuzzEvent + "/bookings?identifier=%41da&limit=2&cursor=x HTTP/1.1", "If-None-Match: *\r\n", ""},
		{"GET /events?status=DRAFT&limit=200 HTTP/1.1", "Accept: */*\r\nHost: other\r\n", ""},
		{"HEAD /status/" + fuzzEvent + " HTTP/1.1", "Upgrade: h2c\r\nConnection: upgrade\r\n", ""},
		{"DELETE /events/" + fuzzEvent + "/waitlist/" + fuzzEvent + " HTTP/1.1", "", ""},
		{"OPTIONS * HTTP/1.1", "Origin: http://example.com\r\n", ""},
		{"GET //%00/../%zz HTTP/9.9", " : \x00\r\n", "\xff"},
		{"\x16\x03\x01", "", ""},
	} {
		f.Add(seed.line, seed.headers, seed.body)
	}
	store := memory.New()
	id := domain.EventID{UUID: uuid.MustParse(fuzzEvent)}
	concert := domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 20, MaxWaitlist: domain.AtMost(50)}}
	creation, err := concert.Decide(domain.Stamp{At: store.Now(), NewID: func() uuid.UUID { return id.UUID }})
	require.NoError(f, err)
	_, err = store.Create(context.Background(), creation)
	require.NoError(f, err)
	service := app.New(store, app.Options{})
	f.Cleanup(service.Close)
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(f, err)
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
	f.Cleanup(func() { require.NoError(f, handler.Close()) })

	f.Fuzz(func(t *testing.T, line, headers, body string) {
		text := fmt.Sprintf("%s\r\nHost: boxoffice\r\nContent-Length: %d\r\n%s\r\n%s", line, len(body), headers, body)
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Skip("net/http lets no such request through")
		}
		ctx, cancel := context.WithTimeout(t.Context(), recovery)
		defer cancel()
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request.WithContext(ctx))
		require.NoError(t, ctx.Err(), "the server hangs")
		checkAnswer(t, request, recorder)
		checkBooks(t, store, id)
	})
}

func checkAnswer(t *testing.T, request *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	text := answer.Body.Bytes()
	require.True(t, utf8.Valid(text))
	require.Less(t, answer.Code, http.StatusInternalServerError, "%s", text)
	if answer.Code < http.StatusBadRequest || request.Method == http.MethodHead {
		return
	}
	require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"), "%s", text)
	var p struct {
		Type, Title, Detail, Code, RequestID string
		Status                               int
	}
	require.NoError(t, json.Unmarshal(text, &p), "%s", text)
	require.Equal(t, answer.Code, p.Status)
	require.NotEmpty(t, p.Code)
}

// checkBooks compares the event with its bookings.
func checkBooks(t *testing.T, store ports.Store, id domain.EventID) {
	t.Helper()
	e, err := store.Event(t.Context(), id)
	require.NoError(t, err)
	live, waiting, after := 0, 0, int64(0)
	for {
		const page = 200
		bookings, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: id, AfterSequence: after, Limit: page})
		require.NoError(t, err)
		for _, b := range bookings {
			require.Equal(t, after+1, b.Sequence)
			after = b.Sequence
			if b.Status == domain.BookingWaiting {
				waiting++
				require.Equal(t, waiting, b.Position)
			}
			for _, ticket := range b.Tickets {
				if ticket.Status != domain.TicketCancelled {
					live++
				}
			}
		}
		if len(bookings) < page {
			break
		}
	}
	require.Equal(t, e.Line.Waiting, waiting)
	if e.Status != domain.EventCancelled {
		require.Equal(t, e.TotalTickets, live+e.AvailableTickets)
	}
}
