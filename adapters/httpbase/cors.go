package httpbase

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// corsMaxAge is for how many seconds a browser needn't ask again.
const corsMaxAge = 3600

// allowOrigins lets pages of some origins call from a browser. It answers the
// question that a browser asks first; nothing comes of that question, so it
// needs no key and counts against no limit. Browsers are never told to send
// credentials of their own: a page has its key, or none.
func allowOrigins(origins []string) echo.MiddlewareFunc {
	if len(origins) == 0 { // Echo's would allow all then
		return func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	return middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins: origins,
		AllowMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-Id"},
		ExposeHeaders: []string{
			"ETag", "Location", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate", "X-Request-Id",
		},
		MaxAge: corsMaxAge,
	})
}
