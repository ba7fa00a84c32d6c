package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/domain"
)

func TestNothingIsDoneWhereTheLinkThatAnswersItCanNotBeMade(t *testing.T) {
	t.Parallel()
	store := memory.New()
	works, fails := serve(t, store, httpbase.Config{}), serve(t, secretiveStore{store}, httpbase.Config{})
	e := works.create(`"totalTickets":2,"holdSeconds":60,"claimSeconds":60`)
	held := works.book(e.ID, "ada", "1")
	path := pathOf(e.ID, held.BookingID)

	for _, r := range []response{
		fails.post("/book", `{"eventId":"`+e.ID+`","identifier":"bob"}`),
		fails.post(path+confirm, ""),
		fails.post(path+transfer, `{"identifier":"bob"}`),
		fails.send("DELETE", path, ""),
	} {
		refused(t, r, http.StatusServiceUnavailable, "store_unavailable")
	}
	require.Equal(t, 1, works.counts(e.ID).AvailableTickets)
	require.Equal(t, string(domain.BookingHeld), works.booking(e.ID, held.BookingID).Status)
	require.Equal(t, held.Tickets[0].UserID, works.booking(e.ID, held.BookingID).UserID)
}
