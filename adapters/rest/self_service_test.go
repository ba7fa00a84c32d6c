package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestWithoutAKeyPeopleBookWhatIsForSelfServiceOnly(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "olga organizer", "vera viewer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	olga, vera := []string{"Authorization", "Bearer " + texts["olga"]}, []string{"Authorization", "Bearer " + texts["vera"]}
	create := func(settings string) string {
		r := s.post("/events", `{"name":"Concert","totalTickets":2,"maxTicketsPerUser":1,`+settings+`}`, olga...)
		return accepted[event](t, r, http.StatusCreated).ID
	}
	open, closed, draft := create(`"selfService":true`), create(`"selfService":false`), create(`"selfService":true,"status":"DRAFT"`)
	body := func(event string) string { return `{"eventId":"` + event + `","identifier":"ada"}` }

	r := s.post("/book", body(open))
	require.Empty(t, r.header.Get("WWW-Authenticate"))
	b := accepted[booked](t, r, http.StatusCreated)
	require.NotEmpty(t, b.Link)
	refused(t, s.post("/book", body(open)), http.StatusConflict, "user_limit_reached")
	refusedFields(t, s.post("/book", `{"eventId":"`+open+`","quantity":0}`), "identifier", "quantity")
	refusedFields(t, s.post("/book", body(open), keyHeader, "short"), keyHeader)

	for _, bad := range []string{
		body(closed), body(draft), body(nobodysID), `{`, `[]`, `{}`, `{"eventId":"x","identifier":"ada"}`, `{"eventId":"` + closed + `"}`,
	} {
		r := s.post("/book", bad)
		refused(t, r, http.StatusUnauthorized, "unauthorized")
		require.Equal(t, "Bearer", r.header.Get("WWW-Authenticate"))
		refused(t, s.post("/book", bad, "Authorization", "Bearer nothing"), http.StatusUnauthorized, "unauthorized")
		refused(t, s.post("/book", bad, vera...), http.StatusForbidden, "forbidden")
	}
	for _, path := range []string{pathOf(open, b.BookingID), "/bookings?identifier=ada", "/events/" + open + "/journal"} {
		refused(t, s.get(path), http.StatusUnauthorized, "unauthorized")
	}
	require.Equal(t, http.StatusOK, s.send("PATCH", "/events/"+open, `{"selfService":false}`, olga...).status)
	refused(t, s.post("/book", body(open)), http.StatusUnauthorized, "unauthorized")
	fields := s.send("PATCH", "/events/"+open, `{"selfService":true,"maxTicketsPerUser":null}`, olga...)
	refusedFields(t, fields, "maxTicketsPerUser")
}

func TestWithoutAKeyPeopleComeAgainWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	keys, _ := keyring(t, "olga organizer")
	s := serve(t, brokenStore{memory.New(), ports.ErrStoreUnavailable, ports.ErrStoreUnavailable}, httpbase.Config{Keys: keys})
	r := s.post("/book", `{"eventId":"`+nobodysID+`","identifier":"ada"}`)
	refused(t, r, http.StatusServiceUnavailable, "store_unavailable")
	require.Equal(t, "1", r.header.Get("Retry-After"))
}

func TestASellersRepeatShowsTheBookingWhoseverItIs(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "sam organizer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	sam := []string{"Authorization", "Bearer " + texts["sam"], keyHeader, "k"}
	e := accepted[event](t, s.post("/initialize", `{"name":"Concert","totalTickets":2}`, sam...), http.StatusCreated)
	body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
	first := accepted[booked](t, s.post("/book", body, sam...), http.StatusCreated)
	moved := accepted[booking](t, s.post(pathOf(e.ID, first.BookingID)+transfer, `{"identifier":"bob"}`, sam...), http.StatusOK)
	repeat := accepted[booked](t, s.post("/book", body, sam...), http.StatusCreated)
	require.Equal(t, []string{moved.Link, moved.UserID}, []string{repeat.Link, repeat.Tickets[0].UserID})
}
