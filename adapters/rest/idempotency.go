package rest

import (
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	idempotencyHeader       = "Idempotency-Key"
	maxIdempotencyKeyLength = 255
	// Callers without an API key share one scope, in which nobody may hit upon
	// another one's key by chance.
	minKeylessLength = 22
)

// idempotencyKey reads the key of a request. Two callers, told apart by their
// API keys, may use the same key for different requests.
func idempotencyKey(c echo.Context) (domain.IdempotencyKey, error) {
	values, given := c.Request().Header[idempotencyHeader]
	if !given {
		return domain.IdempotencyKey{}, nil
	}
	if len(values) != 1 || !isIdempotencyKey(values[0]) {
		return domain.IdempotencyKey{}, domain.InvalidField(
			idempotencyHeader, "must be one value of 1 to %d printable ASCII characters", maxIdempotencyKeyLength)
	}
	caller := ""
	if key, known := httpbase.CallerOf(c); known {
		caller = string(key.Hash[:])
	} else if uuid.Validate(values[0]) != nil && len(values[0]) < minKeylessLength {
		return domain.IdempotencyKey{}, domain.InvalidField(
			idempotencyHeader, "must be a UUID or have at least %d characters, where no API key tells callers apart", minKeylessLength)
	}
	return domain.NewIdempotencyKey(caller, values[0]), nil
}

func isIdempotencyKey(key string) bool {
	return key != "" && len(key) <= maxIdempotencyKeyLength &&
		!strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
}

// callerName is who asks, for the journal.
func callerName(c echo.Context) string {
	key, _ := httpbase.CallerOf(c)
	return key.Name
}
