package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestServerSaysWhereDataIsKeptInItsFirstLine(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	for store, c := range map[storeName]struct {
		args          []string
		level, keptIn string
	}{
		storeSQLite: {[]string{"--sqlite-file", file}, "info", file},
		storeMemory: {[]string{"--store=memory"}, "warn", "memory, and ends with this process"},
	} {
		s := startServer(t, c.args...)
		cl := client(t)
		status, answer, err := post(cl, s.url+"/book", bookingOf(createEvent(t, cl, s.url, 1), 1))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status, answer)
		require.Contains(t, answer, `"waitlisted":false`)

		s.stop()
		require.Equal(t, exitOK, <-s.code)
		lines := strings.Split(s.logs.String(), "\n")
		first, last := lines[slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "listening") })], lines[len(lines)-1]
		require.Contains(t, first, `"level":"`+c.level+`"`)
		require.Contains(t, first, "listening on "+s.url+"; data is kept in "+c.keptIn)
		require.Contains(t, first, `"version":"`+buildVersion()+`","store":"`+string(store)+`","api_keys":0,`)
		require.Contains(t, last, "boxoffice has ended")
	}
}

func TestHealthOfAnythingElseSaysHowItAnswered(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	code, _, stderr := runToEnd(t, nil, "health", other.URL+"/shop")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "boxoffice: the server is not ready: "+other.URL+"/shop/readyz answered 404 Not Found\n", stderr)
}

func TestRequestsThatAreUnderWayAreAnsweredBeforeTheServerEnds(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := client(t)
	event := createEvent(t, c, s.url, 1000)

	var requests []*unfinished
	for person := range 20 {
		requests = append(requests, startRequest(t, s.url+"/book", bookingOf(event, person)))
	}
	s.stop()
	awaitClosed(t, s.url)
	for _, r := range requests {
		status, err := r.finish()
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
	}
	require.Equal(t, exitOK, <-s.code)
}

func TestSignalEndsTheProcessInOrder(t *testing.T) {
	t.Parallel()
	s := startProcess(t, "--drain-delay=10ms")
	request := startRequest(t, s.url+"/book", bookingOf(createEvent(t, client(t), s.url, 10), 1))
	s.stop()
	awaitClosed(t, s.url)
	status, err := request.finish()
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, exitOK, <-s.code)
}

func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := startProcess(t)
	response, err := http.Get(s.url + "/events/" + createEvent(t, client(t), s.url, 10) + "/stream")
	require.NoError(t, err)
	s.stop()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NotContains(t, string(text), "event: end", "the client comes back, to another server")
	require.Equal(t, exitOK, <-s.code)
}

func TestServerThatDrainsIsNotReadyButAnswersUntilASecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	s := startProcess(t, "--drain-delay=1h")
	c := client(t)
	event := createEvent(t, c, s.url, 10)
	s.stop()
	awaitNotReady(t, s.url)
	status, answer, err := post(c, s.url+"/book", bookingOf(event, 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	code, _, stderr := runToEnd(t, nil, "health", s.url)
	require.Equal(t, exitFailed, code)
	require.Equal(t, "boxoffice: the server is not ready: this server is shutting down; send requests to another one\n", stderr)

	s.stop()
	const killed = -1
	require.Equal(t, killed, <-s.code)
}

func TestRequestsThatTakeTooLongAreCutOffAndTheExitCodeSaysSo(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--shutdown-timeout=1ms")
	c := client(t)
	event := createEvent(t, c, s.url, 10)
	request := startRequest(t, s.url+"/book", bookingOf(event, 1))
	s.stop()
	require.Equal(t, exitFailed, <-s.code)
	_, err := request.finish()
	require.Error(t, err)
	require.Contains(t, s.logs.String(), "--shutdown-timeout")
}

func TestUsedAddressIsRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	addr := strings.TrimPrefix(s.url, "http://")
	code, _, stderr := runToEnd(t, nil, "serve", "--addr="+addr, "--store=memory", "--max-streams=1")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "--addr (or BOXOFFICE_ADDR): can't listen at "+addr)
	require.Equal(t, 1, strings.Count(stderr, "\n"), "it says nothing else: %s", stderr)
}

func TestHealthAsksForReadiness(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	addr := strings.TrimPrefix(s.url, "http://")
	_, port, _ := strings.Cut(addr, ":")
	for _, args := range [][]string{{"health", "--addr=" + addr}, {"health", "--addr=0.0.0.0:" + port}, {"health", s.url}, {"health", s.url + "/readyz"}} {
		code, stdout, stderr := runToEnd(t, nil, args...)
		require.Equal(t, exitOK, code, stderr)
		require.Equal(t, "ready\n", stdout)
	}
	code, _, stderr := runToEnd(t, environment{"BOXOFFICE_ADDR": addr}, "health")
	require.Equal(t, exitOK, code, stderr)

	s.stop()
	<-s.code
	code, _, stderr = runToEnd(t, nil, "health", s.url)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "can't be reached")
}

func TestWithoutKeysOnLoopbackOnlyThisMachinesNamesAreAnswered(t *testing.T) {
	t.Parallel()
	_, line := newKey(t, "screen", "viewer")
	for _, c := range []struct {
		args   []string
		status int
	}{
		{nil, http.StatusMisdirectedRequest},
		{[]string{"--addr=0.0.0.0:0", "--insecure"}, http.StatusOK},
		{[]string{"--api-keys-file", keysFile(t, line)}, http.StatusOK},
	} {
		s := startServer(t, c.args...)
		request, err := http.NewRequest(http.MethodGet, s.url+"/livez", nil)
		require.NoError(t, err)
		request.Host = "evil.example.com"
		answer, err := client(t).Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, c.status, answer.StatusCode, c.args)
		require.Equal(t, http.StatusOK, readiness(t, client(t), s.url))
	}
}

func TestIdleConnectionsDoNotStopBookingsWhereFewFilesCanBeOpened(t *testing.T) {
	t.Parallel()
	const idle = 400
	s := startProcessIn(t, []string{openFiles + "=128"})
	event := createEvent(t, client(t), s.url, 1000)
	address := strings.TrimPrefix(s.url, "http://")
	for person := range idle {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		// Where none is closed for another, nobody is answered before they are too old.
		require.NoError(t, conn.SetDeadline(time.Now().Add(idleTimeout/2)))
		body := bookingOf(event, person)
		_, err = fmt.Fprintf(conn, "POST /book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, "after %d", person)
		require.Equal(t, http.StatusCreated, answer.StatusCode)
		require.NoError(t, answer.Body.Close())
	}
	s.stop()
	require.Equal(t, exitOK, <-s.code)
}
