package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServesFromMemoryAndSaysSoInOneLine(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := client(t)

	status, answer, err := post(c, s.url+"/book", bookingOf(createEvent(t, c, s.url, 1), 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	require.Contains(t, answer, `"waitlisted":false`)

	s.stop()
	require.Equal(t, exitOK, <-s.code)
	lines := strings.Split(s.logs.String(), "\n")
	first, last := lines[0], lines[len(lines)-1]
	require.Contains(t, first, "listening on "+s.url)
	require.Contains(t, first, "ends with this process")
	require.Contains(t, first, `"version":"`+buildVersion()+`","store":"memory","api_keys":0,`)
	require.Contains(t, last, "boxoffice has ended")
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
	code, _, stderr := runToEnd(t, nil, "serve", "--addr="+addr)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "can't listen at --addr "+addr)
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
