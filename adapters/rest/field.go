package rest

import (
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/boxoffice-go/boxoffice/domain"
)

// A field that has no value at all, or one that is out of range, is told apart
// from one of a wrong type: the first is gathered with all other bad fields,
// the last makes the body malformed.
var (
	errNoText  = errors.New("must be a string")
	errNoWhole = errors.New("must be a whole number")
	errNoTruth = errors.New("must be true or false")
	errNoTexts = errors.New("must be a list of strings")
)

// field is a member of a body. A null is the same as leaving the member out, but
// where something is changed it clears what was there.
type field[T any] struct {
	value T
	given bool
	null  bool
}

// text is a string, whole a number without a fraction, truth true or false, texts
// a list of strings.
type (
	texts struct{ field[[]string] }
	text  struct{ field[string] }
	whole struct{ field[int] }
	truth struct{ field[bool] }
)

// UnmarshalJSONFrom reads a string, and nothing else.
func (t *text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return t.read(dec, errNoText, func(token jsontext.Token) (string, bool) { return token.String(), token.Kind() == '"' })
}

// UnmarshalJSONFrom reads a number without a fraction, however it is written.
func (w *whole) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return w.read(dec, errNoWhole, wholeOf)
}

// UnmarshalJSONFrom reads true or false, and nothing else.
func (t *truth) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return t.read(dec, errNoTruth, func(token jsontext.Token) (bool, bool) {
		return token.Kind() == 't', token.Kind() == 't' || token.Kind() == 'f'
	})
}

// UnmarshalJSONFrom reads a list of strings, and nothing else.
func (t *texts) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	err := t.read(dec, errNoTexts, func(token jsontext.Token) ([]string, bool) { return []string{}, token.Kind() == '[' })
	for err == nil && t.given {
		var item text
		if dec.PeekKind() == ']' {
			_, err = dec.ReadToken()
			return err
		}
		if err = item.UnmarshalJSONFrom(dec); err == nil && !item.given {
			err = errNoTexts
		}
		t.value = append(t.value, item.value)
	}
	return err
}

func (f *field[T]) read(dec *jsontext.Decoder, wrong error, valueOf func(jsontext.Token) (T, bool)) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() == 'n' {
		*f = field[T]{null: true}
		return nil
	}
	value, ok := valueOf(token)
	if !ok {
		return wrong
	}
	*f = field[T]{value: value, given: true}
	return nil
}

func (f field[T]) required(name string) error { return required(name, f.given) }

// pointer is what a change takes: nil leaves what was there, and a null is the
// zero value.
func (f field[T]) pointer() *T {
	if !f.given && !f.null {
		return nil
	}
	return &f.value
}

// notNull refuses to clear what can't be without a value.
func (f field[T]) notNull(name string) error {
	if f.null {
		return domain.InvalidField(name, "can't be cleared; give it another value or leave it out")
	}
	return nil
}

// id reads the text as an id.
func id[ID any](name string, t text, parse func(string) (ID, error)) (ID, error) {
	if !t.given {
		var none ID
		return none, required(name, false)
	}
	return parse(t.value)
}

// person reads the text as an identifier.
func (t text) person() (domain.Person, error) {
	if !t.given {
		return domain.Person{}, required("identifier", false)
	}
	return domain.NewPerson(t.value)
}

// filled reads a text that says something or isn't given.
func (t text) filled(name string) error {
	if t.given && t.value == "" {
		return domain.InvalidField(name, "must not be empty; leave it out instead")
	}
	return nil
}

// positive reads a number for which 0 means nothing.
func (w whole) positive(name string, most int) error {
	if w.given && w.value < 1 {
		return domain.InvalidField(name, "must be a whole number from 1 to %d", most)
	}
	return nil
}

// The times that every store can keep.
const (
	firstYear = 1970
	lastYear  = 9999
)

// timestamp is how RFC 3339 writes a time; package time takes a few other texts too.
var timestamp = regexp.MustCompile(`^.{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-5][0-9])$`)

// time reads the text as a time of RFC 3339, of which microseconds count.
func (t text) time(name string) (time.Time, error) {
	if !t.given {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, t.value)
	at = at.UTC().Truncate(time.Microsecond)
	if err != nil || !timestamp.MatchString(t.value) || at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}, domain.InvalidField(name, "must be a time like 2026-01-31T20:00:00Z or 2026-01-31T20:00:00+01:00")
	}
	return at, nil
}

// limit reads the number as a limit; without one there is none.
func (w whole) limit() domain.Limit {
	if !w.given {
		return domain.Limit{}
	}
	return domain.AtMost(w.value)
}

// seconds reads the number as a time that is never 0; without one it is.
func (w whole) seconds() int {
	if w.given && w.value == 0 {
		return -1 // out of every range
	}
	return w.value
}

// wholeNumber is how a number without a fraction may be written. Its float is
// exact as far as any range goes; that of 0.99999999999999999999 is 1.
var wholeNumber = regexp.MustCompile(`^-?[0-9]+(\.0+)?([eE]\+?[0-9]+)?$`)

// wholeOf returns a number that has no fraction; one beyond 32 bits, which is
// out of every range, as the nearest within.
func wholeOf(token jsontext.Token) (int, bool) {
	if token.Kind() != '0' || !wholeNumber.MatchString(token.String()) {
		return 0, false
	}
	// An error is a number too large, which is infinite or the largest then.
	f, _ := token.Float()
	return int(max(math.MinInt32, min(f, math.MaxInt32))), true
}

// unknown are the members of a body that no field takes.
type unknown map[string]jsontext.Value

// check names the members, and which of the known fields was perhaps meant.
func (u unknown) check(known ...string) error {
	if len(u) == 0 {
		return nil
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(u)) {
		meant := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
		if meant >= 0 {
			errs = append(errs, domain.InvalidField(name, "is not a known field; the case of letters counts: write %s", known[meant]))
		} else {
			errs = append(errs, domain.InvalidField(name, "is not a known field"))
		}
	}
	return domain.Invalid(errs...)
}

func required(field string, given bool) error {
	if given {
		return nil
	}
	return domain.InvalidField(field, "is required")
}

// invalid is [domain.Invalid], but of what is wrong with one field only the
// first counts: whether a missing field is also out of range says nothing.
func invalid(errs ...error) error {
	err := domain.Invalid(errs...)
	var all *domain.Error
	if !errors.As(err, &all) || len(all.Fields) < 2 {
		return err
	}
	seen := make(map[string]bool, len(all.Fields))
	all.Fields = slices.DeleteFunc(all.Fields, func(f domain.FieldError) bool {
		again := seen[f.Field]
		seen[f.Field] = true
		return again
	})
	return all
}
