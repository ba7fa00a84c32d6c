package httpbase

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

// Audience is who may use a route. The zero value, which a route has that
// doesn't say, lets the fewest in.
type Audience int

// The audiences. Each is part of the next.
const (
	Organizers Audience = iota
	Sellers
	Viewers
	Everybody // also without a key
)

// admits reports whether a role is enough; it is empty for who has no key.
func (a Audience) admits(role apikey.Role) bool {
	switch role {
	case apikey.Organizer:
		return true
	case apikey.Seller:
		return a >= Sellers
	case apikey.Viewer:
		return a >= Viewers
	default:
		return a == Everybody
	}
}

// only lets nobody through but a route's audience. It comes after routing, so
// that a path that leads nowhere is answered like that whoever asks, and before
// anything else is read or looked up.
func (s *Server) only(a Audience, next echo.HandlerFunc) echo.HandlerFunc {
	if s.config.Keys == nil {
		return next
	}
	return func(c echo.Context) error {
		if refusal := s.Refusal(c, a); refusal != nil {
			return refusal
		}
		return next(c)
	}
}

// Refusal is what a caller is answered who does not belong to an audience; nil
// lets them in. It is for a route whose audience depends on what is asked for.
func (s *Server) Refusal(c echo.Context, a Audience) error {
	caller, known := CallerOf(c)
	switch {
	case s.config.Keys == nil, a.admits(caller.Role):
		return nil
	case known:
		return errForbidden
	}
	if c.Request().Header.Get(echo.HeaderAuthorization) == "" {
		return errNoAPIKey
	}
	return errUnknownAPIKey
}

// callerKey is where a request's context has the key that it came with.
const callerKey = "caller"

// identify finds out whose key a request comes with. One with a key that isn't
// known is like one without: where none is needed, such as for health, it does
// no harm.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	if s.config.Keys == nil {
		return next
	}
	return func(c echo.Context) error {
		if key, known := s.config.Keys.Find(bearer(c.Request().Header)); known {
			c.Set(callerKey, key)
		}
		return next(c)
	}
}

// CallerOf returns the key that a request came with, if it is known.
func CallerOf(c echo.Context) (caller apikey.Key, known bool) {
	caller, known = c.Get(callerKey).(apikey.Key)
	return caller, known
}

// SetCaller says whose key stands behind a request that comes without one, as one
// with a cookie does. What is counted and logged from here on is that caller's.
func SetCaller(c echo.Context, caller apikey.Key) { c.Set(callerKey, caller) }

// Keys returns the keys of who may call; nil if nobody is asked for one.
func (s *Server) Keys() *apikey.Keys { return s.config.Keys }

// bearer returns the text of the key in Authorization: Bearer KEY. It is empty,
// which no key is, if there is none.
func bearer(header http.Header) string {
	values := header[echo.HeaderAuthorization]
	if len(values) != 1 {
		return ""
	}
	scheme, key, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(key, " ")
}
