package httpbase

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

var (
	errCrossSite = &domain.Error{
		Code:   codeForbidden,
		Detail: "a page of another site may not do this; --cors-origins allows the pages of an origin",
	}
	errMisdirected = &domain.Error{
		Code:   codeMisdirected,
		Detail: "without API keys this server answers only to localhost and loopback addresses; call it by one of those, or set --api-keys-file",
	}
)

// refuseCrossSite keeps pages of other sites, but for some origins', from sending
// what changes something. A browser sends some such requests without asking first,
// as a form does, and where no keys are asked for nothing else stops them.
//
// A form of a page that tells nobody its address says that it is from nowhere
// (Origin: null), and over plain HTTP a browser says no more. Where the path is a
// secret, no other site can have sent that.
func (s *Server) refuseCrossSite(protection *http.CrossOriginProtection) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			fromNowhere := c.Request().Header.Get("Sec-Fetch-Site") == "" && c.Request().Header.Get(echo.HeaderOrigin) == "null"
			if fromNowhere && s.routeOf(c).SecretPath {
				return next(c)
			}
			if protection.Check(c.Request()) != nil {
				return errCrossSite
			}
			return next(c)
		}
	}
}

// trusting makes a protection that lets pages of some origins through.
func trusting(origins []string) (*http.CrossOriginProtection, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return protection, nil
}

// onlyLocalHosts answers requests to this machine's own names only, if that is
// wished.
func (s *Server) onlyLocalHosts(next echo.HandlerFunc) echo.HandlerFunc {
	if !s.config.LocalHosts {
		return next
	}
	return func(c echo.Context) error {
		if !IsLocalHost(c.Request().Host) {
			return errMisdirected
		}
		return next(c)
	}
}

// IsLocalHost reports whether a Host header, with or without a port, names this
// machine whatever a name server says.
func IsLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && ip.Unmap().IsLoopback()
}
