package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestAPersonsBookingsOfAllEventsAreListedNewestFirst(t *testing.T) {
	forEachStore(t, func(s *server) {
		ada := newPerson("ada")
		one, other := s.create(`"totalTickets":1`), s.create(`"totalTickets":5`)
		var made []string
		for _, event := range []string{one.ID, other.ID, one.ID} {
			made = append(made, s.book(event, ada, "1").BookingID)
			s.book(event, "bob", "1")
		}
		newestFirst := []string{made[2], made[1], made[0]}
		for _, limit := range []string{"1", "2", "200"} {
			var ids []string
			path := "/bookings?identifier=+" + strings.ToUpper(ada) + "&limit=" + limit
			for next := path; next != ""; {
				page := accepted[bookingList](s, s.get(next), http.StatusOK)
				for _, b := range page.Bookings {
					ids = append(ids, b.ID)
				}
				next = ""
				if page.NextCursor != nil {
					next = path + "&cursor=" + *page.NextCursor
				}
			}
			require.Equal(s, newestFirst, ids, limit)
		}
		require.JSONEq(s, `{"bookings":[],"nextCursor":null}`, s.get("/bookings?identifier="+newPerson("nobody")).body)
		refusedFields(s, s.get("/bookings"), "identifier")
		refusedFields(s, s.get("/bookings?identifier=&cursor=AAAA&status=BOOKED"), "status", "cursor", "identifier")
	})
}

func TestAnErasedPersonIsFoundNoMore(t *testing.T) {
	forEachStore(t, func(s *server) {
		ada := newPerson("ada")
		one, other := s.create(`"totalTickets":2`), s.create(`"totalTickets":2`)
		body := `{"eventId":"` + one.ID + `","identifier":"` + ada + `"}`
		first := accepted[booked](s, s.post("/book", body, keyHeader, longKey("k")), http.StatusCreated)
		before := s.booking(one.ID, first.BookingID)
		second, third := s.book(other.ID, ada, "1"), s.book(other.ID, ada, "1")
		bobs := s.book(one.ID, "bob", "1")
		erase := func(fields string) response {
			return s.post("/people/erase", `{"identifier":"`+strings.ToUpper(ada)+`"`+fields+`}`)
		}

		refused(s, erase(``), http.StatusConflict, "person_has_bookings")
		require.Equal(s, before, s.booking(one.ID, first.BookingID), "nothing was erased")
		require.JSONEq(s, `{"bookings":3}`, erase(`,"force":true`).body)
		require.JSONEq(s, `{"bookings":0}`, erase(`,"force":true`).body)

		r := s.get(pathOf(one.ID, first.BookingID))
		require.Contains(s, r.body, `"identifier":null`)
		after := read[booking](s, r)
		require.NotEqual(s, before.UserID, after.UserID)
		require.Equal(s, after.UserID, after.Tickets[0].UserID)
		require.Equal(s, []string{"BOOKED", before.Link}, []string{after.Status, after.Link}, "what they had stays")
		require.NotEqual(s, after.UserID, s.booking(other.ID, second.BookingID).UserID, "another one on another event")
		require.Equal(s, s.booking(other.ID, third.BookingID).UserID, s.booking(other.ID, second.BookingID).UserID)
		require.Empty(s, s.allBookings(one.ID, "identifier="+ada))
		require.JSONEq(s, `{"bookings":[],"nextCursor":null}`, s.get("/bookings?identifier="+ada).body)
		require.Equal(s, "bob", s.booking(one.ID, bobs.BookingID).Identifier)
		refused(s, s.post("/book", body, keyHeader, longKey("k")), http.StatusUnprocessableEntity, "idempotency_key_reused")
		require.NotContains(s, s.get("/events/"+one.ID+"/journal").body, before.UserID)
	})
}

func TestWhoHasNothingAnyMoreIsErasedWithoutForce(t *testing.T) {
	forEachStore(t, func(s *server) {
		ada := newPerson("ada")
		left, over := s.create(`"totalTickets":2`), s.create(`"totalTickets":2`)
		waits := s.create(`"totalTickets":1`)
		s.book(left.ID, ada, "1")
		s.book(over.ID, ada, "1")
		s.book(waits.ID, "bob", "1")
		waiting := s.book(waits.ID, ada, "1")
		require.Equal(s, http.StatusOK, s.post("/cancel", `{"eventId":"`+left.ID+`","identifier":"`+ada+`"}`).status)
		require.Equal(s, http.StatusOK, s.post("/events/"+over.ID+"/cancel", "").status)
		erase := func() response { return s.post("/people/erase", `{"identifier":"`+ada+`"}`) }
		refused(s, erase(), http.StatusConflict, "person_has_bookings")
		require.Equal(s, http.StatusOK, s.send("DELETE", pathOf(waits.ID, waiting.BookingID), "").status)
		require.JSONEq(s, `{"bookings":3}`, erase().body)
	})
}

// newPerson is somebody who has nothing yet, of a store that other tests may share.
func newPerson(name string) string { return name + "-" + uuid.NewString() }
