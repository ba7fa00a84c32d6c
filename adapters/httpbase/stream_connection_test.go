package httpbase_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// channelServer streams what a test sends, over real connections.
type channelServer struct {
	*httpbase.Server
	states   chan []byte // empty is the last one; nil is none that a message can be made of
	watching chan context.Context
	requests chan httpbase.Request
	http     *httptest.Server
}

func newChannelServer(t *testing.T, config httpbase.Config, start func(*httptest.Server)) *channelServer {
	t.Helper()
	s := &channelServer{states: make(chan []byte), watching: make(chan context.Context, 10), requests: make(chan httpbase.Request, 10)}
	config.Observe = func(r httpbase.Request) { s.requests <- r }
	watch := func(ctx context.Context) (<-chan []byte, error) {
		s.watching <- ctx
		return s.states, ctx.Err()
	}
	s.Server = newServer(t, config, open(http.MethodGet, "/stream", func(c echo.Context) error {
		return httpbase.Stream(s.Server, c, watch, func(data []byte) (m httpbase.Message, send, last bool, err error) {
			if data == nil {
				panic("no message")
			}
			return httpbase.Message{ID: "1", Data: data}, len(data) > 0, len(data) == 0, nil
		})
	}))
	s.http = httptest.NewUnstartedServer(s.Server)
	start(s.http)
	t.Cleanup(func() { s.Drain(); s.http.Close() })
	return s
}

// opened is a stream's connection once its head has been read.
func (s *channelServer) opened(t *testing.T, request string) (connection, http.Header) {
	t.Helper()
	c := connect(t, s.http.Listener.Addr().String())
	_, err := io.WriteString(c, request)
	require.NoError(t, err)
	answer, err := http.ReadResponse(c.answers, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, answer.Body.Close()) // it is what the connection still tells
	return c, answer.Header
}

func (s *channelServer) noneIsOpen(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.StreamStats().Open == 0 }, patience, time.Millisecond)
}

const streamRequest = "GET /stream HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example.com\r\nX-Request-Id: mine\r\n\r\n"

func TestStreamsAreReadOverEveryKindOfConnection(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*httptest.Server){
		"HTTP/1.1":     (*httptest.Server).Start,
		"HTTP/1.1 TLS": (*httptest.Server).StartTLS,
		"HTTP/2":       func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newChannelServer(t, httpbase.Config{}, start)
			answer, err := s.http.Client().Get(s.http.URL + "/stream")
			require.NoError(t, err)
			require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
			require.Equal(t, int64(1), s.StreamStats().Open)
			s.states <- []byte("{}")
			s.states <- []byte{}
			require.Regexp(t, `^retry: \d{4}\n\nid: 1\ndata: {}\n\nevent: end\ndata: {}\n\n$`, readAll(t, answer.Body))
			require.NoError(t, answer.Body.Close())
			s.noneIsOpen(t)
			require.Equal(t, httpbase.StreamStats{Sent: 1}, s.StreamStats())
			require.Error(t, (<-s.watching).Err(), "nobody watches any more")
		})
	}
}

func TestARequestIsOverOnceItsStreamIsOpen(t *testing.T) {
	t.Parallel()
	s := newChannelServer(t, httpbase.Config{CORSOrigins: []string{"https://shop.example.com"}}, (*httptest.Server).Start)
	_, header := s.opened(t, streamRequest)
	r := <-s.requests
	require.Equal(t, http.StatusOK, r.Status)
	require.Equal(t, int64(1), s.StreamStats().Open)
	for name, value := range map[string]string{
		"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", "X-Request-Id": "mine",
		"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "https://shop.example.com",
	} {
		require.Equal(t, value, header.Get(name))
	}
	_, err := http.ParseTime(header.Get("Date"))
	require.NoError(t, err)
}

func TestAStreamEndsWhenItsClientHangsUp(t *testing.T) {
	t.Parallel()
	s := newChannelServer(t, httpbase.Config{MaxStreams: 1}, (*httptest.Server).Start)
	c, _ := s.opened(t, streamRequest)
	require.NoError(t, c.Close())
	<-(<-s.watching).Done()
	s.noneIsOpen(t)
	require.Equal(t, httpbase.StreamStats{}, s.StreamStats())
	s.opened(t, streamRequest)
}

func TestAStreamIsTheLastAnswerOfItsConnection(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]string{
		"HTTP/1.0":                "GET /stream HTTP/1.0\r\n\r\n",
		"with another one behind": streamRequest + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newChannelServer(t, httpbase.Config{}, (*httptest.Server).Start)
			c, _ := s.opened(t, request)
			s.states <- []byte{}
			require.Regexp(t, `^retry: \d{4}\n\nevent: end\ndata: {}\n\n$`, readAll(t, c.answers))
		})
	}
}

func TestCloseEndsStreamsAlsoOfWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	s := newChannelServer(t, httpbase.Config{}, (*httptest.Server).Start)
	for range 2 {
		c, _ := s.opened(t, streamRequest)
		_, err := c.answers.ReadString('\n') // or closing could cut the first line off
		require.NoError(t, err)
	}
	const more = 64 << 20 // than a connection keeps
	s.states <- bytes.Repeat([]byte("x"), more)
	require.NoError(t, s.Close())
	require.Equal(t, httpbase.StreamStats{Sent: 1, Dropped: 1}, s.StreamStats())
}

func TestAStreamThatPanicsEndsAlone(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	s := newChannelServer(t, httpbase.Config{Logger: zerolog.New(log)}, (*httptest.Server).Start)
	c, _ := s.opened(t, streamRequest)
	<-s.requests
	s.states <- nil
	require.Regexp(t, `^retry: \d{4}\n\n$`, readAll(t, c.answers))
	require.Equal(t, "no message", log.last(t)["panic"])
	s.noneIsOpen(t)
	s.opened(t, streamRequest)
}
