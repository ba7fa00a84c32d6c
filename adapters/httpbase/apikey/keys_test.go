package apikey_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
)

func hashOf(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

// line is a key's line in a file.
func line(name, role, text string) string { return name + " " + role + " " + hashOf(text) + "\n" }

func TestKeysAreFoundByTheirText(t *testing.T) {
	t.Parallel()
	keys, err := apikey.Parse("# tills\r\n\n" + line("till-1", "seller", "one") + " \t\n  # more\n" +
		"  Jürgen@example.com\torganizer  " + strings.ToUpper(hashOf("two")) + " \r\n" +
		"screen viewer " + hashOf("three") + "\nnobody organizer " + hashOf(""))
	require.NoError(t, err)
	for text, want := range map[string]apikey.Key{
		"one":   {Name: "till-1", Role: apikey.Seller},
		"two":   {Name: "Jürgen@example.com", Role: apikey.Organizer},
		"three": {Name: "screen", Role: apikey.Viewer},
	} {
		want.Hash = sha256.Sum256([]byte(text))
		key, known := keys.Find(text)
		require.True(t, known)
		require.Equal(t, want, key)
	}
	for _, text := range []string{"", "four", "One", "one ", "till-1", hashOf("one")} {
		key, known := keys.Find(text)
		require.False(t, known)
		require.Zero(t, key)
	}
}

func TestNoKeysTakeNoKey(t *testing.T) {
	t.Parallel()
	_, known := new(apikey.Keys).Find("")
	require.False(t, known)
}

func TestABadFileIsRefusedByLineWithoutWhatItSays(t *testing.T) {
	t.Parallel()
	good := line("good", "viewer", "good")
	secret := hashOf("secret")
	for file, reason := range map[string]string{
		"":                                            "no key",
		"\n# only a comment\n":                        "no key",
		good + "\nname seller\n":                      "line 3: it must be a name, a role and a hash, three words and not 2",
		"a " + strings.TrimSpace(good):                "line 1: it must be a name, a role and a hash, three words and not 4",
		good + "# fine\na Seller " + secret:           "line 3: the role must be organizer, seller or viewer",
		"a " + secret + " seller":                     "line 1: the role must be organizer",
		secret + " seller a":                          "line 1: the hash must be the SHA-256 of the key, as 64 hexadecimal digits",
		"a seller " + secret[1:]:                      "line 1: the hash must be",
		"a seller " + secret + "00":                   "line 1: the hash must be",
		"a seller x" + secret[1:]:                     "line 1: the hash must be",
		"\ufeffa seller " + secret:                    "line 1: the name must be UTF-8 without",
		"\xff seller " + secret:                       "line 1: the name must be UTF-8",
		"a\x00 seller " + secret:                      "line 1: the name must be UTF-8",
		strings.Repeat("ä", 65) + " seller " + secret: "line 1: the name must have 1 to 64 characters",
		"boxoffice seller " + secret:                  "line 1: the name must not be boxoffice",
		"link seller " + secret:                       "line 1: the name must not be link",
		"- seller " + secret:                          "line 1: the name must not be -",
		good + good:                                   "line 2: it has the name of line 1",
		good + line("other", "seller", "good"):        "line 2: it has the hash of line 1",
	} {
		_, err := apikey.Parse(file)
		require.ErrorContains(t, err, reason, file)
		require.NotContains(t, err.Error(), secret[1:10])
	}
}

func TestReplacedKeysAreTakenFromThenOnAndABadFileKeepsThem(t *testing.T) {
	t.Parallel()
	keys, err := apikey.Parse(line("one", "seller", "one"))
	require.NoError(t, err)
	// Whoever asks meanwhile finds either all old keys or all new ones.
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for replaced := false; !replaced; {
				_, replaced = keys.Find("two")
			}
			_, known := keys.Find("one")
			require.False(t, known)
		})
	}
	require.NoError(t, keys.Replace(line("two", "viewer", "two")))
	asking.Wait()

	require.ErrorContains(t, keys.Replace(line("three", "viewer", "three")+"broken"), "line 2: ")
	require.Error(t, keys.Replace(""))
	_, known := keys.Find("two")
	require.True(t, known)
	_, known = keys.Find("three")
	require.False(t, known)
}

func TestANewKeyIsLikeNoOtherAndFitsItsLine(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		text, key, err := apikey.New("till-1", apikey.Seller)
		require.NoError(t, err)
		require.Regexp(t, `^bo_[A-Z2-7]{52}$`, text) // 5 bits each
		require.False(t, seen[text])
		seen[text] = true

		require.Equal(t, strings.TrimSpace(line("till-1", "seller", text)), key.Line())
		keys, err := apikey.Parse(key.Line())
		require.NoError(t, err)
		found, known := keys.Find(text)
		require.True(t, known)
		require.Equal(t, key, found)
	}
	for _, name := range []string{"", "a b", "a\n", "#a", "\xff", strings.Repeat("a", 65)} {
		_, _, err := apikey.New(name, apikey.Viewer)
		require.Error(t, err, name)
	}
}

func FuzzKeysFile(f *testing.F) {
	f.Add(line("one", "seller", "one") + "# two\n\n" + line("two", "viewer", "two"))
	f.Add("a organizer 00")
	f.Add("\ufeffa\u2028b\r#\x85")
	f.Fuzz(func(t *testing.T, file string) {
		if _, err := apikey.Parse(file); err != nil {
			require.NotRegexp(t, `[0-9a-fA-F]{64}`, err.Error())
			return
		}
		// What is taken is a key a line, nothing twice, and can be written again.
		seen := make(map[string]bool)
		for text := range strings.Lines(file) {
			words := strings.Fields(text)
			if len(words) == 0 || words[0][0] == '#' {
				continue
			}
			require.Len(t, words, 3)
			require.NoError(t, apikey.CheckName(words[0]))
			require.Contains(t, []string{"organizer", "seller", "viewer"}, words[1])
			hash, err := hex.DecodeString(words[2])
			require.NoError(t, err)
			key := apikey.Key{Name: words[0], Role: apikey.Role(words[1]), Hash: [sha256.Size]byte(hash)}
			require.False(t, seen[key.Name] || seen[string(hash)])
			seen[key.Name], seen[string(hash)] = true, true
			_, err = apikey.Parse(key.Line())
			require.NoError(t, err)
		}
		require.NotEmpty(t, seen)
	})
}
