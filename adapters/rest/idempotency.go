package rest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	idempotencyHeader       = "Idempotency-Key"
	maxIdempotencyKeyLength = 255
)

// keyScope is where a caller may use a key once. Stores keep the key of an
// event's creation with the event's other keys, so it must never be one of them.
type keyScope string

const (
	scopeCreations keyScope = "creations"
	scopeEvent     keyScope = "event"
)

// idempotencyKey reads the key of a request. Two callers, told apart by their
// API keys, may use the same key for different requests. request returns what is
// asked for, in one way of writing: the operation and its fields.
func idempotencyKey(c echo.Context, scope keyScope, request func() []string) (domain.IdempotencyKey, error) {
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
	}
	return domain.IdempotencyKey{Key: digest(string(scope), caller, values[0]), Request: digest(request()...)}, nil
}

func isIdempotencyKey(key string) bool {
	return key != "" && len(key) <= maxIdempotencyKeyLength &&
		!strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
}

// digest hashes a list of texts; each goes with its length, so that no two
// lists are hashed alike.
func digest(parts ...string) [sha256.Size]byte {
	var all []byte
	for _, part := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}

// What is asked for, as [idempotencyKey] takes it. Two spellings of a person's
// identifier, and a default that is left out or written, ask for the same.

func requestToCreate(n domain.NewEvent) []string {
	status := cmp.Or(n.Status, domain.EventPublished)
	return []string{
		"create event", n.Name, strconv.Itoa(n.TotalTickets), string(status),
		limitText(n.MaxTicketsPerUser), limitText(n.MaxWaitlist),
	}
}

func requestToBook(c domain.Book) []string {
	return []string{"book", c.EventID.String(), c.Person.UserID().String(), strconv.Itoa(c.Quantity)}
}

func requestToCancel(c domain.CancelTicket) []string {
	return []string{"cancel ticket", c.EventID.String(), c.Person.UserID().String(), c.TicketID.String()}
}

func limitText(l domain.Limit) string {
	if n, limited := l.Max(); limited {
		return strconv.Itoa(n)
	}
	return "none"
}
