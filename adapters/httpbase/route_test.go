package httpbase_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

func TestAnUnlimitedRouteCountsAgainstNoLimit(t *testing.T) {
	t.Parallel()
	page := open("GET", "/page", fine)
	page.Unlimited = true
	s := newServer(t, httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 1, Interval: time.Hour}}, page, open("POST", "/page", fine))
	require.Equal(t, http.StatusNoContent, ask(s, "POST", "/page").Code)
	for range 3 {
		require.Equal(t, http.StatusNoContent, ask(s, "GET", "/page").Code)
		require.Equal(t, http.StatusNoContent, ask(s, "HEAD", "/page").Code)
	}
	refused(t, ask(s, "POST", "/page"), http.StatusTooManyRequests, "rate_limited")
	refused(t, ask(s, "PUT", "/page"), http.StatusTooManyRequests, "rate_limited")
}

func TestAFormFromNowhereMayCallWhatOnlyItsHolderCanKnow(t *testing.T) {
	t.Parallel()
	secret := open("POST", "/b/:link", fine)
	secret.SecretPath = true
	s := newServer(t, httpbase.Config{}, secret, open("POST", "/book", fine))
	require.Equal(t, http.StatusNoContent, ask(s, "POST", "/b/x", "Origin", "null").Code)
	refused(t, ask(s, "POST", "/book", "Origin", "null"), http.StatusForbidden, "forbidden")
	refused(t, ask(s, "POST", "/b/x", "Origin", "null", "Sec-Fetch-Site", "cross-site"), http.StatusForbidden, "forbidden")
	refused(t, ask(s, "POST", "/b/x", "Origin", "https://evil.example"), http.StatusForbidden, "forbidden")
}

func TestACallerThatAHandlerKnowsIsLogged(t *testing.T) {
	t.Parallel()
	var log logBuffer
	s := newServer(t, httpbase.Config{Logger: zerolog.New(&log)}, open("GET", "/own", func(c echo.Context) error {
		httpbase.SetCaller(c, apikey.Key{Name: "till", Role: apikey.Seller})
		return fine(c)
	}))
	ask(s, "GET", "/own")
	require.Equal(t, "till", log.last(t)["key"])
}
