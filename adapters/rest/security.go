package rest

import "github.com/labstack/echo/v4"

// securityHeaders keeps answers out of caches and other sites' frames, and
// browsers from guessing what they are, running anything that may stand in them
// and telling other sites where they came from. A page says what it needs beyond
// that.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderCacheControl, "no-store")
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		return next(c)
	}
}
