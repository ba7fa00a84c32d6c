package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestATransferLeavesEverythingButThePerson(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3,"maxTicketsPerUser":3`)
		made := s.book(e.ID, "ada", "2")
		before := s.booking(e.ID, made.BookingID)
		require.Equal(s, made.Link, before.Link)
		path := pathOf(e.ID, made.BookingID)

		after := accepted[booking](s, s.post(path+transfer, `{"identifier":" Bob "}`), http.StatusOK)
		require.Equal(s, "Bob", after.Identifier)
		require.NotEqual(s, before.UserID, after.UserID)
		require.Equal(s, after.UserID, after.Tickets[0].UserID)
		require.False(s, s.opens(made.Link, e.ID, made.BookingID), "the link of before is void")
		require.True(s, s.opens(after.Link, e.ID, made.BookingID))

		back := accepted[booking](s, s.post(path+transfer, `{"identifier":"ada"}`), http.StatusOK)
		require.False(s, s.opens(made.Link, e.ID, made.BookingID), "for good")
		same := accepted[booking](s, s.post(path+transfer, `{"identifier":"ADA"}`), http.StatusOK)
		require.Equal(s, "ADA", same.Identifier)
		require.Equal(s, back.Link, same.Link, "to whom it belongs, it stays")

		same.Identifier, same.Link = before.Identifier, before.Link
		require.Equal(s, before, same)
	})
}

// opens reports whether a link opens a booking as it is now.
func (s *server) opens(link, eventID, bookingID string) bool {
	s.Helper()
	event, err := domain.ParseEventID(eventID)
	require.NoError(s, err)
	id, err := domain.ParseBookingID(bookingID)
	require.NoError(s, err)
	b, err := s.service.Booking(s.Context(), event, id)
	require.NoError(s, err)
	open, err := s.links.Opens(s.Context(), link, &b)
	require.NoError(s, err)
	return open
}

func TestATransferIsJudgedByAllThatTheNewPersonHas(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":3,"maxTicketsPerUser":3`)
		s.book(e.ID, "ada", "2")
		bobs := s.book(e.ID, "bob", "1")
		waiting := s.book(e.ID, "cleo", "2")
		require.Equal(s, http.StatusOK, s.post(pathOf(e.ID, bobs.BookingID)+transfer, `{"identifier":"ada"}`).status)
		refused(s, s.post(pathOf(e.ID, waiting.BookingID)+transfer, `{"identifier":"ada"}`), http.StatusConflict, "user_limit_reached")
		moved := accepted[booking](s, s.post(pathOf(e.ID, waiting.BookingID)+transfer, `{"identifier":"bob"}`), http.StatusOK)
		require.Equal(s, 1, moved.Position)
		require.Equal(s, 3, moved.Sequence)
	})
}
