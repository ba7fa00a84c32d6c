package domain_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestSpellingsOfOnePerson(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"case":                      {"User@Example.com", "user@example.com", "USER@EXAMPLE.COM"},
		"white space around":        {"ada", "  ada", "ada ", "\u00a0ada\u2003", "\u3000ada"},
		"ß, ẞ and ss":               {"Straße", "STRASSE", "strasse", "STRAẞE"},
		"composed and decomposed":   {"Zoë", "Zoe\u0308", "ZOË", "ZOE\u0308"},
		"order of combining marks":  {"q\u0307\u0323", "q\u0323\u0307"},
		"final sigma":               {"Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ", "ὀδυσσεύσ"},
		"iota subscript":            {"ᾳ", "αι", "ΑΙ", "ᾼ"},
		"accent and iota subscript": {"ᾴ", "α\u0345\u0301", "α\u0301\u0345", "άι"},
		"accent and diaeresis":      {"\u0390", "\u03aa\u0301", "\u03ca\u0301", "\u03b9\u0308\u0301"},
		"Kelvin sign":               {"\u212a9", "k9", "K9"},
		"Ångström sign":             {"\u212bse", "Åse", "åse", "A\u030ase"},
		"Turkish dotted İ":          {"İnci", "I\u0307nci", "i\u0307nci"},
		"ligature":                  {"ﬁn", "fin", "FIN"},
		"Cherokee":                  {"Ꭰ", "ꭰ"},
		"Cherokee, small letters":   {"Ᏸ", "ᏸ"},
	}
	for name, spellings := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, spelling := range spellings {
				require.Equal(t, person(t, spellings[0]).UserID(), person(t, spelling).UserID(), "%+q", spelling)
			}
		})
	}
}

func TestDifferentPeople(t *testing.T) {
	t.Parallel()
	people := []string{
		"ada", "ada l", "a da", "adа", // the last one ends in a Cyrillic letter
		"ａｄａ", // full-width letters stay what they are
		"i", "ı", "i\u0307", "Zoe", "Zoë", "ada\u200b", "１", "1",
	}
	ids := make(map[domain.UserID]string)
	for _, p := range people {
		id := person(t, p).UserID()
		require.NotContains(t, ids, id, "%+q is %+q", p, ids[id])
		ids[id] = p
	}
}

// A database that is in use holds ids like these; should this test ever fail,
// everybody in it would lose their bookings.
func TestUserIDNeverChanges(t *testing.T) {
	t.Parallel()
	for identifier, id := range map[string]string{
		"user@example.com": "2b070174-4013-55b1-b68c-f17891d2b420",
		"Straße":           "820530b7-ae5c-5f34-9295-3e0c2e8ffae0",
		"Ꭰ":                "8a45bf63-80f6-57f7-8088-e5b6d3066d42",
	} {
		require.Equal(t, id, person(t, identifier).UserID().String())
		require.EqualValues(t, 5, person(t, identifier).UserID().Version())
	}
}

func TestIdentifierIsKeptAsGivenButTrimmed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Zoe\u0308 L", person(t, "\u3000Zoe\u0308 L \r\n").Identifier())
}

func TestIdentifiersThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		identifier string
		refused    bool
	}{
		"one letter":                           {"a", false},
		"255 letters":                          {strings.Repeat("a", 255), false},
		"255 letters and white space":          {" " + strings.Repeat("a", 255) + " ", false},
		"255 code points of four bytes":        {strings.Repeat("😀", 255), false},
		"256 letters":                          {strings.Repeat("a", 256), true},
		"256 code points, though 128 composed": {strings.Repeat("e\u0308", 128), true},
		"400 code points with white space":     {strings.Repeat("\u2003", 399) + "a", false},
		"401 code points with white space":     {"a" + strings.Repeat("\u2003", 400), true},
		"nothing":                              {"", true},
		"white space":                          {" \u00a0\u2003", true},
		"a control character":                  {"a\x00b", true},
		"a control character around":           {"\x07ada", true},
		"white space that controls, around":    {"\tada\r\n", false},
		"delete":                               {"ada\x7f", true},
		"a C1 control character":               {"ada\u0085bob", true},
		"not UTF-8":                            {"ada\xff", true},
		"half a surrogate pair":                {"ada\xed\xa0\x80", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := domain.NewPerson(test.identifier)
			if test.refused {
				requireInvalid(t, err, "identifier")
				require.Zero(t, p)
				return
			}
			require.NoError(t, err)
			require.NotZero(t, p.UserID())
		})
	}
}

func TestNobodyIsNoPerson(t *testing.T) {
	t.Parallel()
	for _, c := range []domain.Command{domain.Book{}, domain.CancelTickets{}, domain.Transfer{}, domain.ErasePerson{}} {
		requireInvalid(t, c.Validate(), "identifier")
	}
}

// Other ways to write an identifier name the same person. NFC as x/text does it
// breaks runs of more than 30 combining marks up, so those are left out.
func FuzzNewPerson(f *testing.F) {
	for _, seed := range []string{"User@Example.com", "Straße", "Zoë", "Ὀδυσσεύς", "ᾼ", "İ", "\u212a", "Ꭰꭰ", " a ", "ǰ", "q\u0307\u0323", "\xff", "\x00", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, identifier string) {
		p, err := domain.NewPerson(identifier)
		if err != nil {
			requireInvalid(t, err, "identifier")
			require.Zero(t, p)
			return
		}
		require.Equal(t, strings.TrimSpace(identifier), p.Identifier())
		require.True(t, utf8.ValidString(identifier))

		trimmed := strings.TrimSpace(identifier)
		spellings := []string{trimmed, " " + trimmed + "\u00a0"}
		if longestRunOfMarks(trimmed) <= 30 {
			spellings = append(spellings,
				norm.NFC.String(trimmed), norm.NFD.String(trimmed),
				cases.Fold().String(norm.NFC.String(trimmed)),
			)
		}
		for _, spelling := range spellings {
			other, err := domain.NewPerson(spelling)
			if err == nil { // it may be too long when decomposed
				require.Equal(t, p.UserID(), other.UserID(), "%+q and %+q", identifier, spelling)
			}
		}
	})
}

func longestRunOfMarks(s string) int {
	run, longest := 0, 0
	for _, r := range norm.NFKD.String(s) {
		run++
		if norm.NFKD.PropertiesString(string(r)).CCC() == 0 {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
