package httpbase_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// ticket is like those of which the largest pages are made.
type ticket struct{ ID, EventID, UserID, Status, BookedAt string }

// largest makes the tickets of a page with as many as there can be.
func largest() []ticket {
	tickets := make([]ticket, 200*100)
	event := uuid.NewString()
	for i := range tickets {
		tickets[i] = ticket{uuid.NewString(), event, uuid.NewString(), "BOOKED", "2025-03-01T18:00:00.000000Z"}
	}
	return tickets
}

// list is a route that answers with what make returns.
func list(s *httpbase.Server, path string, make func() []ticket) {
	s.Add(httpbase.AnswerProblem, httpbase.Route{
		Method: http.MethodGet, Path: path, Audience: httpbase.Everybody, Large: true,
		Handler: func(c echo.Context) error { return s.JSON(c, http.StatusOK, make()) },
	})
}

// listen serves with small buffers in the kernel, so that an answer that nobody
// takes stays in the server.
func listen(t *testing.T, s *httpbase.Server) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		assert.NoError(t, conn.(*net.TCPConn).SetWriteBuffer(4<<10))
		return ctx
	}
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// slowReader asks for an answer and reads no more than its first line.
func slowReader(t *testing.T, server *httptest.Server, path string) (status string, rest *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path)
	require.NoError(t, err)
	rest = bufio.NewReaderSize(conn, 16)
	status, err = rest.ReadString('\n')
	require.NoError(t, err)
	return status, rest
}

func TestSlowReadersOfTheLargestPagesTakeLittleMemory(t *testing.T) {
	const readers, mostEach = 20, 1 << 20
	s := newServer(t, httpbase.Config{})
	tickets := largest()
	list(s, "/", func() []ticket { return slices.Clone(tickets) })
	server := listen(t, s)
	page := readAll(t, newRecorder(s, httptest.NewRequest(http.MethodGet, "/", nil)).Body)
	require.Greater(t, len(page), 3*mostEach)

	before := heap()
	var last *bufio.Reader
	for range readers {
		_, last = slowReader(t, server, "/")
	}
	require.Less(t, heap(), before+readers*mostEach)

	// In the end each has all of it.
	answer := readAll(t, last)
	require.Contains(t, answer, fmt.Sprintf("Content-Length: %d\r\n", len(page)))
	_, body, _ := strings.Cut(answer, "\r\n\r\n")
	require.Len(t, body, len(page))
	require.True(t, strings.HasSuffix(body, "]"))
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools kept
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAnswersThatNobodyTakesHaveABound(t *testing.T) {
	noise := make([]byte, 6<<20)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	random := []ticket{{ID: base64.StdEncoding.EncodeToString(noise)}}
	s := newServer(t, httpbase.Config{})
	list(s, "/", func() []ticket { return random })
	list(s, "/few", func() []ticket { return largest()[:10] })
	server := listen(t, s)
	refusals := 0
	for range 15 { // of six megabytes each
		if status, rest := slowReader(t, server, "/"); strings.Contains(status, "503") {
			require.Contains(t, readAll(t, rest), "overloaded")
			refusals++
		}
	}
	require.Positive(t, refusals)
	require.Equal(t, http.StatusOK, ask(s, "GET", "/few").Code, "small pages go on")
}

func TestFewLargeAnswersAreMadeAtATime(t *testing.T) {
	t.Parallel()
	const most = 4
	var now, highest atomic.Int64
	s := newServer(t, httpbase.Config{})
	list(s, "/", func() []ticket {
		highest.Store(max(highest.Load(), now.Add(1)))
		defer now.Add(-1)
		for range 100 {
			runtime.Gosched()
		}
		return nil
	})
	var callers sync.WaitGroup
	for range 10 * most {
		callers.Go(func() {
			require.Equal(t, http.StatusOK, ask(s, "GET", "/").Code)
		})
	}
	callers.Wait()
	require.LessOrEqual(t, highest.Load(), int64(most))
}

func TestHeadOfALargeAnswerHasItsLength(t *testing.T) {
	t.Parallel()
	s := newServer(t, httpbase.Config{})
	list(s, "/", largest)
	get, head := ask(s, "GET", "/"), ask(s, "HEAD", "/")
	require.Equal(t, get.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	require.Empty(t, head.Body)
}

func TestAnAnswerThatCannotBeMadeIsAnError(t *testing.T) {
	t.Parallel()
	s := newServer(t, httpbase.Config{})
	s.Add(httpbase.AnswerProblem, open("GET", "/", func(c echo.Context) error {
		return s.JSON(c, http.StatusOK, []any{largest(), "\xff"})
	}))
	refused(t, ask(s, "GET", "/"), http.StatusInternalServerError, "internal")
}
