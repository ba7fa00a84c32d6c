package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// faultyStore is a store whose reads of events fail as they are told to.
type faultyStore struct {
	app.WebhookStore
	event func(ctx context.Context) error
}

func (s faultyStore) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	if err := s.event(ctx); err != nil {
		return domain.Event{}, err
	}
	return s.WebhookStore.Event(ctx, id)
}

func (s faultyStore) Ready(ctx context.Context) error { return s.event(ctx) }

func failing(err error) faultyStore {
	return faultyStore{memory.New(), func(context.Context) error { return err }}
}

// logBuffer keeps what is logged; it is complete once the server is closed.
type logBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

// lines closes the server, so that all is written, and reads the lines.
func (b *logBuffer) lines(s *server) (lines []map[string]any) {
	s.Helper()
	s.Close()
	for text := range strings.Lines(b.text.String()) {
		var line map[string]any
		require.NoError(s, json.Unmarshal([]byte(text), &line))
		lines = append(lines, line)
	}
	return lines
}

func TestRefusalsOfTheServiceHaveTheirCodes(t *testing.T) {
	forEachStore(t, func(s *server) {
		full := s.create(`"totalTickets":2,"maxTicketsPerUser":3,"maxWaitlist":1`)
		s.book(full.ID, "ada", "2")
		s.book(full.ID, "bob", "2")
		draft := s.create(`"totalTickets":2,"status":"DRAFT"`)
		over := s.create(`"totalTickets":2`)
		require.Equal(s, http.StatusOK, s.post("/events/"+over.ID+"/cancel", "").status)
		waiting := s.create(`"totalTickets":3`)
		s.book(waiting.ID, "ada", "1")
		s.book(waiting.ID, "bob", "3")

		for _, c := range []struct {
			method, path, body string
			status             int
			code               string
		}{
			{"POST", "/book", `{"eventId":"` + nobodysID + `","identifier":"ada"}`, 404, "event_not_found"},
			{"POST", "/book", `{"eventId":"` + over.ID + `","identifier":"ada"}`, 409, "event_cancelled"},
			{"POST", "/book", `{"eventId":"` + draft.ID + `","identifier":"ada"}`, 409, "event_not_published"},
			{"POST", "/book", `{"eventId":"` + full.ID + `","identifier":"ada","quantity":3}`, 409, "quantity_exceeds_capacity"},
			{"POST", "/book", `{"eventId":"` + full.ID + `","identifier":"ada","quantity":2}`, 409, "user_limit_reached"},
			{"POST", "/book", `{"eventId":"` + full.ID + `","identifier":"cleo"}`, 409, "waitlist_full"},
			{"POST", "/cancel", `{"eventId":"` + nobodysID + `","identifier":"ada"}`, 404, "event_not_found"},
			{"POST", "/cancel", `{"eventId":"` + over.ID + `","identifier":"ada"}`, 409, "event_cancelled"},
			{"POST", "/cancel", `{"eventId":"` + draft.ID + `","identifier":"ada"}`, 409, "event_not_published"},
			{"POST", "/cancel", `{"eventId":"` + full.ID + `","identifier":"cleo"}`, 404, "ticket_not_found"},
			{"GET", "/status/" + nobodysID, "", 404, "event_not_found"},
			{"GET", "/events/" + nobodysID, "", 404, "event_not_found"},
			{"GET", "/events/" + nobodysID + "/bookings/" + nobodysID, "", 404, "event_not_found"},
			{"GET", "/events/" + full.ID + "/bookings/" + nobodysID, "", 404, "booking_not_found"},
			{"POST", "/events/" + nobodysID + "/cancel", "", 404, "event_not_found"},
			{"PATCH", "/events/" + nobodysID, "{}", 404, "event_not_found"},
			{"PATCH", "/events/" + over.ID, `{"name":"Again"}`, 409, "event_cancelled"},
			{"PATCH", "/events/" + full.ID, `{"totalTickets":1}`, 409, "capacity_below_booked"},
			{"PATCH", "/events/" + waiting.ID, `{"totalTickets":2}`, 409, "capacity_below_waiting"},
			{"DELETE", "/events/" + nobodysID + "/waitlist/" + nobodysID, "", 404, "event_not_found"},
		} {
			refused(s, s.send(c.method, c.path, c.body), c.status, c.code)
		}
	})
}

func TestPathsThatAreNoRoutesAreNotFound(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, path := range []string{
		"/", "", "/nothing", "/book/", "//book", "/Book", "/status", "/status/", "/status//", "/status/x/", "/status/x/y",
		"/status/x%2Fy", "/events/", "/events/x/", "/events/x/nothing", "/events/x/bookings/", "/events/x/bookings/y/z",
		"/events//bookings", "/events/%00%2f", "/..", "/status/.%2e/book", "/livez/",
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "HEAD", "OPTIONS"} {
			r := s.send(method, path, "")
			require.Equal(t, http.StatusNotFound, r.status, "%s %s: %s", method, path, r.body)
			if method != "HEAD" {
				refused(t, r, http.StatusNotFound, "route_not_found")
			}
		}
	}
}

func TestAPathCountsForWhatItSaysHoweverItIsEncoded(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	event := s.create(`"totalTickets":1`)
	encoded := strings.ReplaceAll(event.ID, "-", "%2D")
	require.Equal(t, event.ID, read[counts](t, s.get("/%73tatus/"+encoded)).EventID)
	for _, id := range []string{"a%3Ab", "%ff", "%C3%A9", "%2e%2e"} {
		refusedFields(t, s.get("/status/"+id), "eventId")
	}
}

func TestARequestWithoutAPathIsNotFound(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	request := httptest.NewRequest(http.MethodConnect, "/", nil)
	request.URL.Path = ""
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusNotFound, recorder.Code)
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for path, allow := range map[string]string{
		"/initialize":          "OPTIONS, POST",
		"/book":                "OPTIONS, POST",
		"/cancel":              "OPTIONS, POST",
		"/status/x":            "OPTIONS, GET, HEAD",
		"/events":              "OPTIONS, GET, HEAD, POST",
		"/events/x":            "OPTIONS, GET, HEAD, PATCH",
		"/events/x/cancel":     "OPTIONS, POST",
		"/events/x/bookings":   "OPTIONS, GET, HEAD",
		"/events/x/bookings/y": "OPTIONS, DELETE, GET, HEAD, PATCH",
		"/events/x/waitlist/y": "OPTIONS, DELETE",
		"/livez":               "OPTIONS, GET, HEAD",
		"/readyz":              "OPTIONS, GET, HEAD",
	} {
		for _, method := range []string{"PUT", "FROB"} {
			r := s.send(method, path, `{"not json`)
			refused(t, r, http.StatusMethodNotAllowed, "method_not_allowed")
			require.Equal(t, allow, r.header.Get("Allow"), path)
		}
		r := s.send("OPTIONS", path, "")
		require.Equal(t, http.StatusNoContent, r.status)
		require.Equal(t, allow, r.header.Get("Allow"), path)
	}
}

func TestHeadAnswersLikeGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	for _, path := range []string{"/status/" + e.ID, "/events/" + e.ID, "/events", "/events/" + e.ID + "/bookings", "/livez", "/readyz"} {
		get, head := s.get(path), s.send("HEAD", path, "")
		require.Equal(t, http.StatusOK, head.status)
		require.Empty(t, head.body)
		for _, name := range []string{"Content-Length", "Content-Type", "ETag"} {
			require.Equal(t, get.header.Get(name), head.header.Get(name), path)
		}
	}
}

func TestTroubleWithTheStoreIsTold(t *testing.T) {
	t.Parallel()
	for err, code := range map[error]string{
		fmt.Errorf("mysql: dial tcp 10.0.0.7: %w", ports.ErrStoreUnavailable): "store_unavailable",
		fmt.Errorf("mysql: commit: %w", ports.ErrOutcomeUnknown):              "outcome_unknown",
		context.DeadlineExceeded: "store_unavailable",
	} {
		s := serve(t, failing(err), httpbase.Config{})
		r := s.get("/status/" + nobodysID)
		refused(t, r, http.StatusServiceUnavailable, code)
		require.Equal(t, "1", r.header.Get("Retry-After"))
		require.NotContains(t, r.body, "mysql")
	}
}

func TestAServerIsNotReadyWithoutItsStore(t *testing.T) {
	t.Parallel()
	for _, err := range []error{ports.ErrStoreUnavailable, errors.New("secret_things: the schema is too old")} {
		s := serve(t, failing(err), httpbase.Config{})
		r := s.get("/readyz")
		refused(t, r, http.StatusServiceUnavailable, "store_unavailable")
		require.Equal(t, "1", r.header.Get("Retry-After"))
		require.NotContains(t, r.body, "secret_things")
		require.Equal(t, http.StatusOK, s.get("/livez").status)
	}
}

func TestAFullServiceSaysSo(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	s.service.Close() // a closed service takes nothing in, like a full one
	r := s.post("/book", `{"eventId":"`+e.ID+`","identifier":"ada"}`)
	refused(t, r, http.StatusServiceUnavailable, "overloaded")
	require.Equal(t, "1", r.header.Get("Retry-After"))
}

func TestNothingInternalIsEverShown(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("table secret_things is broken") },
		"a code that isn't in the table": func(context.Context) error {
			return &domain.Error{Code: "secret", Detail: "table secret_things is broken"}
		},
		"a panic": func(context.Context) error { panic("secret_things") },
	} {
		var log logBuffer
		s := serve(t, faultyStore{memory.New(), event}, httpbase.Config{Logger: zerolog.New(&log)})
		r := s.get("/status/" + nobodysID)
		p := refused(t, r, http.StatusInternalServerError, "internal")
		require.NotContains(t, r.body, "secret", name)

		line := log.lines(s)[0]
		require.Equal(t, "error", line["level"], name)
		require.Contains(t, line["error"], "secret_things", name)
		require.Equal(t, p.RequestID, line["request_id"], name)
		if name == "a panic" {
			require.Contains(t, line["stack"], "problem_test.go")
		}
	}
}

func TestAnAbortedHandlerBreaksTheConnectionOff(t *testing.T) {
	t.Parallel()
	s := serve(t, faultyStore{memory.New(), func(context.Context) error { panic(http.ErrAbortHandler) }}, httpbase.Config{})
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/status/"+nobodysID, nil)
	require.NoError(t, err)
	_, err = s.Client().Do(request) //nolint:bodyclose // there is no answer
	require.Error(t, err)
}

func TestAClientThatLeftIsNoErrorOfTheServer(t *testing.T) {
	t.Parallel()
	var log logBuffer
	asked := make(chan struct{})
	s := serve(t, faultyStore{memory.New(), func(ctx context.Context) error {
		close(asked)
		<-ctx.Done()
		return fmt.Errorf("query: %w", ctx.Err())
	}}, httpbase.Config{Logger: zerolog.New(&log)})
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/status/"+nobodysID, nil)
	require.NoError(t, err)
	go func() {
		<-asked
		leave()
	}()
	_, err = s.Client().Do(request) //nolint:bodyclose // there is no answer
	require.ErrorIs(t, err, context.Canceled)

	line := log.lines(s)[0]
	require.EqualValues(t, 499, line["status"])
	require.Equal(t, "info", line["level"])
}

func TestADrainingServerIsNotReadyButAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	require.JSONEq(t, `{"status":"ok"}`, s.get("/readyz").body)
	require.JSONEq(t, `{"status":"ok"}`, s.get("/livez").body)
	s.handler.Drain()
	r := s.get("/readyz")
	refused(t, r, http.StatusServiceUnavailable, "store_unavailable")
	require.NotEmpty(t, r.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, s.get("/livez").status)
	s.create(`"totalTickets":1`)
}
