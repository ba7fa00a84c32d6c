package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxIdentifierLength is the longest identifier, in code points, not counting
// white space around it.
const MaxIdentifierLength = 255

// MaxRawIdentifierLength is the longest identifier as it may be given, in code
// points, with white space around it.
const MaxRawIdentifierLength = 400

// people is the namespace of all user ids. It may never change: it decides who
// owns which booking in every database there is.
var people = uuid.MustParse("5a3c1f0e-8d42-5b7e-9c61-2f4d7ab0e913")

// Person is somebody who books: the identifier as given but trimmed, and the id
// it folds to. The zero value is nobody; make one with [NewPerson].
type Person struct {
	identifier string
	userID     UserID
}

// NewPerson checks an identifier and finds whom it names. Identifiers name the
// same person when they are equal after trimming white space, NFC, full case
// folding and NFC again. Refused with [CodeValidation] (field "identifier"):
// what isn't UTF-8, or, without the white space around it, has control
// characters or not 1 to 255 code points.
func NewPerson(identifier string) (Person, error) {
	trimmed := strings.TrimSpace(identifier)
	switch {
	case !utf8.ValidString(identifier):
		return Person{}, InvalidField("identifier", "must be valid UTF-8")
	case strings.ContainsFunc(trimmed, unicode.IsControl):
		return Person{}, InvalidField("identifier", "must not contain control characters")
	case trimmed == "":
		return Person{}, InvalidField("identifier", "is required")
	case utf8.RuneCountInString(trimmed) > MaxIdentifierLength:
		return Person{}, InvalidField("identifier", "must have at most %d characters", MaxIdentifierLength)
	case utf8.RuneCountInString(identifier) > MaxRawIdentifierLength:
		return Person{}, InvalidField("identifier", "must have at most %d characters with its white space", MaxRawIdentifierLength)
	}
	return Person{identifier: trimmed, userID: UserID{uuid.NewSHA1(people, []byte(fold(trimmed)))}}, nil
}

// Identifier returns the identifier as it was given, without white space around it.
func (p Person) Identifier() string { return p.identifier }

// UserID returns the id that all spellings of the identifier share.
func (p Person) UserID() UserID { return p.userID }

func (p Person) check() error {
	if p == (Person{}) {
		return InvalidField("identifier", "is required")
	}
	return nil
}

// fold maps all spellings of an identifier to one.
func fold(s string) string {
	if isASCII(s) { // nearly all are, and there lower case is all of it
		return strings.ToLower(s)
	}
	folded := cases.Fold().String(norm.NFC.String(s))
	return norm.NFC.String(strings.Map(foldCherokee, folded))
}

// foldCherokee folds the one script that folds to upper case. x/text swaps its
// two cases instead (golang/go#46101), so they would never meet.
func foldCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
