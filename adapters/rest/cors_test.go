package rest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

const shop = "https://shop.example.com"

// serveShop serves with keys, to pages of one origin, one request an hour.
func serveShop(t *testing.T) *server {
	t.Helper()
	keys, _ := keyring(t, "ada organizer")
	return serve(t, memory.New(), httpbase.Config{
		Keys:        keys,
		RateLimit:   httpbase.RateLimit{Tokens: 1, Interval: time.Hour},
		CORSOrigins: []string{"http://localhost:8080", shop},
	})
}

func TestABrowserMayAskFirstWithoutAKeyAndWithoutALimit(t *testing.T) {
	t.Parallel()
	s := serveShop(t)
	for range 3 {
		r := s.send("OPTIONS", "/book", "", "Origin", shop,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		require.Equal(t, http.StatusNoContent, r.status)
		require.Equal(t, shop, r.header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "GET,HEAD,POST,PATCH,DELETE", r.header.Get("Access-Control-Allow-Methods"))
		require.Equal(t, "Authorization,Content-Type,Idempotency-Key,If-Match,X-Request-Id",
			r.header.Get("Access-Control-Allow-Headers"))
		require.Equal(t, "3600", r.header.Get("Access-Control-Max-Age"))
		require.Equal(t, "Origin", r.header.Get("Vary"))
		require.NotContains(t, r.header, "Access-Control-Allow-Credentials")
		require.NotContains(t, r.header, "Ratelimit-Limit")
	}
}

func TestPagesOfAnOriginMayReadEveryAnswer(t *testing.T) {
	t.Parallel()
	s := serveShop(t)
	for _, status := range []int{http.StatusUnauthorized, http.StatusTooManyRequests} {
		r := s.get("/events", "Origin", shop)
		require.Equal(t, status, r.status)
		require.Equal(t, shop, r.header.Get("Access-Control-Allow-Origin"))
		for _, name := range []string{"ETag", "Location", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id"} {
			require.Contains(t, r.header.Get("Access-Control-Expose-Headers"), name)
		}
		require.Equal(t, "Origin", r.header.Get("Vary"))
	}
}

func TestPagesOfOtherOriginsMayNothing(t *testing.T) {
	t.Parallel()
	s := serveShop(t)
	for _, origin := range []string{
		"", "null", "*", "https://example.com", "http://shop.example.com", shop + ":8443", shop + ".evil.example", "https://SHOP.example.com",
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			r := s.send(method, "/livez", "", "Origin", origin, "Access-Control-Request-Method", "GET")
			require.Less(t, r.status, http.StatusMultipleChoices)
			require.Equal(t, "Origin", r.header.Get("Vary"))
			for name := range r.header {
				require.NotContains(t, name, "Access-Control")
			}
		}
	}
}

func TestNoPageMayCallUnlessItsOriginIsSet(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, method := range []string{"GET", "OPTIONS"} {
		r := s.send(method, "/livez", "", "Origin", shop, "Access-Control-Request-Method", "GET")
		require.NotContains(t, r.header, "Access-Control-Allow-Origin")
		require.NotContains(t, r.header, "Vary")
	}
}
