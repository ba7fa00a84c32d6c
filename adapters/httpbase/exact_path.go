package httpbase

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// exactPath refuses paths that Echo would stretch to fit a route: there the last
// parameter takes slashes in, and any parameter may be empty.
func exactPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if strings.Contains(path, "//") || strings.Count(path, "/") != strings.Count(c.Path(), "/") {
			return errRouteNotFound
		}
		return next(c)
	}
}

// unescaped returns a request whose path is matched by what it says, however
// much of it is percent-encoded: Echo would match the encoded form.
func unescaped(r *http.Request) *http.Request {
	if r.URL.RawPath == "" {
		return r
	}
	plain := *r
	u := *r.URL
	u.RawPath = ""
	plain.URL = &u
	return &plain
}
