package httpbase

import (
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

const maxRequestIDLength = 128

// requestID names every request, by the caller's X-Request-Id if it is one
// that can stand in a log, and says so in the answer.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !isRequestID(id) {
			id = uuid.NewString()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// requestIDOf returns the id that the middleware gave the request.
func requestIDOf(c echo.Context) string {
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

func isRequestID(id string) bool {
	return id != "" && len(id) <= maxRequestIDLength && !strings.ContainsFunc(id, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '_', r == '-':
			return false
		}
		return true
	})
}
