package httpbase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// heartbeat keeps proxies from taking a stream on which nothing happens for dead.
	heartbeat = 15 * time.Second
	// streamTimeout is how long a client may take to take one message.
	streamTimeout = 10 * time.Second
	// A client whose stream ended comes back after so long: at random, so that
	// those of a server that ended don't all come at once.
	leastRetry, mostRetry = 1000, 5000 // milliseconds
)

var errManyStreams = &domain.Error{
	Code:   app.CodeOverloaded,
	Detail: "too many streams are open on this server; try again in a moment, or ask now and then",
}

// Message is one event of a stream.
type Message struct {
	ID   string // what a client that comes back says it had; empty is none
	Data []byte // JSON in one line
}

// Stream answers with Server-Sent Events: each message that comes, until there
// are no more. If they end because nothing can change any more, as next tells, a
// last event says so. The stream ends early when the client goes away, is too slow,
// or the server drains. Refused with [app.CodeOverloaded] if Config.MaxStreams are
// open, and as watch refuses.
//
// watch returns a channel of states, which it closes at the end; its context ends
// with the stream. next turns a state into a message, or false if it is nothing to
// send. Where the connection can be taken over, as with HTTP/1, Stream returns once
// the stream is open, and so the request is over, and logged, observed and traced,
// by then: what stays is little memory. [Server.Close] waits for such streams.
func Stream[S any](
	s *Server, c echo.Context, watch func(context.Context) (<-chan S, error), next func(S) (m Message, send, last bool, err error),
) error {
	if open := s.streams.open.Add(1); s.config.MaxStreams > 0 && open > int64(s.config.MaxStreams) {
		s.streams.open.Add(-1)
		return errManyStreams
	}
	request := c.Request()
	ctx, cancel := context.WithCancel(context.WithoutCancel(request.Context()))
	// Close waits for the stream from here on, while the server of the connection
	// waits for its request.
	s.streams.running.Add(1)
	end := func() { cancel(); s.streams.open.Add(-1); s.streams.running.Done() }
	goesOn := false // without this request
	defer func() {
		if !goesOn {
			end()
		}
	}()
	outlive := context.AfterFunc(request.Context(), cancel)
	states, err := watch(ctx)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // proxies must not keep messages back
	if request.Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	conn, err := takeOver(c.Response())
	switch {
	case errors.Is(err, http.ErrNotSupported):
		c.Response().WriteHeader(http.StatusOK)
		run(ctx, s, flushed{c.Response(), http.NewResponseController(c.Response())}, states, next)
		return nil
	case err != nil: // nobody is there any more whom it could be answered
		s.streams.dropped.Add(1)
		return nil
	}
	goesOn = true
	outlive()
	s.streams.running.Go(func() { awaitHangUp(conn, cancel) })
	go func() {
		defer func() { _ = conn.Close() }() // nobody waits for what becomes of it
		defer end()
		defer s.recoverStream()
		defer context.AfterFunc(s.closed, func() { _ = conn.Close() })()
		run(ctx, s, conn, states, next)
	}()
	return nil
}

// takeOver takes a connection from its server and begins an answer that is as long
// as the connection lasts. Whatever else the client asked for in advance is not
// answered.
func takeOver(response *echo.Response) (net.Conn, error) {
	conn, buffer, err := response.Hijack()
	if err != nil {
		return nil, err
	}
	header := response.Header()
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	head := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: header, ContentLength: -1, Close: true}
	err = errors.Join(conn.SetWriteDeadline(time.Now().Add(streamTimeout)), head.Write(buffer), buffer.Flush())
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// awaitHangUp ends a stream when its client closes the connection. One that sends
// something instead, for which it has no reason, isn't read from any more, or it
// could keep the server busy; that it hung up is seen when it is written to.
func awaitHangUp(conn net.Conn, end func()) {
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		end()
	}
}

// recoverStream ends only the stream that panics, and not the server, as the
// server of a connection does until it is taken over.
func (s *Server) recoverStream() {
	if p := recover(); p != nil {
		s.config.Logger.Error().Any("panic", p).Bytes("stack", debug.Stack()).Msg("stream")
	}
}

// run writes a stream until it ends.
func run[S any](ctx context.Context, s *Server, to receiver, states <-chan S, next func(S) (m Message, send, last bool, err error)) {
	out := stream{server: s, to: to}
	if !out.write(fmt.Appendf(nil, "retry: %d\n\n", leastRetry+rand.IntN(mostRetry-leastRetry))) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.drained:
			return
		case <-beat.C:
			if !out.write([]byte(": still here\n\n")) {
				return
			}
		case state, more := <-states:
			if !more {
				return
			}
			m, send, last, err := next(state)
			if err != nil {
				return // it is too late to answer with it; the client comes back
			}
			if send && !out.message(m) || last && out.write([]byte("event: end\ndata: {}\n\n")) || last {
				return
			}
		}
	}
}

// receiver takes what is written to a client.
type receiver interface {
	io.Writer
	SetWriteDeadline(deadline time.Time) error
}

// flushed is the answer of a connection that can't be taken over.
type flushed struct {
	io.Writer
	*http.ResponseController
}

func (f flushed) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err == nil {
		err = f.Flush()
	}
	return n, err
}

// stream writes to one client.
type stream struct {
	server *Server
	to     receiver
	text   []byte // of the last message, to be written over
}

func (s *stream) message(m Message) bool {
	s.server.streams.sent.Add(1)
	s.text = s.text[:0]
	if m.ID != "" {
		s.text = append(append(append(s.text, "id: "...), m.ID...), '\n')
	}
	s.text = append(append(append(s.text, "data: "...), m.Data...), "\n\n"...)
	return s.write(s.text)
}

// write reports whether the client has taken it, or will.
func (s *stream) write(text []byte) bool {
	_ = s.to.SetWriteDeadline(time.Now().Add(streamTimeout)) // where there is none, there is nothing to set
	_, err := s.to.Write(text)
	if err != nil {
		s.server.streams.dropped.Add(1)
	}
	return err == nil
}

// StreamStats counts a server's streams.
type StreamStats struct {
	Open    int64 // now
	Sent    int64 // messages
	Dropped int64 // streams whose client was gone or too slow
}

// StreamStats returns the counts.
func (s *Server) StreamStats() StreamStats {
	return StreamStats{s.streams.open.Load(), s.streams.sent.Load(), s.streams.dropped.Load()}
}
