package rest_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// in is a time of the server's clock, in JSON.
func (s *server) in(d time.Duration) string {
	return `"` + s.clock.Now().Add(d).Format(time.RFC3339Nano) + `"`
}

func TestNobodyBooksOutsideTheSaleWindow(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":5,"salesStartAt":` + s.in(time.Hour) + `,"salesEndAt":` + s.in(2*time.Hour))
		body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
		r := s.post("/book", body)
		p := refused(s, r, http.StatusConflict, "sales_not_started")
		require.Contains(s, p.Detail, e.SalesStartAt[:19])
		wait, err := strconv.Atoi(r.header.Get("Retry-After"))
		require.NoError(s, err)
		require.LessOrEqual(s, wait, 3600)
		s.clock.forward(time.Duration(wait) * time.Second)
		b := accepted[booked](s, s.post("/book", body), http.StatusCreated)

		s.clock.forward(time.Hour)
		refused(s, s.post("/book", body), http.StatusConflict, "sales_ended")
		require.Equal(s, http.StatusOK, s.post(pathOf(e.ID, b.BookingID)+transfer, `{"identifier":"bob"}`).status)
		require.Equal(s, http.StatusOK, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"bob"}`).status)
	})
}

func TestFromPromotionEndAtOnNobodyIsPromoted(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":2,"promotionEndAt":` + s.in(time.Hour))
		s.book(e.ID, "ada", "2")
		bob, cleo := s.book(e.ID, "bob", "1"), s.book(e.ID, "cleo", "1")
		cancel := `{"eventId":"` + e.ID + `","identifier":"ada"}`
		require.Equal(s, http.StatusOK, s.post("/cancel", cancel).status)
		require.Equal(s, "BOOKED", s.booking(e.ID, bob.BookingID).Status)
		s.clock.forward(time.Hour)
		require.Equal(s, http.StatusOK, s.post("/cancel", cancel).status)
		require.Equal(s, "WAITING", s.booking(e.ID, cleo.BookingID).Status)
		require.Equal(s, 1, s.counts(e.ID).AvailableTickets)
		require.True(s, s.book(e.ID, "dora", "1").Waitlisted, "who comes later gets it no sooner")

		require.Equal(s, http.StatusOK, s.send("PATCH", "/events/"+e.ID, `{"promotionEndAt":null}`).status)
		require.Equal(s, "BOOKED", s.booking(e.ID, cleo.BookingID).Status)
	})
}

func TestWithoutTheWaitlistItIsTicketsNowOrNothing(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3`)
		now := func(quantity string) response {
			return s.post("/book", `{"eventId":"`+e.ID+`","identifier":"ada","waitlist":false,"quantity":`+quantity+`}`)
		}
		require.Equal(s, "BOOKED", accepted[booked](s, now("2"), http.StatusCreated).Status)
		refused(s, now("2"), http.StatusConflict, "sold_out")
		s.book(e.ID, "bob", "2")
		refused(s, now("1"), http.StatusConflict, "sold_out") // bob waits for it
		require.Len(s, s.allBookings(e.ID, ""), 2)
	})
}

func TestTheFirstOfSeveralRefusalsIsGiven(t *testing.T) {
	forEachStore(t, func(s *server) {
		const limits = `"totalTickets":2,"maxTicketsPerUser":1,"maxWaitlist":0`
		early := s.create(limits + `,"salesStartAt":"9998-01-01T00:00:00Z","status":"DRAFT"`)
		ended, open := s.create(limits+`,"salesEndAt":"2020-01-01T00:00:00Z"`), s.create(limits)
		book := func(e event, fields, code string) {
			refused(s, s.post("/book", `{"eventId":"`+e.ID+`","identifier":"dora",`+fields+`}`), http.StatusConflict, code)
		}
		tooMany := `"quantity":3,"waitlist":false`
		book(early, tooMany, "event_not_published")
		require.Equal(s, http.StatusOK, s.send("PATCH", "/events/"+early.ID, `{"status":"PUBLISHED"}`).status)
		book(early, tooMany, "sales_not_started")
		require.Equal(s, http.StatusOK, s.post("/events/"+early.ID+"/cancel", "").status)
		book(early, tooMany, "event_cancelled")
		book(ended, tooMany, "sales_ended")
		book(open, tooMany, "quantity_exceeds_capacity")
		s.book(open.ID, "ada", "1")
		s.book(open.ID, "bob", "1")
		book(open, `"quantity":2,"waitlist":false`, "user_limit_reached")
		book(open, `"waitlist":false`, "sold_out")
		book(open, `"quantity":1`, "waitlist_full")

		holds := s.create(`"totalTickets":2,"maxTicketsPerUser":1,"holdSeconds":30,"claimSeconds":60`)
		path := pathOf(holds.ID, s.book(holds.ID, "ada", "1").BookingID)
		bobs := pathOf(holds.ID, s.book(holds.ID, "bob", "1").BookingID)
		require.Equal(s, http.StatusOK, s.post(bobs+confirm, "").status)
		refused(s, s.post(path+transfer, `{"identifier":"bob"}`), http.StatusConflict, "user_limit_reached")
		s.clock.forward(30 * time.Second)
		refused(s, s.post(path+transfer, `{"identifier":"bob"}`), http.StatusConflict, "hold_expired")
		require.Equal(s, http.StatusOK, s.post("/events/"+holds.ID+"/cancel", "").status)
		refused(s, s.post(path+confirm, ""), http.StatusConflict, "event_cancelled")
	})
}
