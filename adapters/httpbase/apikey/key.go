// Package apikey has the keys by which a server knows its callers: what they may
// do, how a key is made, and the file that a server's keys stand in.
//
// A key is a text that can't be guessed. Its holder keeps it; a server keeps
// only its hash, so whoever reads a server's file of keys can't use them.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Role is what the holder of a key may do.
type Role string

// The roles. Each may do all that those below it may.
const (
	Organizer Role = "organizer" // everything
	Seller    Role = "seller"    // book and cancel tickets, see bookings, change the waitlist
	Viewer    Role = "viewer"    // see events and metrics, nothing of a person
)

const (
	// prefix lets people, and scanners for secrets, recognise a key.
	prefix        = "bo_"
	maxNameLength = 64 // code points
)

// Key is what a server knows of a key.
type Key struct {
	Name string // tells the keys of a server apart, in its logs
	Role Role
	Hash [sha256.Size]byte // of the key's text
}

// New makes a key. Its text, which is for its holder alone, has more than 256
// bits of randomness and no character that needs quoting anywhere. A name that
// can't stand in a file is refused.
func New(name string, role Role) (text string, key Key, err error) {
	if err := CheckName(name); err != nil {
		return "", Key{}, err
	}
	text = prefix + rand.Text() + rand.Text()
	return text, Key{Name: name, Role: role, Hash: sha256.Sum256([]byte(text))}, nil
}

// Line returns the key as it stands in a file, without a line break.
func (k Key) Line() string {
	return k.Name + " " + string(k.Role) + " " + hex.EncodeToString(k.Hash[:])
}

// CheckName refuses what can't be the name of a key.
func CheckName(name string) error {
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxNameLength:
		return errors.New("the name must have 1 to 64 characters")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }):
		return errors.New("the name must be UTF-8 without spaces and control characters")
	case strings.HasPrefix(name, "#"):
		return errors.New("the name must not begin with #, as comments do")
	case name == domain.ByNobody, name == domain.ByLink, name == domain.ByBoxoffice:
		return fmt.Errorf("the name must not be %s, by which the journal calls somebody else", name)
	}
	return nil
}
