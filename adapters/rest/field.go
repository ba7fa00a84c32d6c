package rest

import (
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/boxoffice-go/boxoffice/domain"
)

// A field that has no value at all, or one that is out of range, is told apart
// from one of a wrong type: the first is gathered with all other bad fields,
// the last makes the body malformed.
var (
	errNoText  = errors.New("must be a string")
	errNoWhole = errors.New("must be a whole number")
	errNoLimit = errors.New("must be a whole number, or null for no limit")
)

// text is a string of a body.
type text struct {
	value string
	given bool
}

// UnmarshalJSONFrom reads a string, and nothing else.
func (t *text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' {
		return errNoText
	}
	*t = text{token.String(), true}
	return nil
}

func (t text) required(field string) error { return required(field, t.given) }

// id reads the text as an id.
func id[ID any](field string, t text, parse func(string) (ID, error)) (ID, error) {
	if !t.given {
		var none ID
		return none, required(field, false)
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

// whole is a whole number of a body.
type whole struct {
	value int
	given bool
}

// UnmarshalJSONFrom reads a number without a fraction, however it is written.
func (w *whole) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	n, ok := wholeOf(token)
	if !ok {
		return errNoWhole
	}
	*w = whole{n, true}
	return nil
}

func (w whole) required(field string) error { return required(field, w.given) }

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

// limit is a limit of a body, or null for none.
type limit struct {
	value domain.Limit
	given bool
}

// UnmarshalJSONFrom reads a number without a fraction, or null.
func (l *limit) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() == 'n' {
		*l = limit{domain.Limit{}, true}
		return nil
	}
	n, ok := wholeOf(token)
	if !ok {
		return errNoLimit
	}
	*l = limit{domain.AtMost(n), true}
	return nil
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
