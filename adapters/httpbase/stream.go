package httpbase

import (
	"fmt"
	"math/rand/v2"
	"net/http"
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
// open.
//
// messages is closed at the end; next turns what comes into a message, or false if
// it is nothing to send.
func Stream[S any](s *Server, c echo.Context, states <-chan S, next func(S) (m Message, send, last bool, err error)) error {
	if open := s.streams.open.Add(1); s.config.MaxStreams > 0 && open > int64(s.config.MaxStreams) {
		s.streams.open.Add(-1)
		return errManyStreams
	}
	defer s.streams.open.Add(-1)
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // proxies must not keep messages back
	out := stream{server: s, response: c.Response(), control: http.NewResponseController(c.Response())}
	c.Response().WriteHeader(http.StatusOK)
	if !out.write("retry: %d\n\n", leastRetry+rand.IntN(mostRetry-leastRetry)) {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.drained:
			return nil
		case <-beat.C:
			if !out.write(": still here\n\n") {
				return nil
			}
		case state, more := <-states:
			if !more {
				return nil
			}
			m, send, last, err := next(state)
			if err != nil {
				return nil //nolint:nilerr // it is too late to answer with it; the client comes back
			}
			if send && !out.message(m) || last && out.write("event: end\ndata: {}\n\n") || last {
				return nil
			}
		}
	}
}

// stream writes to one client.
type stream struct {
	server   *Server
	response *echo.Response
	control  *http.ResponseController
}

func (s *stream) message(m Message) bool {
	s.server.streams.sent.Add(1)
	if m.ID == "" {
		return s.write("data: %s\n\n", m.Data)
	}
	return s.write("id: %s\ndata: %s\n\n", m.ID, m.Data)
}

// write reports whether the client has taken it, or will.
func (s *stream) write(format string, args ...any) bool {
	_ = s.control.SetWriteDeadline(time.Now().Add(streamTimeout)) // where there is none, there is nothing to set
	_, err := fmt.Fprintf(s.response, format, args...)
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil && s.response.Committed {
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
