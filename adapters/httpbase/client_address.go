package httpbase

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddress finds a request's client: the peer or, if that is a trusted
// proxy, the nearest address in X-Forwarded-For that isn't one. If there is none,
// or something that is no address comes first, it is the peer: whatever stands
// further left, the client may have written itself. Echo's extractor would take
// the leftmost for the client then, and knows no ports.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	proxies := make([]netip.Prefix, len(trusted))
	for i, p := range trusted {
		proxies[i] = unmapped(p)
	}
	isProxy := func(address netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(address) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		direct := echo.ExtractIPDirect()(r)
		peer, ok := parseAddress(direct)
		if !ok || !isProxy(peer) {
			return direct
		}
		entries := strings.Split(strings.Join(r.Header[echo.HeaderXForwardedFor], ","), ",")
		for _, entry := range slices.Backward(entries) {
			address, ok := parseAddress(strings.TrimSpace(entry))
			switch {
			case !ok:
				return direct
			case !isProxy(address):
				return address.String()
			}
		}
		return direct
	}
}

// parseAddress reads an address as proxies write it: alone, in brackets, or with
// the port that a client came from.
func parseAddress(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	} else if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		text = strings.TrimSuffix(inner, "]")
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}

// unmapped writes a network of IPv4 addresses in IPv6 as one of IPv4.
func unmapped(p netip.Prefix) netip.Prefix {
	const mappedBits = 96
	if p.Addr().Is4In6() && p.Bits() >= mappedBits {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits)
	}
	return p
}
