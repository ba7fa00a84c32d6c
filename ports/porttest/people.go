package porttest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var peopleRules = []rule{
	{"are found under every spelling, which are kept as given", peopleHaveSpellings},
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
		event := f.create(domain.NewEvent{Name: "Concert", TotalTickets: 10, MaxTicketsPerUser: domain.AtMost(len(spellings))})
		for _, s := range spellings {
			f.accept(f.book(event, s, 1))
		}
		user := f.person(spellings[0]).UserID()
		var kept []string
		for _, b := range f.bookings(ports.BookingQuery{EventID: event.ID, UserID: user}) {
			kept = append(kept, b.Identifier)
		}
		require.Equal(f, spellings, kept, "all spellings name one person, and each is kept as given")
		for i, s := range spellings {
			require.ErrorIs(f, f.do(f.book(event, s, 100))[0].Err, domain.ErrQuantityOverCapacity)
			require.ErrorIs(f, f.do(f.book(event, s, 1))[0].Err, domain.ErrUserLimitReached,
				"%q counts against the limit of the same person as %q", s, spellings[0])
			if i == len(spellings)-1 {
				a := f.do(f.cancel(event, s, domain.Ticket{}))[0]
				require.NoError(f, a.Err, "%q cancels tickets of the same person as %q", s, spellings[0])
				require.EqualValues(f, len(spellings), a.Ticket.Sequence, "the latest ticket of all spellings is cancelled")
			}
		}
	}
}

func peopleAreKeptApart(f *fixture) {
	// A collation of a database may take these for the same.
	people := []string{"jose", "jos\u00e9", "jo se", "josé1", "jos\u00e9\u200b", "\u0131rma", "irma", "%", "_", `\`, `\\`, "a\u0308", "a", "🎻", "🎺"}
	event := f.create(domain.NewEvent{Name: "Concert", TotalTickets: 100, MaxTicketsPerUser: domain.AtMost(1)})
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
	const mostBytes = 1<<16 - 1
	event := f.sale(1)
	identifiers := []string{
		strings.Repeat("🎻", domain.MaxIdentifierLength),
		strings.Repeat("\u1fb7", domain.MaxIdentifierLength), // folds to three times as many
		strings.Repeat(" ", mostBytes-1) + "x",
		`'; DROP TABLE "tickets"; -- \' \" %s ? :x $1 {}`,
		`\`, `''`, "`", "?", "\u202eright to left", "zero\u200bwidth", "\ufeffbom",
	}
	for _, id := range identifiers { // the first is booked, the others wait
		booking := f.accept(f.book(event, id, 1)).Booking
		kept, err := f.store.Booking(f.Context(), event.ID, booking.ID)
		require.NoError(f, err)
		same := id == kept.Identifier // which may be too long to print
		require.True(f, same, "an identifier is kept as given, to the byte: %.40q", id)
		require.Equal(f, f.person(id).UserID(), kept.UserID, "a booking is kept with its person: %.40q", id)
	}
	for _, id := range identifiers { // each is promoted in turn
		ticket := f.accept(f.cancel(event, id, domain.Ticket{})).Ticket
		require.Equal(f, f.person(id).UserID(), ticket.UserID, "a person's ticket is found: %.40q", id)
	}
	for i, b := range f.allBookings(event.ID) {
		same := identifiers[i] == b.Identifier
		require.True(f, same, "promotion keeps the identifier as it was given: %.40q", identifiers[i])
	}
}
