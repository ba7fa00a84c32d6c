package rest_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

func TestAClientMaySendSoManyRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 3, Interval: time.Hour}})
	for i, path := range []string{"/events", "/nothing", "/status/x"} {
		r := s.get(path)
		require.NotEqual(t, http.StatusTooManyRequests, r.status)
		require.Equal(t, "3", r.header.Get("RateLimit-Limit"))
		require.Equal(t, strconv.Itoa(2-i), r.header.Get("RateLimit-Remaining"))
		require.NotEmpty(t, r.header.Get("RateLimit-Reset"))
	}
	r := s.get("/events")
	require.Contains(t, refused(t, r, http.StatusTooManyRequests, "rate_limited").Detail, "--rate-limit")
	require.Equal(t, "0", r.header.Get("RateLimit-Remaining"))
	require.Equal(t, r.header.Get("RateLimit-Reset"), r.header.Get("Retry-After"))
	seconds, err := strconv.Atoi(r.header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, seconds)
	require.LessOrEqual(t, seconds, 3600)

	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		r := s.get(path)
		require.Equal(t, http.StatusOK, r.status, "health and metrics are exempt")
		require.Empty(t, r.header.Get("RateLimit-Limit"))
	}
}

func TestEachKeyMaySendSoManyRequests(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "ada viewer", "bob viewer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys, KeyRateLimit: httpbase.RateLimit{Tokens: 2, Interval: time.Hour}})
	for _, name := range []string{"ada", "bob"} {
		key := []string{"Authorization", "Bearer " + texts[name]}
		for i, path := range []string{"/status/x", "/events"} {
			r := s.get(path, key...)
			require.NotEqual(t, http.StatusTooManyRequests, r.status)
			require.Equal(t, "2", r.header.Get("RateLimit-Limit"))
			require.Equal(t, strconv.Itoa(1-i), r.header.Get("RateLimit-Remaining"))
		}
		r := s.get("/events", key...)
		require.Contains(t, refused(t, r, http.StatusTooManyRequests, "rate_limited").Detail, "--key-rate-limit")
		require.Equal(t, r.header.Get("RateLimit-Reset"), r.header.Get("Retry-After"))
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			require.Equal(t, http.StatusOK, s.get(path, key...).status)
		}
	}
	r := s.get("/status/x")
	require.Equal(t, http.StatusBadRequest, r.status, "without a key there is another limit, here none")
	require.Empty(t, r.header.Get("RateLimit-Limit"))
}

func TestOnlyAKnownKeyIsNotCountedAgainstItsAddress(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "ada viewer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys, RateLimit: httpbase.RateLimit{Tokens: 3, Interval: time.Hour}})
	known := []string{"Authorization", "Bearer " + texts["ada"]}
	for range 4 {
		r := s.get("/events", known...)
		require.Equal(t, http.StatusOK, r.status)
		require.Empty(t, r.header.Get("RateLimit-Limit"))
	}
	for i, guess := range []string{"Bearer x", "Bearer y", "Basic z"} {
		r := s.get("/events", "Authorization", guess)
		refused(t, r, http.StatusUnauthorized, "unauthorized")
		require.Equal(t, strconv.Itoa(2-i), r.header.Get("RateLimit-Remaining"))
	}
	refused(t, s.get("/events", "Authorization", "Bearer w"), http.StatusTooManyRequests, "rate_limited")
	refused(t, s.get("/events"), http.StatusTooManyRequests, "rate_limited")
	require.Equal(t, http.StatusOK, s.get("/events", known...).status)
}

func TestClientsAreLimitedByTheirAddress(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name          string
		trusted       []netip.Prefix
		first, second string // X-Forwarded-For
		same          bool
	}{
		{"nobody is trusted", nil, "192.0.2.1", "192.0.2.2", true},
		{"another is trusted", proxy[1:], "192.0.2.1", "192.0.2.2", true},
		{"the peer is trusted", proxy, "192.0.2.1", "192.0.2.2", false},
		{"the peer is trusted, one client", proxy, "192.0.2.1", "192.0.2.1", true},
		{"what the client itself wrote", proxy, "192.0.2.1, 192.0.2.9", "192.0.2.2, 192.0.2.9", true},
		{"two proxies", proxy, "192.0.2.1, 10.1.1.1", "192.0.2.2, 10.1.1.1", false},
		{"private addresses are nobody's proxies", proxy[:1], "192.0.2.1, 192.168.0.1", "192.0.2.2, 192.168.0.1", true},
		{"no proxy in between", proxy, "", "", true},
		{"no address", proxy, "192.0.2.1, unknown", "192.0.2.2, unknown", true},
		{"one IPv6 network", proxy, "2001:db8::1", "2001:db8::ffff:1", true},
		{"two IPv6 networks", proxy, "2001:db8::1", "2001:db8:0:1::1", false},
		{"IPv4 in IPv6", proxy, "192.0.2.1", "::ffff:192.0.2.1", true},
		{"two of IPv4 in IPv6", proxy, "::ffff:192.0.2.2", "::ffff:192.0.2.1", false},
	} {
		s := serve(t, memory.New(), httpbase.Config{
			RateLimit:      httpbase.RateLimit{Tokens: 1, Interval: time.Hour},
			TrustedProxies: c.trusted,
		})
		require.Equal(t, http.StatusOK, s.get("/events", "X-Forwarded-For", c.first).status, c.name)
		limited := s.get("/events", "X-Forwarded-For", c.second).status == http.StatusTooManyRequests
		require.Equal(t, c.same, limited, c.name)
	}
}

func TestALimitThatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	for _, limit := range []httpbase.RateLimit{
		{Tokens: 1},
		{Interval: time.Second},
		{Tokens: 1, Interval: -time.Second},
		{Tokens: 40_000, Interval: time.Second},
	} {
		require.ErrorContains(t, limit.Validate(), fmt.Sprint(limit.Tokens))
		for _, config := range []httpbase.Config{{RateLimit: limit}, {KeyRateLimit: limit}} {
			_, err := httpbase.New(config)
			require.ErrorContains(t, err, fmt.Sprint(limit.Tokens))
		}
	}
}
