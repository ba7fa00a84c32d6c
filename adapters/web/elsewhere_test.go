package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

func TestAnAddressThatIsNothingsIsAPageForABrowserAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{Keys: newKeyring(t).keys})
	b := s.open()
	ask := func(path, accept string) shown {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		require.NoError(t, err)
		request.Header.Set("Accept", accept)
		return b.do(request)
	}
	const chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	for _, path := range []string{"/nothing", "/e/", "/organizer/nothing", "/b/x/y/z", "/robots.txt"} {
		r := ask(path, chromium)
		b.saysProblem(r, http.StatusNotFound, "There is nothing at this address.")
		require.Contains(t, r.header.Get("Content-Security-Policy"), "style-src 'self'")
		for _, accept := range []string{"", "*/*", "application/json", "application/json, text/html;q=0"} {
			r := ask(path, accept)
			require.Equal(t, http.StatusNotFound, r.status)
			require.Equal(t, "application/problem+json", r.header.Get("Content-Type"), accept)
			require.Contains(t, r.body, `"code":"route_not_found"`)
		}
	}
	require.Equal(t, "application/problem+json", ask("/events", chromium).header.Get("Content-Type"), "the API's own paths are always the API's")
}
