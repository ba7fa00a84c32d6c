package faults_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Clients that send a byte now and then keep their connections only for the
// time that the server gives them, and keep nobody else waiting.
func TestSlowClientsAreCutOffWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	s := startServer(t, "")
	const (
		clients = 100
		allowed = 25 * time.Second // more than the server's longest time to read
		pace    = 200 * time.Millisecond
	)
	var slow sync.WaitGroup
	for i := range clients {
		begin := "POST /book HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
		if i%2 == 0 {
			begin = "POST /book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"
		}
		conn := dial(t, s)
		require.NoError(t, conn.SetDeadline(time.Now().Add(allowed)))
		slow.Go(func() {
			_, err := io.WriteString(conn, begin)
			for err == nil {
				time.Sleep(pace)
				_, err = conn.Write([]byte{' '})
			}
			assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server keeps a client that sends a byte every %s", pace)
		})
	}
	over := make(chan struct{})
	go func() { slow.Wait(); close(over) }()
	for served := 0; ; served++ {
		select {
		case <-over:
			require.Positive(t, served)
			return
		case <-time.After(pace):
			requireRecovery(t, "", s.url())
		}
	}
}

func TestRequestsThatLieAboutTheirSizeDoNoHarm(t *testing.T) {
	t.Parallel()
	s := startServer(t, "")
	event := createEvent(t, s.url(), 10)
	body := `{"eventId":"` + event + `","identifier":"ada"}`
	const start = "POST /book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	long := strings.Repeat("x", 1<<20)

	for name, test := range map[string]struct {
		request string
		status  int
		problem string // empty where HTTP itself is broken, and answered before boxoffice sees it
	}{
		"header too long":        {start + "X-Long: " + long + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge, ""},
		"too many headers":       {start + strings.Repeat("X-Many: x\r\n", 10_000) + "\r\n", http.StatusRequestHeaderFieldsTooLarge, ""},
		"path too long":          {"GET /" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge, ""},
		"length without body":    {start + "Content-Length: 4000\r\n\r\n" + body, http.StatusBadRequest, "malformed_body"},
		"length of a petabyte":   {start + "Content-Length: 1125899906842624\r\n\r\n" + body, http.StatusRequestEntityTooLarge, "body_too_large"},
		"length beyond numbers":  {start + "Content-Length: 99999999999999999999\r\n\r\n" + body, http.StatusBadRequest, ""},
		"negative length":        {start + "Content-Length: -1\r\n\r\n" + body, http.StatusBadRequest, ""},
		"two lengths":            {start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + body, http.StatusBadRequest, ""},
		"length too short":       {start + "Content-Length: 10\r\n\r\n" + body, http.StatusBadRequest, "malformed_body"},
		"chunks beyond the size": {start + "Transfer-Encoding: chunked\r\n\r\n" + "100000\r\n" + long + "\r\n0\r\n\r\n", http.StatusRequestEntityTooLarge, "body_too_large"},
		"chunk that ends early":  {start + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" + body, http.StatusBadRequest, "malformed_body"},
		"not HTTP":               {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s)
			require.NoError(t, conn.SetDeadline(time.Now().Add(recovery)))
			go func() {
				_, _ = io.WriteString(conn, test.request) // the server may stop reading
				_ = conn.(*net.TCPConn).CloseWrite()
			}()
			answers := bufio.NewReader(conn)
			answer, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, test.status, answer.StatusCode, string(text))
			if test.problem != "" {
				require.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"))
				require.Contains(t, string(text), fmt.Sprintf("%q:%q", "code", test.problem))
			}
			requireClosed(t, answers)
			require.Empty(t, bookingsOf(t, s.url(), event))
		})
	}
	requireRecovery(t, event, s.url())
}

func dial(t *testing.T, s *server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() }) // the server may have been first
	return conn
}

// requireClosed checks that the server ends a connection, whatever it still
// sends on it.
func requireClosed(t *testing.T, from io.Reader) {
	t.Helper()
	_, err := io.Copy(io.Discard, from)
	var network net.Error
	require.False(t, errors.As(err, &network) && network.Timeout(), "the connection stays open")
}
