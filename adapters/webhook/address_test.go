package webhook_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/domain"
)

const forbidden = "it leads to an address that webhooks must not lead to"

// public returns a deliverer that messages may lead from only to the Internet, or
// also to some networks.
func public(t *testing.T, networks ...string) *webhook.Deliverer {
	t.Helper()
	c := config(memory.New())
	c.Networks = nil
	for _, n := range networks {
		c.Networks = append(c.Networks, netip.MustParsePrefix(n))
	}
	d := webhook.New(c)
	t.Cleanup(d.Close)
	return d
}

// failureOf sends a test message to a URL that passed all checks before.
func failureOf(t *testing.T, d *webhook.Deliverer, url string) string {
	t.Helper()
	attempt, err := d.Test(t.Context(), domain.Webhook{URL: url, Secret: []byte("secret")})
	require.NoError(t, err)
	return attempt.Failure
}

func TestAddressesThatAreRefused(t *testing.T) {
	d := public(t)
	for _, url := range []string{
		"https://127.0.0.1", "https://127.9.9.9:8443/x", "https://[::1]", "https://0.0.0.0", "https://[::]", "https://10.1.2.3",
		"https://172.16.0.1", "https://192.168.1.1", "https://100.64.0.1", "https://169.254.169.254/latest/meta-data", "https://[fe80::1]",
		"https://[fe80::1%25eth0]", "https://[fd00::1]", "https://224.0.0.1", "https://[ff02::1]", "https://255.255.255.255", "https://198.18.0.1",
		"https://[::ffff:127.0.0.1]", "https://[::ffff:8.8.8.8]", "https://[::127.0.0.1]", "https://[64:ff9b::7f00:1]", "https://[64:ff9b:1::a00:1]",
		"https://[2002:7f00:1::]", "https://[2001::1]", "https://[2001:db8::1]",
		"http://8.8.8.8", "http://shop.example.com", "ftp://shop.example.com", "https://", "shop.example.com/hooks", "https:shop.example.com",
		"https://user:password@shop.example.com", "https://user@shop.example.com", "https://shop.example.com/#part", "https://shop.example.com:0",
		"https://shop.example.com:99999", "https://shop.example.com:x", "https://%zz", " https://shop.example.com",
	} {
		require.ErrorIs(t, d.CheckURL(url), domain.ErrValidation, url)
	}
	for _, url := range []string{
		"https://shop.example.com", "https://shop.example.com:8443/hooks?key=1", "https://8.8.8.8", "https://[2606:4700::1111]", "https://localhost",
	} {
		require.NoError(t, d.CheckURL(url), "%s: where a name leads is judged later", url)
	}

	some := public(t, "10.0.0.0/8", "fd00::/8")
	require.NoError(t, some.CheckURL("http://10.1.2.3"))
	require.NoError(t, some.CheckURL("https://[fd00::1]"))
	require.NoError(t, some.CheckURL("http://intern.example.com"))
	require.ErrorIs(t, some.CheckURL("http://8.8.8.8"), domain.ErrValidation, "no plain HTTP into the Internet")
	require.ErrorIs(t, some.CheckURL("https://127.0.0.1"), domain.ErrValidation)
}

// TestAddressesAreJudgedWhenTheyAreDialled has URLs that were created before, or
// under other settings, and names that lead where they shouldn't.
func TestAddressesAreJudgedWhenTheyAreDialled(t *testing.T) {
	var called atomic.Int32
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer inside.Close()
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	d := public(t)
	for _, url := range []string{
		inside.URL, "https://localhost" + port, "https://[::ffff:127.0.0.1]" + port, "http://127.0.0.1" + port,
	} {
		require.Equal(t, forbidden, failureOf(t, d, url), url)
	}
	// One network allowed opens no other one, nor plain HTTP.
	for _, url := range []string{"https://localhost" + port, "http://localhost" + port} {
		require.Equal(t, forbidden, failureOf(t, public(t, "10.0.0.0/8"), url), url)
	}

	// The name is public when it is checked, and not when it is dialled.
	var asked atomic.Int32
	useResolver(t, func(name string) [4]byte {
		if asked.Add(1); strings.HasPrefix(name, "rebound.") {
			return [4]byte{127, 0, 0, 1}
		}
		return [4]byte{10, 0, 0, 1}
	})
	for _, url := range []string{"https://rebound.example.com" + port, "https://intern.example.com" + port} {
		require.NoError(t, d.CheckURL(url))
		require.Equal(t, forbidden, failureOf(t, d, url), url)
	}
	require.Positive(t, asked.Load())
	require.Zero(t, called.Load())
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var called atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer inside.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		outside := httptest.NewServer(http.RedirectHandler(inside.URL, status))
		require.Contains(t, failureOf(t, public(t, "127.0.0.0/8"), outside.URL), "it answered 30")
		outside.Close()
	}
	require.Zero(t, called.Load())
}

// TestNoProxyStandsInBetween has a proxy that would dial anything.
func TestNoProxyStandsInBetween(t *testing.T) {
	var called atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	require.Equal(t, forbidden, failureOf(t, public(t, "127.0.0.0/8"), "https://10.1.2.3"))
	require.Zero(t, called.Load())
}

// TestAnswersAreReadOnlyInPart has one that never ends.
func TestAnswersAreReadOnlyInPart(t *testing.T) {
	var sent atomic.Int64
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		part := make([]byte, 64<<10)
		for {
			n, err := w.Write(part)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	require.Empty(t, failureOf(t, public(t, "127.0.0.0/8"), endless.URL), "it was taken: what is said beside doesn't count")
	endless.Close()
	require.Less(t, sent.Load(), int64(20<<20))
}

// useResolver lets names be resolved by a function, for as long as the test runs.
func useResolver(t *testing.T, addressOf func(name string) [4]byte) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 512)
		for {
			n, client, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: addressOf(q.Name.String())},
				}}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(answer, client)
			}
		}
	}()
	was := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = was
		_ = server.Close()
		<-ended
	})
}
