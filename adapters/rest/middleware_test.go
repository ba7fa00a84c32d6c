package rest_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

func TestEveryAnswerHasARequestID(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, id := range []string{"a", "A-b_c.9", strings.Repeat("x", 128)} {
		require.Equal(t, id, s.get("/livez", "X-Request-Id", id).header.Get("X-Request-Id"))
		require.Equal(t, id, read[problem](t, s.get("/nothing", "X-Request-Id", id)).RequestID)
	}
	for _, id := range []string{"", "a b", "a\"b", "<a>", "ä", strings.Repeat("x", 129)} {
		_, err := uuid.Parse(s.get("/nothing", "X-Request-Id", id).header.Get("X-Request-Id"))
		require.NoError(t, err, "a fresh one instead of %q", id)
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, path := range []string{"/livez", "/events", "/nothing"} {
		r := s.get(path)
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", r.header.Get("Cache-Control"))
		require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", r.header.Get("Content-Security-Policy"))
		require.Equal(t, strconv.Itoa(len(r.body)), r.header.Get("Content-Length"))
	}
}

func TestOneLineARequestIsLoggedWithNothingPersonal(t *testing.T) {
	t.Parallel()
	var log logBuffer
	s := serve(t, memory.New(), httpbase.Config{Logger: zerolog.New(&log)})
	e := s.create(`"totalTickets":5`)
	s.post("/book", `{"eventId":"`+e.ID+`","identifier":"secret"}`, keyHeader, longKey("secret"), "X-Request-Id", "one")
	s.post("/book", `{"eventId":"`+e.ID+`","identifier":"secret","secret":1}`)
	s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"secret"}`)
	s.get("/events/" + e.ID + "/bookings?identifier=secret")
	s.get("/secret")
	s.get("/status/secret")

	lines := log.lines(s)
	require.Len(t, lines, 7)
	require.NotContains(t, log.text.String(), "secret")
	require.Equal(t, "one", lines[1]["request_id"])
	require.Equal(t, "POST", lines[1]["method"])
	require.Equal(t, "/book", lines[1]["route"])
	require.EqualValues(t, http.StatusCreated, lines[1]["status"])
	require.Positive(t, lines[1]["bytes"])
	require.Equal(t, "127.0.0.1", lines[1]["client"])
	require.Contains(t, lines[1], "duration_ms")
	require.Equal(t, "/events/:eventId/bookings", lines[4]["route"])
	require.EqualValues(t, http.StatusNotFound, lines[5]["status"])
}
