package domain_test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// fullRecords has something in every field that is kept, of every kind.
func fullRecords() []domain.Record {
	id, of := domain.EventID{UUID: uuid.New()}, domain.BookingID{UUID: uuid.New()}
	at := start.Add(time.Microsecond)
	ticket := func(ordinal int, status domain.TicketStatus) domain.Ticket {
		return domain.Ticket{
			ID: domain.TicketID{UUID: uuid.New()}, EventID: id, BookingID: of, Sequence: 7, Ordinal: ordinal, Status: status, BookedAt: start,
		}
	}
	gone := ticket(2, domain.TicketCancelled)
	gone.CancelledAt, gone.BookedAt = at, at
	booking := domain.Booking{
		ID: of, EventID: id, Quantity: 3, Sequence: 7, Status: domain.BookingHeld, Reference: `a "note" 🎻`, Transfers: 2,
		ExpiresAt: at.Add(time.Minute), LatestExpiresAt: at.Add(time.Hour), Joined: domain.Joined{Number: 3, TicketsBefore: 9},
		Tickets: []domain.Ticket{ticket(1, domain.TicketHeld), gone, ticket(3, domain.TicketBooked)}, CreatedAt: start,
	}
	event := domain.Event{
		ID: id, Status: domain.EventPublished, WantedTickets: 20, AvailableTickets: 10, Version: 5, SettingsVersion: 4, CreatedAt: at, UpdatedAt: at,
		Settings: domain.Settings{
			Name: "Concert", TotalTickets: 10, MaxTicketsPerUser: domain.AtMost(4), MaxWaitlist: domain.AtMost(0), HoldSeconds: 30, ClaimSeconds: 60,
			SalesStartAt: start, SalesEndAt: at, PromotionEndAt: at, SelfService: true, StartsAt: at, Venue: "Hall", Description: "Two\nlines",
		},
	}
	var records []domain.Record
	for i, kind := range domain.Kinds {
		r := domain.Record{EventID: id, Version: 5, Number: i + 1, At: at, By: "till", Kind: kind, Less: 2, Held: true}
		if i < 3 {
			r.Event = &event
		} else {
			r.Booking, r.Tickets = &booking, []domain.Ticket{gone}
		}
		records = append(records, r)
	}
	return records
}

func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	records := fullRecords()
	encoded, err := domain.EncodeRecords(records)
	require.NoError(t, err)
	read, err := domain.DecodeRecords(records[0].EventID, encoded)
	require.NoError(t, err)
	require.Equal(t, records, read)
}

// A field that is added to a booking, a ticket or an event must be kept by a
// record, too, or be left out on purpose.
func TestRecordsKeepEveryField(t *testing.T) {
	t.Parallel()
	records := fullRecords()
	unset := func(v any) (names []string) {
		value := reflect.ValueOf(v)
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				names = append(names, value.Type().Field(i).Name)
			}
		}
		return names
	}
	last := records[len(records)-1]
	require.Equal(t, []string{"UserID", "Identifier", "Position", "TicketsAhead"}, unset(*last.Booking))
	require.Equal(t, []string{"UserID"}, unset(last.Booking.Tickets[1]))
	require.Equal(t, []string{"HeldTickets", "Line", "NextReleaseAt", "Promoting", "CancelledAt", "ClockAhead", "LastSequence"}, unset(*records[0].Event))
	require.Empty(t, unset(records[0].Event.Settings))
	require.Equal(t, []string{"Event", "From"}, unset(last))
}

func TestRecordsTellNobody(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5)
	booking := b.book("ada@example.com", 2)
	b.do(b.transfer(booking, "bob@example.com"))
	b.do(b.erase("bob@example.com", true))
	encoded, err := domain.EncodeRecords([]domain.Record{{
		EventID: b.id, Booking: &booking, Tickets: booking.Tickets, From: booking.UserID, Kind: domain.BookingTransferred,
	}})
	require.NoError(t, err)
	require.NotContains(t, string(encoded), "ada@example.com")
	inBase64 := func(id uuid.UUID) string { return base64.RawStdEncoding.EncodeToString(id[:]) }
	require.NotContains(t, string(encoded), inBase64(booking.UserID.UUID))
	require.Contains(t, string(encoded), inBase64(booking.ID.UUID))
	for _, r := range b.journal() {
		require.Zero(t, r.From)
		if r.Booking != nil {
			require.Zero(t, []any{r.Booking.Identifier, r.Booking.UserID}[0])
		}
	}
}

// The first records said everything, whatever the one before them said.
func TestFullRecordsAreRead(t *testing.T) {
	t.Parallel()
	id, first, second := uuid.New(), uuid.New(), uuid.New()
	text := fmt.Sprintf(`[
		{"v":8,"n":1,"at":1764147600000000,"by":"till","kind":"booking.booked","booking":{"id":%q,"seq":4,"q":1,"status":"BOOKED","t":[{"id":%q}]}},
		{"v":9,"n":1,"at":1764147600000000,"by":"-","kind":"booking.joined","booking":{"id":%q,"seq":5,"q":2,"status":"WAITING","joined":1}}]`,
		first, second, second)
	read, err := domain.DecodeRecords(domain.EventID{UUID: id}, []byte(text))
	require.NoError(t, err)
	at := time.UnixMicro(1764147600000000).UTC()
	event := domain.EventID{UUID: id}
	require.Equal(t, []domain.Record{
		{EventID: event, Version: 8, Number: 1, At: at, By: "till", Kind: domain.BookingWasBooked, Booking: &domain.Booking{
			ID: domain.BookingID{UUID: first}, EventID: event, Quantity: 1, Sequence: 4, Status: domain.BookingBooked, CreatedAt: at,
			Tickets: []domain.Ticket{{
				ID: domain.TicketID{UUID: second}, EventID: event, BookingID: domain.BookingID{UUID: first}, Sequence: 4, Ordinal: 1,
				Status: domain.TicketBooked, BookedAt: at,
			}},
		}},
		{EventID: event, Version: 9, Number: 1, At: at, By: "-", Kind: domain.BookingJoined, Booking: &domain.Booking{
			ID: domain.BookingID{UUID: second}, EventID: event, Quantity: 2, Sequence: 5, Status: domain.BookingWaiting,
			Joined: domain.Joined{Number: 1}, CreatedAt: at,
		}},
	}, read)
}

// A booking like the one before it costs its journal little more than the random
// part of two ids.
func TestRecordsSayOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5)
	b.book("ada", 1)
	b.book("bob", 1)
	records := b.journal()[1:]
	for i := range records {
		booking := records[i].Booking
		booking.ID.UUID, booking.Tickets[0].ID.UUID = uuid.UUID{1, 2, 3, 15: byte(3 * i)}, uuid.UUID{1, 2, 3, 15: byte(3*i + 1)}
	}
	encoded, err := domain.EncodeRecords(records)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `,{"booking":{"id":"Aw","t":[{"id":"BA"}]}}]`)
}

func TestRecordsThatCantBeRead(t *testing.T) {
	t.Parallel()
	for _, encoded := range []string{
		"", "{}", `[{"v":"x"}]`, "[", "[{}", "[]]", `[{"booking":{"id":"?"}}]`, `[{"booking":{"id":"00000000-0000-0000-0000-00000000000"}}]`,
		`[{"booking":{},"tickets":[1]}]`, `[{"booking":{"t":[{}]},"tickets":[0]}]`,
	} {
		_, err := domain.DecodeRecords(domain.EventID{}, []byte(encoded))
		require.Error(t, err, encoded)
	}
}

func TestReplicaRefusesRecordsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	b := newBox(t, 5)
	b.book("ada", 1)
	b.book("bob", 1)
	journal := b.journal()
	var r domain.Replica
	require.Error(t, r.Apply(journal[1]), "the first is missing")
	require.NoError(t, r.Apply(journal[0]))
	require.Error(t, r.Apply(journal[2]), "one is missing")
	require.NoError(t, r.Apply(journal[1]))
	require.Equal(t, 4, r.Event.AvailableTickets)
}

func FuzzDecodeRecords(f *testing.F) {
	encoded, err := domain.EncodeRecords(fullRecords())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		records, err := domain.DecodeRecords(domain.EventID{}, encoded)
		if err != nil {
			return
		}
		again, err := domain.EncodeRecords(records)
		require.NoError(t, err)
		read, err := domain.DecodeRecords(domain.EventID{}, again)
		require.NoError(t, err)
		require.Equal(t, records, read)
	})
}

func TestAnyTextOfARecordIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := fullRecords()
		last := &records[len(records)-1]
		last.Booking.Reference, last.By = rapid.String().Draw(t, "reference"), rapid.String().Draw(t, "by")
		records[0].Event.Name, records[0].Event.Description = rapid.String().Draw(t, "name"), rapid.String().Draw(t, "description")
		encoded, err := domain.EncodeRecords(records)
		require.NoError(t, err)
		read, err := domain.DecodeRecords(records[0].EventID, encoded)
		require.NoError(t, err)
		require.Equal(t, records, read)
	})
}
