package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

func TestBookGivesTicketsThenPlacesInTheLine(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":2`)

		r := s.post("/book", `{"eventId":"`+e.ID+`","identifier":"user@example.com"}`)
		require.Equal(s, http.StatusCreated, r.status)
		b := read[booked](s, r)
		require.Len(s, b.Tickets, 1)
		require.JSONEq(s, `{"bookingId":"`+b.BookingID+`","status":"BOOKED","link":"`+b.Link+`","waitlisted":false,"tickets":[{"id":"`+b.Tickets[0].ID+`",
			"eventId":"`+e.ID+`","userId":"`+b.Tickets[0].UserID+`","status":"BOOKED"}]}`, r.body)

		r = s.post("/book", `{"eventId":"`+e.ID+`","identifier":" USER@example.com","quantity":2}`)
		require.Equal(s, http.StatusCreated, r.status)
		w := read[booked](s, r)
		require.JSONEq(s, `{"bookingId":"`+w.BookingID+`","status":"WAITING","link":"`+w.Link+`","waitlisted":true,"waitingEntry":{"id":"`+w.BookingID+`",
			"eventId":"`+e.ID+`","userId":"`+b.Tickets[0].UserID+`","position":1,"ticketsAhead":0}}`, r.body)
	})
}

// cancelledAnswer is the answer of /cancel with these tickets.
func cancelledAnswer(ids ...string) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = `{"id":"` + id + `","status":"CANCELLED"}`
	}
	return `{"ticket":` + all[0] + `,"tickets":[` + strings.Join(all, ",") + `]}`
}

func TestCancelFreesATicketForTheHeadOfTheLine(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":2`)
		first := s.book(e.ID, "ada", "2")
		waiting := s.book(e.ID, "bob", "1")

		r := s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ADA"}`)
		require.Equal(s, http.StatusOK, r.status)
		last := first.Tickets[1].ID
		require.JSONEq(s, cancelledAnswer(last), r.body)

		again := s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada","ticketId":"`+last+`"}`)
		require.Equal(s, http.StatusOK, again.status)
		require.Equal(s, r.body, again.body, "a cancelled ticket is answered as it is")

		r = s.get("/events/" + e.ID + "/bookings/" + waiting.BookingID)
		require.Equal(s, http.StatusOK, r.status)
		b := read[booking](s, r)
		require.Len(s, b.Tickets, 1)
		require.Regexp(s, timeForm, b.Tickets[0].BookedAt)
		require.JSONEq(s, `{"id":"`+waiting.BookingID+`","eventId":"`+e.ID+`","userId":"`+b.UserID+`","identifier":"bob",
			"quantity":1,"sequence":2,"status":"BOOKED","link":"`+b.Link+`","createdAt":"`+b.CreatedAt+`","tickets":[{"id":"`+b.Tickets[0].ID+`",
			"eventId":"`+e.ID+`","userId":"`+b.UserID+`","status":"BOOKED","bookedAt":"`+b.Tickets[0].BookedAt+`"}]}`, r.body)

		cancelled := read[booking](s, s.get("/events/"+e.ID+"/bookings/"+first.BookingID))
		require.Regexp(s, timeForm, cancelled.Tickets[1].CancelledAt)
		require.Equal(s, "BOOKED", cancelled.Status)
	})
}

func TestATicketIDNamesThatTicketOnly(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":2`)
		b := s.book(e.ID, "ada", "2")
		for _, body := range []string{
			`{"eventId":"` + e.ID + `","identifier":"bob","ticketId":"` + b.Tickets[0].ID + `"}`,
			`{"eventId":"` + e.ID + `","identifier":"ada","ticketId":"` + nobodysID + `"}`,
			`{"eventId":"` + e.ID + `","identifier":"ada","ticketId":"00000000-0000-0000-0000-000000000000"}`,
		} {
			refused(s, s.post("/cancel", body), http.StatusNotFound, "ticket_not_found")
		}
		r := s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada","ticketId":"`+b.Tickets[0].ID+`"}`)
		require.JSONEq(s, cancelledAnswer(b.Tickets[0].ID), r.body)
	})
}

func TestLeavingTheLineMovesTheOthersUp(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		has := s.book(e.ID, "ada", "1")
		leaves := s.book(e.ID, "bob", "1")
		stays := s.book(e.ID, "cleo", "1")
		path := "/events/" + e.ID + "/waitlist/"

		for range 2 { // again: the same answer
			r := s.send("DELETE", path+leaves.BookingID, "")
			require.Equal(s, http.StatusNoContent, r.status)
			require.Empty(s, r.body)
		}
		r := s.get("/events/" + e.ID + "/bookings/" + stays.BookingID)
		b := read[booking](s, r)
		require.Equal(s, 1, b.Position)
		require.Contains(s, r.body, `"tickets":[]`)
		left := s.get("/events/" + e.ID + "/bookings/" + leaves.BookingID)
		require.Equal(s, "CANCELLED", read[booking](s, left).Status)
		require.NotContains(s, left.body, "position")

		refused(s, s.send("DELETE", path+has.BookingID, ""), http.StatusConflict, "booking_not_waiting")
		refused(s, s.send("DELETE", path+nobodysID, ""), http.StatusNotFound, "booking_not_found")
		refusedFields(s, s.send("DELETE", "/events/x/waitlist/y", ""), "eventId", "bookingId")
	})
}

func TestBadBookingsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for body, fields := range map[string][]string{
		`{}`: {"eventId", "identifier"},
		`{"eventId":"","identifier":"","quantity":0}`:                                     {"eventId", "identifier", "quantity"},
		`{"eventId":"` + nobodysID + `","identifier":"a\u0000b","quantity":101,"z":1}`:    {"identifier", "quantity", "z"},
		`{"eventId":"{` + nobodysID + `}","identifier":"ada"}`:                            {"eventId"},
		`{"EventId":"` + nobodysID + `","identifier":"ada"}`:                              {"eventId", "EventId"},
		`{"eventId":"` + nobodysID + `","identifier":"ada","quantity":1e400}`:             {"quantity"},
		`{"eventId":"` + nobodysID + `","identifier":"ada","quantity":-9007199254740993}`: {"quantity"},
	} {
		refusedFields(t, s.post("/book", body), fields...)
	}
	for body, fields := range map[string][]string{
		`{}`: {"eventId", "identifier"},
		`{"eventId":"x","identifier":"   ","ticketId":"y","quantity":0}`: {"eventId", "identifier", "ticketId", "quantity"},
	} {
		refusedFields(t, s.post("/cancel", body), fields...)
	}
	for _, path := range []string{"/status/x", "/events/x", "/events/x/bookings", "/events/%20"} {
		refusedFields(t, s.get(path), "eventId")
	}
	refusedFields(t, s.get("/events/x/bookings/y"), "eventId", "bookingId")
	refusedFields(t, s.post("/events/x/cancel", ""), "eventId")
}

func TestACancellationWithAQuantityTakesTheLatestAllOrNone(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":5,"holdSeconds":600,"claimSeconds":600`)
		first, second := s.book(e.ID, "ada", "3"), s.book(e.ID, "ada", "2")
		require.Equal(s, http.StatusOK, s.post(pathOf(e.ID, first.BookingID)+confirm, "").status)
		waiting := s.book(e.ID, "bob", "3")
		cancel := func(quantity string) response {
			return s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada","quantity":`+quantity+`}`)
		}
		refused(s, cancel("6"), http.StatusConflict, "too_few_tickets")
		require.Equal(s, 0, s.counts(e.ID).AvailableTickets, "nothing was cancelled")

		r := cancel("3") // held and booked ones alike, the last ones first
		require.JSONEq(s, cancelledAnswer(second.Tickets[1].ID, second.Tickets[0].ID, first.Tickets[2].ID), r.body)
		require.Equal(s, "HELD", s.booking(e.ID, waiting.BookingID).Status, "promoted in the same transaction")
		require.Equal(s, "BOOKED", s.booking(e.ID, first.BookingID).Status)
		refusedFields(s, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada","quantity":1,"ticketId":"`+nobodysID+`"}`), "quantity")
	})
}

func TestAReferenceFindsABookingAgain(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		body := `{"eventId":"` + e.ID + `","identifier":"ada","reference":"order 7"}`
		first := accepted[booked](s, s.post("/book", body), http.StatusCreated)
		second := s.book(e.ID, "bob", "1")
		find := func(reference string) (ids []string) {
			for _, b := range s.allBookings(e.ID, "reference="+reference) {
				require.NotEmpty(s, b.Reference)
				ids = append(ids, b.ID)
			}
			return ids
		}
		require.Equal(s, []string{first.BookingID}, find("order+7"))
		refusedFields(s, s.get("/events/"+e.ID+"/bookings?reference=%ff"), "reference")
		change := func(fields string) response { return s.send("PATCH", pathOf(e.ID, second.BookingID), `{`+fields+`}`) }
		require.Equal(s, "order 7", accepted[booking](s, change(`"reference":"order 7"`), http.StatusOK).Reference)
		require.Equal(s, []string{first.BookingID, second.BookingID}, find("order+7"))
		require.Empty(s, accepted[booking](s, change(`"reference":null`), http.StatusOK).Reference)
		require.Equal(s, []string{first.BookingID}, find("order%207"))
		require.Empty(s, find("order"))
	})
}

func TestWhoWaitsMayAskForFewer(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3`)
		has := s.book(e.ID, "ada", "2")
		waiting, behind := s.book(e.ID, "bob", "3"), s.book(e.ID, "cleo", "1")
		require.Equal(s, 3, behind.WaitingEntry.TicketsAhead)
		path := pathOf(e.ID, waiting.BookingID)
		refusedFields(s, s.send("PATCH", path, `{"quantity":4}`), "quantity")
		two := accepted[booking](s, s.send("PATCH", path, `{"quantity":2}`), http.StatusOK)
		require.Equal(s, []int{2, 1}, []int{two.Quantity, two.Position}, "it keeps its place")
		require.Equal(s, 2, s.booking(e.ID, behind.BookingID).TicketsAhead)
		one := accepted[booking](s, s.send("PATCH", path, `{"quantity":1}`), http.StatusOK)
		require.Equal(s, "BOOKED", one.Status, "it fits now")
		refused(s, s.send("PATCH", pathOf(e.ID, has.BookingID), `{"quantity":1}`), http.StatusConflict, "booking_not_waiting")
	})
}
