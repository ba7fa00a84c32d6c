package rest

import "github.com/labstack/echo/v4"

// AddRoute puts a route of a test behind the handler's middleware.
func (h *Handler) AddRoute(method, path string, handler echo.HandlerFunc) {
	h.echo.Add(method, path, handler)
}
