package httpbase

import (
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"
)

// secure are the headers of [securityHeaders]. All answers share their values,
// which nobody changes in place.
var secure = http.Header{
	echo.HeaderXContentTypeOptions:   {"nosniff"},
	echo.HeaderCacheControl:          {"no-store"},
	echo.HeaderContentSecurityPolicy: {"default-src 'none'; frame-ancestors 'none'"},
	echo.HeaderReferrerPolicy:        {"no-referrer"},
}

// securityHeaders keeps answers out of caches and other sites' frames, and
// browsers from guessing what they are, running anything that may stand in them
// and telling other sites where they came from. A page says what it needs beyond
// that.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		maps.Copy(c.Response().Header(), secure)
		return next(c)
	}
}
