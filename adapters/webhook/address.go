package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// reserved are the networks that are nobody's on the Internet, or that lead into
// another one: an address in 6to4 or NAT64 has an IPv4 address in it.
var reserved = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// global is what the Internet has of IPv6. Loopback, local, multicast, NAT64 and
// mapped addresses are outside.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// networks are where webhooks may lead to though they are private.
type networks []netip.Prefix

func (n networks) contain(addr netip.Addr) bool {
	return slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// errForbiddenAddress says where a webhook must not lead.
var errForbiddenAddress = errors.New("it leads to an address that webhooks must not lead to")

// check refuses an address that messages must not be sent to.
func (n networks) check(addr netip.Addr, scheme string) error {
	addr = addr.WithZone("")
	if n.contain(addr) || n.contain(addr.Unmap()) {
		return nil
	}
	public := !networks(reserved).contain(addr) && (addr.Is4() || global.Contains(addr))
	if !public || scheme != "https" {
		return fmt.Errorf("%w: %s", errForbiddenAddress, addr)
	}
	return nil
}

// CheckURL implements [ports.WebhookSender].
func (d *Deliverer) CheckURL(text string) error {
	u, err := url.Parse(text)
	refuse := func(format string, args ...any) error { return domain.InvalidField("url", format, args...) }
	switch {
	case err != nil, !u.IsAbs(), u.Hostname() == "", u.Opaque != "":
		return refuse("must be an address like https://shop.example.com/hooks")
	case u.Scheme != "https" && u.Scheme != "http", u.Scheme == "http" && len(d.networks) == 0:
		return refuse("must begin with https://")
	case u.User != nil:
		return refuse("must not have a user or a password in it; the signature tells who sends")
	case u.Fragment != "":
		return refuse("must not have a fragment")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return refuse("must have a port from 1 to 65535, or none")
		}
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && d.networks.check(addr, u.Scheme) != nil {
		return refuse("must not lead to a private or otherwise reserved address; --webhook-networks of the server allows some")
	}
	return nil
}

// newClient makes connections to where messages of a scheme may be sent. The
// address is judged when it is known, after the name was resolved and right before
// it is dialled, whatever the name said before.
func (n networks) newClient(scheme string) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", errForbiddenAddress, address)
		}
		return n.check(at.Addr(), scheme)
	}}
	return &http.Client{
		Transport: &http.Transport{ // with no proxy: it would dial for us
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    workersOfHook,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
