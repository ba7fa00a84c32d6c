package httpbase_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

// deadReader is a client that takes nothing and keeps its connection open, with
// no more place for what it is sent.
type deadReader struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (d *deadReader) SetWriteDeadline(deadline time.Time) error {
	d.deadline = deadline
	return nil
}

func (d *deadReader) Write([]byte) (int, error) {
	time.Sleep(time.Until(d.deadline))
	return 0, os.ErrDeadlineExceeded
}

// of watches states whatever the context.
func of[S any](states <-chan S) func(context.Context) (<-chan S, error) {
	return func(context.Context) (<-chan S, error) { return states, nil }
}

func TestAStreamWhoseClientTakesNothingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *httpbase.Server
		s = newServer(t, httpbase.Config{}, open(http.MethodGet, "/stream", func(c echo.Context) error {
			return httpbase.Stream(s, c, of(make(chan int)), func(int) (m httpbase.Message, send, last bool, err error) { return m, true, false, nil })
		}))
		ended := make(chan struct{})
		start := time.Now()
		go func() {
			defer close(ended)
			s.ServeHTTP(&deadReader{ResponseRecorder: httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/stream", nil))
		}()
		synctest.Wait()
		require.Equal(t, httpbase.StreamStats{Open: 1}, s.StreamStats())
		<-ended
		require.Equal(t, 10*time.Second, time.Since(start))
		require.Equal(t, httpbase.StreamStats{Dropped: 1}, s.StreamStats())
	})
}

func TestAStreamOnWhichNothingHappensIsKeptAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := make(chan int)
		var s *httpbase.Server
		s = newServer(t, httpbase.Config{}, open(http.MethodGet, "/stream", func(c echo.Context) error {
			return httpbase.Stream(s, c, of(states), func(int) (m httpbase.Message, send, last bool, err error) {
				return httpbase.Message{ID: "7", Data: []byte("{}")}, true, true, nil
			})
		}))
		client := httptest.NewRecorder()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.ServeHTTP(client, httptest.NewRequest(http.MethodGet, "/stream", nil))
		}()
		time.Sleep(40 * time.Second)
		states <- 0
		<-ended
		require.Equal(t, "no", client.Header().Get("X-Accel-Buffering"))
		require.Regexp(t, `^retry: \d{4}\n\n: still here\n\n: still here\n\nid: 7\ndata: {}\n\nevent: end\ndata: {}\n\n$`, client.Body.String())
	})
}
