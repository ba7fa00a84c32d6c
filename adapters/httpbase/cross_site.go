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
func refuseCrossSite(trusted []string) (echo.MiddlewareFunc, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if protection.Check(c.Request()) != nil {
				return errCrossSite
			}
			return next(c)
		}
	}, nil
}

// onlyLocalHosts answers requests to this machine's own names only, if that is
// wished.
func (s *Server) onlyLocalHosts(next echo.HandlerFunc) echo.HandlerFunc {
	if !s.config.LocalHosts {
		return next
	}
	return func(c echo.Context) error {
		if !isLocalHost(c.Request().Host) {
			return errMisdirected
		}
		return next(c)
	}
}

// isLocalHost reports whether a Host header, with or without a port, names this
// machine whatever a name server says.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && ip.Unmap().IsLoopback()
}
