package rest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const maxLimit = 200

// query is a request's query parameters, each given once.
type query map[string]string

// readQuery refuses parameters that aren't known, and those that are repeated.
func readQuery(c echo.Context, known ...string) (query, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, domain.InvalidField("query", "is not well-formed; percent-encode its values")
	}
	var errs []error
	q := make(query, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch given := values[name]; {
		case !slices.Contains(known, name):
			errs = append(errs, domain.InvalidField(name, "is not a known query parameter"))
		case len(given) > 1:
			errs = append(errs, domain.InvalidField(name, "is there more than once"))
		default:
			q[name] = given[0]
		}
	}
	return q, domain.Invalid(errs...)
}

// limit returns how many items a page has.
func (q query) limit() (int, error) {
	value, given := q["limit"]
	if !given {
		return ports.DefaultLimit, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxLimit {
		return 0, domain.InvalidField("limit", "must be a whole number from 1 to %d", maxLimit)
	}
	return n, nil
}

// oneOf returns the one of some values that a parameter asks for, or none.
func oneOf[S ~string](q query, name string, values ...S) (S, error) {
	value, given := q[name]
	if !given || slices.Contains(values, S(value)) {
		return S(value), nil
	}
	return "", domain.InvalidField(name, "must be one of %s", strings.Trim(fmt.Sprint(values), "[]"))
}

// user returns whose bookings are asked for; zero is anybody's.
func (q query) user() (domain.UserID, error) {
	identifier, given := q["identifier"]
	if !given {
		return domain.UserID{}, nil
	}
	person, err := domain.NewPerson(identifier)
	return person.UserID(), err
}

// reference returns the reference that is asked for; empty is any.
func (q query) reference() (string, error) {
	value, given := q["reference"]
	if given && value == "" {
		return "", domain.InvalidField("reference", "must not be empty")
	}
	return value, domain.CheckReference(value)
}

// page cuts a list that was asked for with one item more than fits; next is the
// cursor of the page after it, or nil if this is the last.
func page[T any](items []T, limit int, cursor func(last T) string) (shown []T, next *string) {
	if len(items) <= limit {
		return items, nil
	}
	after := cursor(items[limit-1])
	return items[:limit], &after
}

// cursors are strict, so that no other text stands for the same place.
var cursors = base64.RawURLEncoding.Strict()

var errCursor = domain.InvalidField("cursor", "is none; take nextCursor of the page before as it is")

// bookingCursor says after which booking a page begins.
func bookingCursor(b domain.Booking) string {
	return cursors.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(b.Sequence)))
}

func (q query) afterSequence() (int64, error) {
	value, given := q["cursor"]
	if !given {
		return 0, nil
	}
	raw, err := cursors.DecodeString(value)
	if err != nil || len(raw) != 8 {
		return 0, errCursor
	}
	sequence := int64(binary.BigEndian.Uint64(raw))
	if sequence < 1 {
		return 0, errCursor
	}
	return sequence, nil
}

// eventCursor says after which event a page begins.
func eventCursor(e domain.Event) string { return timeCursor(e.CreatedAt, e.ID.UUID) }

func (q query) afterEvent() (ports.EventCursor, error) {
	at, id, err := q.afterTime()
	return ports.EventCursor{CreatedAt: at, ID: domain.EventID{UUID: id}}, err
}

// personCursor says after which of a person's bookings a page begins.
func personCursor(b domain.Booking) string { return timeCursor(b.CreatedAt, b.ID.UUID) }

func (q query) afterPersonBooking() (ports.PersonCursor, error) {
	at, id, err := q.afterTime()
	return ports.PersonCursor{CreatedAt: at, ID: domain.BookingID{UUID: id}}, err
}

// timeCursor is a place in a list by time and id.
func timeCursor(at time.Time, id uuid.UUID) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMicro()))
	return cursors.EncodeToString(append(raw, id[:]...))
}

func (q query) afterTime() (time.Time, uuid.UUID, error) {
	value, given := q["cursor"]
	if !given {
		return time.Time{}, uuid.Nil, nil
	}
	raw, err := cursors.DecodeString(value)
	if err != nil || len(raw) != 8+len(uuid.UUID{}) {
		return time.Time{}, uuid.Nil, errCursor
	}
	micros := int64(binary.BigEndian.Uint64(raw))
	if micros < 0 || micros > maxCursorMicros {
		return time.Time{}, uuid.Nil, errCursor
	}
	return time.UnixMicro(micros).UTC(), uuid.UUID(raw[8:]), nil
}

// maxCursorMicros is the end of the year 9999, beyond which databases know no time.
var maxCursorMicros = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC).UnixMicro()
