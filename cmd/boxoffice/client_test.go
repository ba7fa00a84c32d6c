package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// client has connections of its own, which end with the test.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// post sends JSON and returns the status and the answer.
func post(c *http.Client, url, body string) (status int, answer string, err error) {
	response, err := c.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func createEvent(t *testing.T, c *http.Client, url string, tickets int) (id string) {
	t.Helper()
	status, answer, err := post(c, url+"/initialize", fmt.Sprintf(`{"name":"Concert","totalTickets":%d}`, tickets))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, answer)
	var event struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(answer), &event))
	return event.ID
}

func bookingOf(event string, person int) string {
	return fmt.Sprintf(`{"eventId":%q,"identifier":"person-%d@example.com"}`, event, person)
}

// unfinished is a request that the server works on, but whose body it doesn't
// have yet.
type unfinished struct {
	conn    net.Conn
	answers *bufio.Reader
	body    string
}

func startRequest(t *testing.T, address, body string) *unfinished {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", to.Host)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", to.Path, to.Host, len(body))
	require.NoError(t, err)

	u := &unfinished{conn, bufio.NewReader(conn), body}
	status, err := u.status()
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, status)
	return u
}

func (u *unfinished) finish() (status int, err error) {
	if _, err := io.WriteString(u.conn, u.body); err != nil {
		return 0, err
	}
	return u.status()
}

func (u *unfinished) status() (int, error) {
	response, err := http.ReadResponse(u.answers, nil)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// awaitClosed returns when nobody listens any more.
func awaitClosed(t *testing.T, url string) {
	t.Helper()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return
		}
		require.NoError(t, conn.Close())
	}
}

// awaitNotReady returns when readiness says no; it must, before nobody listens
// any more.
func awaitNotReady(t *testing.T, url string) {
	t.Helper()
	for c := client(t); readiness(t, c, url) != http.StatusServiceUnavailable; {
	}
}

func readiness(t *testing.T, c *http.Client, url string) (status int) {
	t.Helper()
	response, err := c.Get(url + "/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
