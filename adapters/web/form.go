package web

import (
	"crypto/rand"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	maxFormBytes = 64 << 10
	// keyField is the field of a form with its own key.
	keyField = "form"
	// minKeyLength is the shortest that nobody hits upon by chance.
	minKeyLength = 22
	maxKeyLength = 255
	// callersOfPages keeps the keys of forms apart from those of the API.
	callersOfPages = "pages"
)

var (
	errFormTooLarge = &domain.Error{Code: httpbase.CodeBodyTooLarge, Detail: "the form is too large; shorten what it says"}
	errNoForm       = &domain.Error{Code: httpbase.CodeUnsupportedMedia, Detail: "this takes what a form on its page sends; open the page and send it from there"}
	errMalformed    = &domain.Error{Code: httpbase.CodeMalformedBody, Detail: "the form can't be read; open its page again and send it from there"}
)

// newFormKey makes the key of a form.
func newFormKey() string { return rand.Text() }

// withForm reads a form before anything else is done.
func withForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || kind != echo.MIMEApplicationForm {
			return errNoForm
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxFormBytes)
		if err := r.ParseForm(); err != nil {
			if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
				return errFormTooLarge
			}
			return errMalformed
		}
		return next(c)
	}
}

// sent returns what a form says.
func sent(c echo.Context) fields { return fields{c.Request().PostForm} }

// fields are what a form says. A field that is left empty is not given.
type fields struct{ url.Values }

// key reads the form's own key.
func (f fields) key() (domain.IdempotencyKey, error) {
	key := f.Get(keyField)
	if len(key) < minKeyLength || len(key) > maxKeyLength {
		return domain.IdempotencyKey{}, errMalformed
	}
	return domain.NewIdempotencyKey(callersOfPages, key), nil
}

// text reads a text of several lines, as forms send them.
func (f fields) text(name string) string { return strings.ReplaceAll(f.Get(name), "\r\n", "\n") }

// whole reads a number; none is 0.
func (f fields) whole(name string) (n int, given bool, err error) {
	text := strings.TrimSpace(f.Get(name))
	if text == "" {
		return 0, false, nil
	}
	n, err = strconv.Atoi(text)
	if err != nil {
		return 0, true, domain.InvalidField(name, "must be a whole number")
	}
	return n, true, nil
}

// positive reads a number for which 0 means nothing; none is 0.
func (f fields) positive(name string) (int, error) {
	n, given, err := f.whole(name)
	if given && err == nil && n < 1 {
		err = domain.InvalidField(name, "must be a whole number from 1")
	}
	return n, err
}

// limit reads a number as a limit; none is no limit.
func (f fields) limit(name string) (domain.Limit, error) {
	n, given, err := f.whole(name)
	if !given || err != nil {
		return domain.Limit{}, err
	}
	return domain.AtMost(n), nil
}

// The forms of a time in a form, the longer one where there are seconds.
const (
	minuteForm = "2006-01-02T15:04"
	secondForm = "2006-01-02T15:04:05"
)

// The times that every store can keep.
const (
	firstYear = 1970
	lastYear  = 9999
)

// time reads a time in a zone; none is the zero time.
func (f fields) time(name string, zone *time.Location) (time.Time, error) {
	text := strings.TrimSpace(f.Get(name))
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(minuteForm, text, zone)
	if err != nil {
		at, err = time.ParseInLocation(secondForm, text, zone)
	}
	at = at.UTC()
	if err != nil || at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}, domain.InvalidField(name, "must be a time like 2026-01-31T20:00")
	}
	return at, nil
}

// timeText writes a time as a field of a form has it.
func timeText(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Second() == 0:
		return t.UTC().Format(minuteForm)
	default:
		return t.UTC().Format(secondForm)
	}
}

// zone reads in which time zone a form's times are.
func (f fields) zone(name string) (*time.Location, error) {
	text := strings.TrimSpace(f.Get(name))
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		return time.UTC, domain.InvalidField(name, "must be a time zone like Europe/Berlin or UTC")
	}
	return zone, nil
}

// numberText writes a number as a field of a form has it; 0 is none.
func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func limitText(l domain.Limit) string {
	n, limited := l.Max()
	if !limited {
		return ""
	}
	return strconv.Itoa(n)
}
