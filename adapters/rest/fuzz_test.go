package rest_test

import (
	"context"
	"encoding/json"
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
)

// fuzzEvent is an id that seeds can name.
const fuzzEvent = "0190a6c0-5f2e-4bd0-8f5a-3d1c2b4a5e6f"

// fuzzHandler is a handler with one event, called without a network.
func fuzzHandler(f *testing.F) http.Handler {
	f.Helper()
	store := memory.New()
	creation, err := domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: domain.MaxTotalTickets}}.
		Decide(domain.Stamp{At: store.Now(), NewID: func() uuid.UUID { return uuid.MustParse(fuzzEvent) }})
	require.NoError(f, err)
	_, err = store.Create(context.Background(), creation)
	require.NoError(f, err)
	service := app.New(store, app.Options{})
	f.Cleanup(service.Close)
	handler, err := httpbase.New(httpbase.Config{})
	require.NoError(f, err)
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
	return handler
}

// call sends a request, and checks that what comes back is an answer of the
// contract, or a problem of it.
func call(t *testing.T, handler http.Handler, method, path, body string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(method, "/", strings.NewReader(body))
	request.URL.Path, request.URL.RawQuery, _ = strings.Cut(path, "?")
	request.Header = header
	if header == nil {
		request.Header = http.Header{"Content-Type": {"application/json"}}
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	require.Less(t, recorder.Code, http.StatusInternalServerError, recorder.Body)
	if recorder.Code >= http.StatusBadRequest {
		var p problem
		require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &p))
		require.Equal(t, recorder.Code, p.Status)
		require.Equal(t, p.Code == "validation_failed", len(p.Errors) > 0)
	}
	require.True(t, utf8.Valid(recorder.Body.Bytes()))
	return recorder
}

func FuzzBookBody(f *testing.F) {
	for _, seed := range []string{
		`{"eventId":"` + fuzzEvent + `","identifier":"user@example.com","quantity":1}`,
		`{"eventId":"` + fuzzEvent + `","identifier":"İ\u0130ß ","quantity":1e1}`,
		`{"eventId":"` + fuzzEvent + `","identifier":"a","Identifier":"b"}`,
		`{"identifier":"\ud800","quantity":1.5}`,
		`{"x":[[[{}]]],"x":null}`, `{`, `null`, `{}{}`, "\xff", `{"quantity":1e999}`,
	} {
		f.Add(seed)
	}
	handler := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := call(t, handler, "POST", "/book", body, nil)
		if r.Code != http.StatusCreated {
			return
		}
		// What was taken means the same to the standard library's reader.
		var asked struct {
			EventID, Identifier string
			Quantity            *float64
		}
		require.NoError(t, json.Unmarshal([]byte(body), &asked))
		require.Equal(t, fuzzEvent, strings.ToLower(asked.EventID))
		person, err := domain.NewPerson(asked.Identifier)
		require.NoError(t, err)
		var b booked
		require.NoError(t, json.Unmarshal(r.Body.Bytes(), &b))
		require.False(t, b.Waitlisted)
		require.Equal(t, person.UserID().String(), b.Tickets[0].UserID)
		if asked.Quantity != nil {
			require.InDelta(t, *asked.Quantity, len(b.Tickets), 0)
		}
	})
}

func FuzzCancelBody(f *testing.F) {
	f.Add(`{"eventId":"` + fuzzEvent + `","identifier":"ada"}`)
	f.Add(`{"eventId":"` + fuzzEvent + `","identifier":"ada","ticketId":"00000000-0000-0000-0000-000000000000"}`)
	handler := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, body string) {
		call(t, handler, "POST", "/cancel", body, nil)
	})
}

func FuzzEventBody(f *testing.F) {
	f.Add(`{"name":"Concert","totalTickets":5,"status":"DRAFT","maxTicketsPerUser":null,"maxWaitlist":0}`)
	f.Add(`{"name":"\u0000\u0000\u0000","totalTickets":-0}`)
	handler := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, body string) {
		call(t, handler, "POST", "/initialize", body, nil)
		call(t, handler, "POST", "/events", body, nil)
	})
}

func FuzzChangeBody(f *testing.F) {
	f.Add(`{"name":"Concert","totalTickets":5,"status":"PUBLISHED","maxTicketsPerUser":null,"maxWaitlist":0}`, `"1", W/"2"`)
	f.Add(`{}`, `*`)
	handler := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, body, match string) {
		header := http.Header{"Content-Type": {"application/json"}, "If-Match": {match}}
		call(t, handler, "PATCH", "/events/"+fuzzEvent, body, header)
	})
}

func FuzzPathAndHeaders(f *testing.F) {
	f.Add("GET", "/events?limit=5&status=DRAFT&cursor=AAAA", "application/json", "k", `"1"`)
	f.Add("POST", "/book", "application/json; charset=utf-8", "", "")
	f.Add("DELETE", "/events/"+fuzzEvent+"/waitlist/"+fuzzEvent, "", "", "")
	f.Add("GET", "/events/"+fuzzEvent+"/bookings?identifier=%00", "", "", "")
	handler := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, method, path, contentType, key, tag string) {
		if method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) || !strings.HasPrefix(path, "/") {
			t.Skip("net/http lets no such request through")
		}
		call(t, handler, method, path, "{}", http.Header{
			"Content-Type": {contentType}, "Idempotency-Key": {key}, "If-None-Match": {tag}, "X-Request-Id": {key},
		})
	})
}
