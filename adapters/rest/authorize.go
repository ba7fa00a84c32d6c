package rest

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/rest/apikey"
)

// audience is who may use a route. The zero value, which a route has that
// doesn't say, lets the fewest in.
type audience int

const (
	organizers audience = iota
	sellers
	viewers
	everybody // also without a key
)

// admits reports whether a role is enough; it is empty for who has no key.
func (a audience) admits(role apikey.Role) bool {
	switch role {
	case apikey.Organizer:
		return true
	case apikey.Seller:
		return a >= sellers
	case apikey.Viewer:
		return a >= viewers
	default:
		return a == everybody
	}
}

// only lets nobody through but a route's audience. It comes after routing, so
// that a path that leads nowhere is answered like that whoever asks, and before
// anything else is read or looked up.
func (h *Handler) only(a audience, next echo.HandlerFunc) echo.HandlerFunc {
	if h.keys == nil {
		return next
	}
	return func(c echo.Context) error {
		caller, known := callerOf(c)
		switch {
		case a.admits(caller.Role):
			return next(c)
		case known:
			return errForbidden
		}
		header := c.Response().Header()
		header.Set(echo.HeaderWWWAuthenticate, "Bearer")
		if c.Request().Header.Get(echo.HeaderAuthorization) == "" {
			return errNoAPIKey
		}
		return errUnknownAPIKey
	}
}

// callerKey is where a request's context has the key that it came with.
const callerKey = "caller"

// identify finds out whose key a request comes with. One with a key that isn't
// known is like one without: where none is needed, such as for health, it does
// no harm.
func (h *Handler) identify(next echo.HandlerFunc) echo.HandlerFunc {
	if h.keys == nil {
		return next
	}
	return func(c echo.Context) error {
		if key, known := h.keys.Find(bearer(c.Request().Header)); known {
			c.Set(callerKey, key)
		}
		return next(c)
	}
}

// callerOf returns the key that a request came with, if it is known.
func callerOf(c echo.Context) (caller apikey.Key, known bool) {
	caller, known = c.Get(callerKey).(apikey.Key)
	return caller, known
}

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
