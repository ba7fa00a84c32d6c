package rest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	confirm  = "/confirm"
	extend   = "/extend"
	transfer = "/transfer"
)

func TestAHoldIsConfirmedOnce(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3,"holdSeconds":600,"claimSeconds":900`)
		held := s.book(e.ID, "ada", "2")
		require.Equal(s, "HELD", held.Status)
		require.Equal(s, "HELD", held.Tickets[1].Status)
		require.Regexp(s, timeForm, held.ExpiresAt)
		now := s.counts(e.ID)
		require.Equal(s, []int{1, 2}, []int{now.AvailableTickets, now.HeldTickets})
		require.Equal(s, held.ExpiresAt, now.NextReleaseAt)

		path := pathOf(e.ID, held.BookingID)
		r := s.post(path+confirm, "")
		b := accepted[booking](s, r, http.StatusOK)
		require.Equal(s, []string{"BOOKED", "BOOKED", ""}, []string{b.Status, b.Tickets[1].Status, b.ExpiresAt})
		require.Equal(s, r.body, s.post(path+confirm, "").body, "again: the same answer")
		now = s.counts(e.ID)
		require.Equal(s, []int{1, 0}, []int{now.AvailableTickets, now.HeldTickets})
		require.Empty(s, now.NextReleaseAt)

		s.clock.forward(time.Hour)
		require.Equal(s, http.StatusOK, s.post(path+confirm, "").status, "what was confirmed never expires")
		refused(s, s.post(path+extend, `{"seconds":60}`), http.StatusConflict, "booking_not_held")
	})
}

func TestAHoldThatIsOverGoesToTheLineAsAClaim(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1,"holdSeconds":30,"claimSeconds":60`)
		ada, bob := s.book(e.ID, "ada", "1"), s.book(e.ID, "bob", "1")
		require.True(s, bob.Waitlisted)
		s.clock.forward(30 * time.Second)
		for _, command := range []string{confirm, extend, transfer} {
			body := map[string]string{extend: `{"seconds":60}`, transfer: `{"identifier":"cleo"}`}[command]
			refused(s, s.post(pathOf(e.ID, ada.BookingID)+command, body), http.StatusConflict, "hold_expired")
		}
		expired := s.booking(e.ID, ada.BookingID)
		require.Equal(s, []string{"EXPIRED", "CANCELLED"}, []string{expired.Status, expired.Tickets[0].Status})

		claim := s.booking(e.ID, bob.BookingID)
		require.Equal(s, "HELD", claim.Status)
		require.Equal(s, time.Minute, timeIn(s, claim.ExpiresAt).Sub(timeIn(s, claim.Tickets[0].BookedAt)))
		s.clock.forward(50 * time.Second)
		claimed := accepted[booking](s, s.post(pathOf(e.ID, bob.BookingID)+confirm, ""), http.StatusOK)
		require.Equal(s, "BOOKED", claimed.Status)
	})
}

func timeIn(tb require.TestingT, text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(tb, err)
	return at
}

func TestAHoldIsExtendedUpToItsCap(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3,"holdSeconds":600,"claimSeconds":900`)
		held := s.book(e.ID, "ada", "1")
		path := pathOf(e.ID, held.BookingID)
		extended := func(seconds string) booking {
			return accepted[booking](s, s.post(path+extend, `{"seconds":`+seconds+`}`), http.StatusOK)
		}
		require.Equal(s, held.ExpiresAt, extended("60").ExpiresAt, "never earlier than it would")
		later := extended("1200")
		require.Greater(s, later.ExpiresAt, held.ExpiresAt)
		require.Equal(s, later.ExpiresAt, s.counts(e.ID).NextReleaseAt)
		s.clock.forward(time.Minute)
		capped := extended("3600")
		require.Equal(s, time.Hour, timeIn(s, capped.ExpiresAt).Sub(timeIn(s, capped.CreatedAt)))
		require.Equal(s, capped, extended("3600"), "repeats don't add up")
	})
}

func TestABookingIsGivenBackWhateverItIs(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":2`)
		booked, first, second := s.book(e.ID, "ada", "2"), s.book(e.ID, "bob", "1"), s.book(e.ID, "cleo", "1")
		waiting := s.book(e.ID, "dora", "2")
		giveBack := func(eventID, id string) booking {
			r := s.send("DELETE", pathOf(eventID, id), "")
			require.Equal(s, r.body, s.send("DELETE", pathOf(eventID, id), "").body, "again: the same answer")
			return accepted[booking](s, r, http.StatusOK)
		}
		require.Equal(s, "CANCELLED", giveBack(e.ID, waiting.BookingID).Status)
		back := giveBack(e.ID, booked.BookingID)
		require.Equal(s, []string{"CANCELLED", "CANCELLED"}, []string{back.Status, back.Tickets[1].Status})
		require.Equal(s, "BOOKED", s.booking(e.ID, first.BookingID).Status)
		require.Equal(s, "BOOKED", s.booking(e.ID, second.BookingID).Status)

		holds := s.create(`"totalTickets":2,"holdSeconds":30,"claimSeconds":60`)
		held, late := s.book(holds.ID, "ada", "1"), s.book(holds.ID, "ada", "1")
		require.Equal(s, "CANCELLED", giveBack(holds.ID, held.BookingID).Status)
		require.Equal(s, 1, s.counts(holds.ID).AvailableTickets)
		s.clock.forward(time.Minute)
		require.Equal(s, "EXPIRED", giveBack(holds.ID, late.BookingID).Status)

		require.Equal(s, http.StatusOK, s.post("/events/"+e.ID+"/cancel", "").status)
		require.Equal(s, "CANCELLED", giveBack(e.ID, first.BookingID).Status)
		refused(s, s.send("DELETE", pathOf(e.ID, nobodysID), ""), http.StatusNotFound, "booking_not_found")
		refused(s, s.send("DELETE", pathOf(nobodysID, nobodysID), ""), http.StatusNotFound, "event_not_found")
	})
}
