package httpbase_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
)

func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	const shop = "https://shop.example.com"
	s := newServer(t, httpbase.Config{CORSOrigins: []string{shop}}, open("POST", "/cancel", fine), open("DELETE", "/cancel", fine), open("GET", "/cancel", fine))
	for _, c := range []struct {
		header  []string
		allowed bool
	}{
		{nil, true}, // no browser
		{[]string{"Sec-Fetch-Site", "same-origin"}, true},
		{[]string{"Sec-Fetch-Site", "none"}, true},
		{[]string{"Origin", "http://example.com"}, true}, // the server's own, in browsers without Sec-Fetch-Site
		{[]string{"Origin", shop, "Sec-Fetch-Site", "cross-site"}, true},
		{[]string{"Sec-Fetch-Site", "cross-site"}, false},
		{[]string{"Sec-Fetch-Site", "same-site"}, false},
		{[]string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, false},
		{[]string{"Origin", "https://evil.example"}, false},
		{[]string{"Origin", "null", "Content-Type", "text/plain"}, false},
	} {
		require.Equal(t, http.StatusNoContent, ask(s, "GET", "/cancel", c.header...).Code, "it changes nothing: %v", c.header)
		for _, method := range []string{"POST", "DELETE"} {
			r := ask(s, method, "/cancel", c.header...)
			if c.allowed {
				require.Equal(t, http.StatusNoContent, r.Code, c.header)
			} else {
				require.Contains(t, refused(t, r, http.StatusForbidden, "forbidden").Detail, "--cors-origins")
			}
		}
	}
}

func TestAnOriginThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := httpbase.New(httpbase.Config{CORSOrigins: []string{"shop.example.com"}})
	require.ErrorContains(t, err, "shop.example.com")
}

func TestOnlyThisMachinesNamesAreAnsweredIfThatIsWished(t *testing.T) {
	t.Parallel()
	local := newServer(t, httpbase.Config{LocalHosts: true}, open("GET", "/", fine))
	everywhere := newServer(t, httpbase.Config{}, open("GET", "/", fine))
	for host, answered := range map[string]bool{
		"localhost": true, "LOCALHOST:3000": true, "127.0.0.1": true, "127.9.8.7:3000": true, "[::1]": true, "[::1]:3000": true, "[::ffff:127.0.0.1]:3000": true,
		"example.com": false, "example.com:3000": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "192.0.2.1:3000": false,
		"[2001:db8::1]:3000": false, "0.0.0.0:3000": false, "": false, "localhost:": true,
	} {
		for s, answers := range map[*httpbase.Server]bool{local: answered, everywhere: true} {
			request, err := http.NewRequest(http.MethodGet, "/", nil)
			require.NoError(t, err)
			request.Host = host
			recorder := newRecorder(s, request)
			if answers {
				require.Equal(t, http.StatusNoContent, recorder.Code, host)
			} else {
				refused(t, recorder, http.StatusMisdirectedRequest, "misdirected_request")
			}
		}
	}
}
