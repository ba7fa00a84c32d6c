package httpbase_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// limited serves at most so many connections; /busy says when it has begun, and
// answers once it may.
func limited(t *testing.T, limit int) (addr string, begun, free chan struct{}, listener net.Listener) {
	t.Helper()
	begun, free = make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/busy", func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-free })
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: mux}
	listener = httpbase.LimitConnections(server, inner, limit)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		err := <-ended
		require.True(t, errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed), err)
	})
	return inner.Addr().String(), begun, free, listener
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
	addr, _, _, _ := limited(t, limit)
	var silent, kept []connection
	for range 3 * limit {
		silent = append(silent, connect(t, addr))
	}
	for range limit {
		c := connect(t, addr)
		c.ask(t, "/")
		c.answered(t)
		kept = append(kept, c)
	}
	for _, c := range silent {
		c.closed(t)
	}
	// Those that are kept are still there, and go before those that come later.
	for _, c := range kept {
		c.ask(t, "/")
		c.answered(t)
	}
	connect(t, addr)
	kept[0].closed(t)
	kept[1].ask(t, "/")
	kept[1].answered(t)
}

func TestAConnectionIsNotClosedForAnotherWhileItIsBusy(t *testing.T) {
	t.Parallel()
	const limit = 4
	addr, begun, free, _ := limited(t, limit)
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
	addr, begun, free, listener := limited(t, 1)
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
