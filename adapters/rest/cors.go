package rest

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// What a page of another origin may send and read, and for how many seconds a
// browser needn't ask again.
const (
	corsMethods       = "GET, HEAD, POST, PATCH, DELETE"
	corsHeaders       = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
	corsAnswerHeaders = "ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate, X-Request-Id"
	corsMaxAge        = "3600"
)

// allowOrigins lets pages of some origins call from a browser. It answers the
// question that a browser asks first; nothing comes of that question, so it
// needs no key and counts against no limit. Browsers are never told to send
// credentials of their own: a page has its key, or none.
func allowOrigins(origins []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if len(origins) == 0 {
			return next
		}
		return func(c echo.Context) error {
			request, header := c.Request(), c.Response().Header()
			header.Add(echo.HeaderVary, echo.HeaderOrigin)
			origin := request.Header.Get(echo.HeaderOrigin)
			if !slices.Contains(origins, origin) {
				return next(c)
			}
			header.Set(echo.HeaderAccessControlAllowOrigin, origin)
			if request.Method != http.MethodOptions || request.Header.Get(echo.HeaderAccessControlRequestMethod) == "" {
				header.Set(echo.HeaderAccessControlExposeHeaders, corsAnswerHeaders)
				return next(c)
			}
			header.Set(echo.HeaderAccessControlAllowMethods, corsMethods)
			header.Set(echo.HeaderAccessControlAllowHeaders, corsHeaders)
			header.Set(echo.HeaderAccessControlMaxAge, corsMaxAge)
			return c.NoContent(http.StatusNoContent)
		}
	}
}
