package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// Keys are the keys that a server takes. The zero value takes none. Keys are
// safe for concurrent use.
type Keys struct{ current atomic.Pointer[[]Key] }

// Parse reads the keys of a file: a line for each, as [Key.Line] writes it.
// Blank lines, and lines that begin with #, mean nothing. Anything else is
// refused with the line's number, but never with what it says: a secret may
// stand there by mistake. Two keys may have neither a name nor a hash in common.
// A file without a key is refused, too.
func Parse(file string) (*Keys, error) {
	k := new(Keys)
	return k, k.Replace(file)
}

// Replace takes the keys of a file, as [Parse] does, instead of those there
// were. If the file is refused, those stay.
func (k *Keys) Replace(file string) error {
	keys, err := parse(file)
	if err != nil {
		return err
	}
	k.current.Store(&keys)
	return nil
}

// Find returns the key that has a text. How long it takes tells nothing about
// the keys but their number: the text is hashed, and the hash compared with all.
// An empty text is never a key, whatever the file has.
func (k *Keys) Find(text string) (key Key, known bool) {
	if text == "" {
		return Key{}, false
	}
	return k.WithHash(sha256.Sum256([]byte(text)))
}

// WithHash is Find for who remembers only the hash of a text.
func (k *Keys) WithHash(hash [sha256.Size]byte) (key Key, known bool) {
	keys := k.current.Load()
	if keys == nil {
		return Key{}, false
	}
	for i := range *keys {
		if candidate := &(*keys)[i]; subtle.ConstantTimeCompare(hash[:], candidate.Hash[:]) == 1 {
			key, known = *candidate, true
		}
	}
	return key, known
}

// Len returns how many keys there are; nil has none.
func (k *Keys) Len() int {
	if k == nil || k.current.Load() == nil {
		return 0
	}
	return len(*k.current.Load())
}

func parse(file string) ([]Key, error) {
	var keys []Key
	names, hashes := make(map[string]int), make(map[[sha256.Size]byte]int) // and their lines
	number := 0
	for line := range strings.Lines(file) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		key, err := parseLine(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if earlier, taken := names[key.Name]; taken {
			return nil, fmt.Errorf("line %d: it has the name of line %d; give each key a name of its own", number, earlier)
		}
		if earlier, taken := hashes[key.Hash]; taken {
			return nil, fmt.Errorf("line %d: it has the hash of line %d; make a key for each name", number, earlier)
		}
		names[key.Name], hashes[key.Hash] = number, number
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key; boxoffice key new makes one")
	}
	return keys, nil
}

func parseLine(words []string) (Key, error) {
	if len(words) != 3 {
		return Key{}, fmt.Errorf("it must be a name, a role and a hash, three words and not %d", len(words))
	}
	key := Key{Name: words[0], Role: Role(words[1])}
	if err := CheckName(key.Name); err != nil {
		return Key{}, err
	}
	switch key.Role {
	case Organizer, Seller, Viewer:
	default:
		return Key{}, fmt.Errorf("the role must be %s, %s or %s", Organizer, Seller, Viewer)
	}
	hash, err := hex.DecodeString(words[2])
	if err != nil || len(hash) != sha256.Size {
		return Key{}, errors.New("the hash must be the SHA-256 of the key, as 64 hexadecimal digits")
	}
	key.Hash = [sha256.Size]byte(hash)
	return key, nil
}
