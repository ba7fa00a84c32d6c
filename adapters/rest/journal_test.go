package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

type (
	entry struct {
		ID, At, Type, By, BookingID, Status, ExpiresAt string
		Version, Quantity                              int
		TicketIDs                                      []string
		Event                                          *event
	}
	journal struct {
		Entries []entry
		Next    string
	}
)

func TestTheJournalIsReadToItsEndAndOnFromThere(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1,"claimSeconds":600`)
		ada, bob := s.book(e.ID, "ada@example.com", "1"), s.book(e.ID, "bob@example.com", "1")
		userID := ada.Tickets[0].UserID
		cancelled := ada.Tickets[0].ID
		require.Equal(s, http.StatusOK, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada@example.com"}`).status)

		var all []entry
		after := ""
		read := func() bool {
			r := s.get("/events/" + e.ID + "/journal?limit=1" + after)
			page := accepted[journal](s, r, http.StatusOK)
			require.NotContains(s, r.body, "example.com")
			require.NotContains(s, r.body, userID)
			all = append(all, page.Entries...)
			require.Equal(s, all[len(all)-1].ID, page.Next, "also of an empty page")
			after = "&after=" + page.Next
			return len(page.Entries) > 0
		}
		for read() {
		}
		var types, by, ids []string
		for _, entry := range all {
			types, by, ids = append(types, entry.Type), append(by, entry.By), append(ids, entry.ID)
		}
		require.Equal(s, []string{"event.created", "booking.booked", "booking.joined", "tickets.cancelled", "booking.promoted"}, types)
		require.Equal(s, []string{"-", "-", "-", "-", "boxoffice"}, by)
		require.Equal(s, []string{"1-1", "2-1", "3-1", "4-1", "4-2"}, ids)
		require.Equal(s, []string{cancelled}, all[3].TicketIDs)
		claim := s.booking(e.ID, bob.BookingID)
		require.Equal(s, []string{claim.ID, "HELD", claim.ExpiresAt}, []string{all[4].BookingID, all[4].Status, all[4].ExpiresAt})

		require.Equal(s, http.StatusOK, s.post(pathOf(e.ID, bob.BookingID)+confirm, "").status)
		require.True(s, read())
		require.Equal(s, "booking.confirmed", all[5].Type)
		for _, bad := range []string{"", "1", "0-1", "1-0", "x-1", "1-1-1", "01-1"} {
			refusedFields(s, s.get("/events/"+e.ID+"/journal?after="+bad), "after")
		}
		refused(s, s.get("/events/"+nobodysID+"/journal"), http.StatusNotFound, "event_not_found")
	})
}

func TestTheJournalSaysWhatAnEventsSettingsBecame(t *testing.T) {
	forEachStore(t, func(s *server) {
		const settings = `"totalTickets":10,"maxTicketsPerUser":2,"maxWaitlist":9,"holdSeconds":60,"claimSeconds":600,"selfService":true,"venue":"Hall","description":"Doors at 7",` +
			`"salesStartAt":"2030-01-01T00:00:00Z","salesEndAt":"2030-01-02T00:00:00Z",` +
			`"promotionEndAt":"2030-01-03T00:00:00Z","startsAt":"2030-01-04T00:00:00Z"`
		created := s.create(settings)
		changed := accepted[event](s, s.send("PATCH", "/events/"+created.ID, `{"maxTicketsPerUser":4,"venue":null}`), http.StatusOK)

		entries := accepted[journal](s, s.get("/events/"+created.ID+"/journal"), http.StatusOK).Entries
		require.Len(s, entries, 2)
		for i, e := range []event{created, changed} {
			e.ID, e.CreatedAt, e.UpdatedAt, e.Version, e.AvailableTickets = "", "", "", 0, 0 // those are not settings
			require.Equal(s, &e, entries[i].Event)
		}
	})
}

func TestTheJournalNamesTheKeyThatAsked(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "office organizer", "till-1 seller")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	as := func(name string) []string { return []string{"Authorization", "Bearer " + texts[name]} }
	e := accepted[event](t, s.post("/initialize", `{"name":"Concert","totalTickets":1}`, as("office")...), http.StatusCreated)
	s.post("/book", `{"eventId":"`+e.ID+`","identifier":"ada"}`, as("till-1")...)
	page := accepted[journal](t, s.get("/events/"+e.ID+"/journal", as("till-1")...), http.StatusOK)
	require.Equal(t, []string{"office", "till-1"}, []string{page.Entries[0].By, page.Entries[1].By})
}
