package httpbase_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// limited serves at most so many connections; /busy says when it has begun, and
// answers once it may. It tells of each connection that is idle now.
func limited(t *testing.T, limit int) (addr string, begun, free, idle chan struct{}, listener net.Listener) {
	t.Helper()
	const answers = 100 // of a test
	begun, free, idle = make(chan struct{}), make(chan struct{}), make(chan struct{}, answers)
	mux := http.NewServeMux()
	mux.HandleFunc("/busy", func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-free })
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: mux}
	listener = httpbase.LimitConnections(server, inner, limit)
	observe := server.ConnState
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		observe(conn, state)
		if state == http.StateIdle {
			idle <- struct{}{}
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		err := <-ended
		require.True(t, errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed), err)
	})
	return inner.Addr().String(), begun, free, idle, listener
}

type connection struct {
	net.Conn
	answers *bufio.Reader
}

func connect(t *testing.T, addr string) connection {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return connection{conn, bufio.NewReader(conn)}
}

func (c connection) ask(t *testing.T, path string) {
	t.Helper()
	_, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
	require.NoError(t, err)
}

func (c connection) answered(t *testing.T) {
	t.Helper()
	answer, err := http.ReadResponse(c.answers, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, answer.Body.Close())
}

// closed waits until the server has closed the connection.
func (c connection) closed(t *testing.T) {
	t.Helper()
	_, err := c.answers.ReadByte()
	require.ErrorIs(t, err, io.EOF)
}

func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	const limit = 8
	addr, _, _, idle, _ := limited(t, limit)
	var silent, kept []connection
	for range 3 * limit {
		silent = append(silent, connect(t, addr))
	}
	for range limit {
		c := connect(t, addr)
		c.ask(t, "/")
		c.answered(t)
		<-idle
		kept = append(kept, c)
	}
	for _, c := range silent {
		c.closed(t)
	}
	// Those that are kept are still there, and go before those that come later.
	for _, c := range kept {
		c.ask(t, "/")
		c.answered(t)
		<-idle
	}
	connect(t, addr)
	kept[0].closed(t)
	kept[1].ask(t, "/")
	kept[1].answered(t)
}

func TestAConnectionIsNotClosedForAnotherWhileItIsBusy(t *testing.T) {
	t.Parallel()
	const limit = 4
	addr, begun, free, _, _ := limited(t, limit)
	var busy []connection
	for range limit {
		c := connect(t, addr)
		c.ask(t, "/busy")
		<-begun
		busy = append(busy, c)
	}
	waiting := connect(t, addr)
	waiting.ask(t, "/")
	free <- struct{}{}
	waiting.answered(t)
	close(free)
	for _, c := range busy { // one was closed, but only after it had its answer
		c.answered(t)
	}
}

func TestAConnectionThatWaitsKeepsNoServerFromEnding(t *testing.T) {
	t.Parallel()
	addr, begun, free, _, listener := limited(t, 1)
	c := connect(t, addr)
	c.ask(t, "/busy")
	<-begun
	waiting := connect(t, addr)
	require.NoError(t, listener.Close())
	_, err := waiting.answers.ReadByte()
	require.Error(t, err)
	close(free)
	c.answered(t)
}

func TestAConnectionThatWasTakenOverHasItsPlaceUntilItIsClosed(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]func(net.Conn) net.Conn{
		"plain": func(c net.Conn) net.Conn { return c },
		"TLS":   func(c net.Conn) net.Conn { return tls.Client(c, &tls.Config{InsecureSkipVerify: true}) }, //nolint:gosec // of this test
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			taken := make(chan net.Conn)
			mux := http.NewServeMux()
			mux.HandleFunc("/take", func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				assert.NoError(t, err)
				taken <- conn
			})
			mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
			server := httptest.NewUnstartedServer(mux)
			server.Listener = httpbase.LimitConnections(server.Config, server.Listener, 2)
			if name == "TLS" {
				server.StartTLS()
			} else {
				server.Start()
			}
			t.Cleanup(server.Close)
			open := func(path string) connection {
				c := connect(t, server.Listener.Addr().String())
				c.Conn = secure(c.Conn)
				c.answers = bufio.NewReader(c.Conn)
				c.ask(t, path)
				return c
			}

			open("/take")
			conn := <-taken
			idle := open("/")
			idle.answered(t)
			last := open("/")
			last.answered(t)
			require.NoError(t, idle.SetReadDeadline(time.Now().Add(patience)))
			_, err := idle.answers.ReadByte()
			require.Error(t, err)
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "it makes place")
			require.NoError(t, conn.Close())
			open("/").answered(t)
			last.ask(t, "/")
			last.answered(t)
		})
	}
}
