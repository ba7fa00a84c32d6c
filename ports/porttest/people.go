package porttest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var peopleRules = []rule{
	{"are found under every spelling, which are kept as given but trimmed", peopleHaveSpellings},
	{"are kept apart however alike they look", peopleAreKeptApart},
	{"may have any identifier that is allowed", peopleHaveAnyIdentifier},
}

func peopleHaveSpellings(f *fixture) {
	for _, spellings := range [][]string{
		{"ada@example.com", "ADA@Example.COM", "  ada@example.com ", "\u00a0Ada@example.com\u3000"},
		{"Jos\u00e9", "jose\u0301", "JOSE\u0301", " JOS\u00c9"},
		{"Stra\u00dfe", "STRASSE", "strasse", "STRA\u1e9eE"},
		{"\u03c3\u03b1\u03c2", "\u03a3\u0391\u03a3", "\u03c3\u03b1\u03c3"},
		{"\ufb03", "FFI", "ffi"},
	} {
		event := f.sale(10, perUser(len(spellings)))
		for _, s := range spellings {
			f.accept(f.book(event, s, 1))
		}
		user := f.person(spellings[0]).UserID()
		var kept []string
		for _, b := range f.bookings(ports.BookingQuery{EventID: event.ID, UserID: user}) {
			kept = append(kept, b.Identifier)
		}
		var trimmed []string
		for _, s := range spellings {
			trimmed = append(trimmed, strings.TrimSpace(s))
		}
		require.Equal(f, trimmed, kept, "all spellings name one person, and each is kept as given but trimmed")
		for i, s := range spellings {
			require.ErrorIs(f, f.do(f.book(event, s, 100))[0].Err, domain.ErrQuantityOverCapacity)
			require.ErrorIs(f, f.do(f.book(event, s, 1))[0].Err, domain.ErrUserLimitReached,
				"%q counts against the limit of the same person as %q", s, spellings[0])
			if i == len(spellings)-1 {
				a := f.do(f.cancel(event, s, domain.Ticket{}))[0]
				require.NoError(f, a.Err, "%q cancels tickets of the same person as %q", s, spellings[0])
				require.EqualValues(f, len(spellings), a.Tickets[0].Sequence, "the latest ticket of all spellings is cancelled")
			}
		}
	}
}

func peopleAreKeptApart(f *fixture) {
	// A collation of a database may take these for the same.
	people := []string{"jose", "jos\u00e9", "jo se", "josé1", "jos\u00e9\u200b", "\u0131rma", "irma", "%", "_", `\`, `\\`, "a\u0308", "a", "🎻", "🎺"}
	event := f.sale(100, perUser(1))
	for _, p := range people {
		f.accept(f.book(event, p, 1))
	}
	for i, p := range people {
		got := f.bookings(ports.BookingQuery{EventID: event.ID, UserID: f.person(p).UserID()})
		require.Len(f, got, 1, "%q is a person of their own", p)
		require.Equal(f, p, got[0].Identifier, "%q is kept as given", p)
		require.EqualValues(f, i+1, got[0].Sequence, "%q has a booking of their own", p)
	}
}

func peopleHaveAnyIdentifier(f *fixture) {
	const around = domain.MaxRawIdentifierLength - 1
	event := f.sale(1)
	identifiers := []string{
		strings.Repeat("🎻", domain.MaxIdentifierLength),
		strings.Repeat("\u1fb7", domain.MaxIdentifierLength), // folds to three times as many
		strings.Repeat("\u2003", around) + "x",
		`'; DROP TABLE "tickets"; -- \' \" %s ? :x $1 {}`,
		`\`, `''`, "`", "?", "\u202eright to left", "zero\u200bwidth", "\ufeffbom",
	}
	for _, id := range identifiers { // the first is booked, the others wait
		kept := f.booking(f.accept(f.book(event, id, 1)).Booking)
		require.Equal(f, strings.TrimSpace(id), kept.Identifier, "an identifier is kept as given but trimmed, to the byte")
		require.Equal(f, f.person(id).UserID(), kept.UserID, "a booking is kept with its person: %.40q", id)
	}
	for _, id := range identifiers { // each is promoted in turn
		ticket := f.accept(f.cancel(event, id, domain.Ticket{})).Tickets[0]
		require.Equal(f, f.person(id).UserID(), ticket.UserID, "a person's ticket is found: %.40q", id)
	}
	for i, b := range f.allBookings(event.ID) {
		require.Equal(f, strings.TrimSpace(identifiers[i]), b.Identifier, "promotion keeps the identifier as it was given")
	}
}
