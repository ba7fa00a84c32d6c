package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// BenchmarkEventPage measures the page of an event in a rush, beside a bare Echo
// handler that sends the same bytes.
func BenchmarkEventPage(b *testing.B) {
	s := newSite(b, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 300, Venue: "Town hall", Description: "Two hours of music."})
	path := "/e/" + e.ID.String()
	page := s.open().get(path)
	bare := echo.New()
	bare.GET("/e/:eventId", func(c echo.Context) error { return c.HTML(http.StatusOK, page.body) })
	echoServer := httptest.NewServer(bare)
	defer echoServer.Close()
	for name, url := range map[string]string{"page": s.URL, "echo": echoServer.URL} {
		b.Run(name, func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
			defer client.CloseIdleConnections()
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					look(b, client, url+path)
				}
			})
		})
	}
}

func look(tb testing.TB, client *http.Client, address string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	require.NoError(tb, err)
	answer, err := client.Do(request)
	require.NoError(tb, err)
	require.Equal(tb, http.StatusOK, answer.StatusCode)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(tb, err)
	require.NoError(tb, answer.Body.Close())
}
