package mysql_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// texts are those that have gone wrong somewhere. U+5C27 ends with the byte of
// a backslash in GBK, of which U+00BF and U+017C can begin a character.
var texts = []string{
	"Ada", `\`, `'`, `"`, `\'`, `a\\'b`, "`", "é", "e\u0301", "😀", "尧", "¿'; UPDATE events SET name = 'sold'; -- ", `¿\'`, "ż\\'",
	"?", "/*?*/", "-- ?", "#?", "%s", "\u00a0ada\u00a0", "ada ", "\ufeffada", "\U0010ffff", "null", "NULL", "0x41", "\x00", "\n\r\x1a\t",
}

func FuzzText(f *testing.F) {
	store := openStore(f, mysql.Config{DSN: mysqltest.DSN(f)})
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			requireUnchanged(t, store, text)
		}
	})
}

// requireUnchanged sends a text in every kind of statement that has one, and
// reads it by every kind that does.
func requireUnchanged(t *testing.T, store *mysql.Store, text string) {
	t.Helper()
	ctx := t.Context()
	const nameLength = 100
	name := string([]rune(text)[:min(nameLength, utf8.RuneCountInString(text))])

	bystander, event := newEvent(t, store, 1), newEvent(t, store, 1)
	if _, err := run(ctx, store, domain.ChangeEvent{EventID: event.ID, Name: &name}); err == nil { // a name that is none is refused
		requireName(t, store, event.ID, name)
		created, err := store.Create(ctx, creationOf(t, domain.CreateEvent{Settings: domain.Settings{Name: name, TotalTickets: 1}}))
		require.NoError(t, err)
		requireName(t, store, created.ID, name)
	}

	person, err := domain.NewPerson(text)
	if err != nil {
		return
	}
	book := domain.Book{EventID: event.ID, Person: person}
	bookings, err := run(ctx, store, book, book) // the second one waits
	require.NoError(t, err)
	ticket, waiting := bookings[0], bookings[1]
	require.Equal(t, domain.BookingWaiting, waiting.Status)
	requireIdentifiers(t, store, ticket, waiting)

	_, err = run(ctx, store, domain.CancelTickets{EventID: event.ID, Person: person}) // promotes it, from its row in the line
	require.NoError(t, err)
	promoted, err := store.Booking(ctx, event.ID, waiting.ID)
	require.NoError(t, err)
	require.Equal(t, domain.BookingBooked, promoted.Status)
	requireIdentifiers(t, store, ticket, waiting)
	requireName(t, store, bystander.ID, bystander.Name)
}

func requireIdentifiers(t *testing.T, store *mysql.Store, bookings ...domain.Booking) {
	t.Helper()
	page, err := store.Bookings(t.Context(), ports.BookingQuery{EventID: bookings[0].EventID, UserID: bookings[0].UserID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page, len(bookings))
	for i, b := range bookings {
		require.Equal(t, b.Identifier, page[i].Identifier)
		read, err := store.Booking(t.Context(), b.EventID, b.ID)
		require.NoError(t, err)
		require.Equal(t, b.Identifier, read.Identifier)
	}
}

func requireName(t *testing.T, store *mysql.Store, id domain.EventID, name string) {
	t.Helper()
	read, err := store.Event(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, name, read.Name)
	require.Equal(t, name, listed(t, store, id).Name)
}

// listed returns an event as the list of all has it.
func listed(t *testing.T, store *mysql.Store, id domain.EventID) domain.Event {
	t.Helper()
	query := ports.EventQuery{Limit: 100}
	for {
		page, err := store.Events(t.Context(), query)
		require.NoError(t, err)
		require.NotEmpty(t, page, "the event is not in the list")
		for _, event := range page {
			if event.ID == id {
				return event
			}
		}
		query.After = ports.CursorOfEvent(page[len(page)-1])
	}
}
