package loadtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/valyala/fasthttp"
)

// answerTimeout is how long a call may take. It is longer than a server takes
// to find out what became of a transaction.
const answerTimeout = 30 * time.Second

// Codes of failures that no server answered.
const (
	codeNotConnected = "not_connected" // nothing was sent
	codeNoAnswer     = "no_answer"     // it may have been sent
)

// failure is why a call didn't do what it asks for.
type failure struct {
	status  int    // of HTTP; 0 without an answer
	code    string // stable, to count by
	detail  string // for people
	unknown bool   // whether it may have taken effect all the same
}

func (f *failure) Error() string { return fmt.Sprintf("%s: %s", f.code, f.detail) }

// busy reports whether the server asks to be left alone for a moment, or is
// away.
func (f *failure) busy() bool {
	return f.status == 0 || f.status == fasthttp.StatusTooManyRequests || f.status >= 500
}

// connection is one HTTP/1.1 connection that is kept open, for one goroutine.
// It is fasthttp without its pool: a pool repeats some calls by itself, and
// then nobody knows what was done.
type connection struct {
	target   *url.URL
	request  fasthttp.Request
	response fasthttp.Response
	conn     net.Conn // nil if it has to be opened again
	reader   *bufio.Reader
	writer   *bufio.Writer
}

func newConnection(target *url.URL, apiKey string) *connection {
	c := &connection{target: target, reader: bufio.NewReader(nil), writer: bufio.NewWriter(nil)}
	c.request.Header.SetHost(target.Host)
	c.request.Header.SetContentType("application/json")
	c.request.Header.SetUserAgent("boxoffice-loadtest")
	if apiKey != "" {
		c.request.Header.Set("Authorization", "Bearer "+apiKey)
	}
	return c
}

// open connects, unless the connection is open.
func (c *connection) open(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	port := c.target.Port()
	if port == "" {
		port = c.target.Scheme // http and https are names of ports, too
	}
	address := net.JoinHostPort(c.target.Hostname(), port)
	dialer := &net.Dialer{Timeout: answerTimeout}
	var err error
	if c.target.Scheme == "https" {
		c.conn, err = (&tls.Dialer{NetDialer: dialer}).DialContext(ctx, "tcp", address)
	} else {
		c.conn, err = dialer.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		c.conn = nil
		return err
	}
	c.reader.Reset(c.conn)
	c.writer.Reset(c.conn)
	return nil
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing more is wanted from it
		c.conn = nil
	}
}

// call sends one request and reads the answer into answer, unless that is nil.
// Any status but want is a failure.
func (c *connection) call(method, path string, body []byte, want int, answer any) *failure {
	// A call that was begun is finished, whatever ends meanwhile: its outcome is wanted.
	if err := c.open(context.Background()); err != nil {
		return &failure{code: codeNotConnected, detail: err.Error()}
	}
	if err := c.exchange(method, path, body); err != nil {
		c.close()
		return &failure{code: codeNoAnswer, detail: err.Error(), unknown: true}
	}
	if c.response.ConnectionClose() {
		c.close()
	}
	if c.response.StatusCode() != want {
		return c.problem()
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(c.response.Body(), answer); err != nil {
		return &failure{status: want, code: "unreadable_answer", detail: err.Error(), unknown: true}
	}
	return nil
}

func (c *connection) exchange(method, path string, body []byte) error {
	c.request.Header.SetMethod(method)
	c.request.Header.SetRequestURI(c.target.Path + path)
	c.request.SetBodyRaw(body)
	c.request.Header.SetContentLength(len(body)) // else a GET has the length of the body before
	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	if err := c.request.Write(c.writer); err != nil {
		return err
	}
	if err := c.writer.Flush(); err != nil {
		return err
	}
	return c.response.Read(c.reader)
}

// problem makes a failure of an answer that wasn't wanted.
func (c *connection) problem() *failure {
	status := c.response.StatusCode()
	var problem struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if json.Unmarshal(c.response.Body(), &problem) != nil || problem.Code == "" {
		problem.Code = fmt.Sprintf("status_%d", status)
		problem.Detail = fmt.Sprintf("the answer has status %d and is not a problem of boxoffice", status)
	}
	refused := status >= 400 && status < 500 || problem.Code == "overloaded" || problem.Code == "store_unavailable"
	return &failure{status: status, code: problem.Code, detail: problem.Detail, unknown: !refused}
}
