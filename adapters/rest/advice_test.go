package rest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A refusal's detail says what to do next: this does it.
func TestWhatARefusalAdvisesHelps(t *testing.T) {
	forEachStore(t, func(s *server) {
		type request struct{ method, path, body string }
		try := func(refusal request, code string, advised ...request) {
			s.Helper()
			refused(s, s.send(refusal.method, refusal.path, refusal.body), http.StatusConflict, code)
			for _, a := range advised {
				r := s.send(a.method, a.path, a.body)
				require.Less(s, r.status, http.StatusMultipleChoices, "%s: %v: %s", code, a, r.body)
			}
		}
		book := func(e event, identifier, more string) request {
			return request{"POST", "/book", `{"eventId":"` + e.ID + `","identifier":"` + identifier + `"` + more + `}`}
		}
		cancel := func(e event, identifier, more string) request {
			r := book(e, identifier, more)
			r.path = "/cancel"
			return r
		}
		change := func(e event, fields string) request { return request{"PATCH", "/events/" + e.ID, `{` + fields + `}`} }
		of := func(e event, b booked) string { return pathOf(e.ID, b.BookingID) }

		e := s.create(`"totalTickets":2,"status":"DRAFT"`)
		try(book(e, "ada", ""), "event_not_published", change(e, `"status":"PUBLISHED"`), book(e, "ada", ""))
		try(book(e, "ada", `,"quantity":3`), "quantity_exceeds_capacity", book(e, "ada", `,"quantity":1`))
		try(book(e, "bob", `,"waitlist":false`), "sold_out", book(e, "bob", ""))
		try(cancel(e, "ada", `,"quantity":3`), "too_few_tickets", cancel(e, "ada", `,"quantity":2`))

		e = s.create(`"totalTickets":3,"maxTicketsPerUser":2,"maxWaitlist":1`)
		try(book(e, "ada", `,"quantity":3`), "user_limit_reached", book(e, "ada", `,"quantity":2`))
		try(book(e, "ada", ""), "user_limit_reached", cancel(e, "ada", ""), book(e, "ada", ""), book(e, "bob", ""))
		waiting := s.book(e.ID, "cleo", "1")
		try(book(e, "dora", ""), "waitlist_full", request{"DELETE", of(e, waiting), ""}, book(e, "dora", ""))
		full := refused(s, s.post("/book", book(e, "eve", `,"waitlist":false`).body), http.StatusConflict, "sold_out")
		require.Contains(s, full.Detail, "no place in the line", "nobody is told to join a line that is full")

		// Lower than what is booked, while somebody waits.
		e = s.create(`"totalTickets":2`)
		has := s.book(e.ID, "ada", "2")
		s.book(e.ID, "bob", "1")
		try(change(e, `"totalTickets":1`), "capacity_below_booked",
			change(e, `"promotionEndAt":`+s.in(0)), cancel(e, "ada", ""), change(e, `"totalTickets":1`))
		try(request{"DELETE", "/events/" + e.ID + "/waitlist/" + has.BookingID, ""}, "booking_not_waiting", request{"DELETE", of(e, has), ""})
		try(request{"POST", of(e, has) + confirm, ""}, "booking_cancelled", book(e, "ada", ""))

		for _, advised := range []request{{"PATCH", "", `{"quantity":2}`}, {"DELETE", "", ""}} {
			e = s.create(`"totalTickets":3`)
			s.book(e.ID, "ada", "2")
			advised.path = of(e, s.book(e.ID, "bob", "3"))
			try(change(e, `"totalTickets":2`), "capacity_below_waiting", advised, change(e, `"totalTickets":2`))
		}

		e = s.create(`"totalTickets":1,"holdSeconds":30,"claimSeconds":60`)
		held := s.book(e.ID, "ada", "1")
		s.clock.forward(30 * time.Second)
		try(request{"POST", of(e, held) + confirm, ""}, "hold_expired", book(e, "ada", ""))
		try(request{"POST", "/people/erase", `{"identifier":"ada"}`}, "person_has_bookings",
			request{"POST", "/people/erase", `{"identifier":"ada","force":true}`})
	})
}

func TestWhoWaitsIsToldHowToLeave(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		s.book(e.ID, "ada", "1")
		waiting := s.book(e.ID, "bob", "1")
		p := refused(s, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"bob"}`), http.StatusNotFound, "ticket_not_found")
		require.Contains(s, p.Detail, "DELETE /events/{eventId}/waitlist/{bookingId}")
		require.Equal(s, http.StatusNoContent, s.send("DELETE", "/events/"+e.ID+"/waitlist/"+waiting.BookingID, "").status)
	})
}
