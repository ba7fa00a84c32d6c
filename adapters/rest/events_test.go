package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

const (
	nobodysID = "00000000-0000-4000-8000-000000000000"
	timeForm  = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`
)

func TestInitializeMakesAPublishedEventThatStatusShows(t *testing.T) {
	forEachStore(t, func(s *server) {
		r := s.post("/initialize", `{"name":"Concert 2025","totalTickets":100}`)
		require.Equal(s, http.StatusCreated, r.status)
		e := read[event](s, r)
		require.Equal(s, "/events/"+e.ID, r.header.Get("Location"))
		require.Regexp(s, timeForm, e.CreatedAt)
		require.JSONEq(s, `{"id":"`+e.ID+`","name":"Concert 2025","status":"PUBLISHED","totalTickets":100,"availableTickets":100,
			"heldTickets":0,"waitingListCount":0,"waitingTickets":0,"nextReleaseAt":null,"maxTicketsPerUser":null,"maxWaitlist":null,
			"holdSeconds":null,"claimSeconds":null,"salesStartAt":null,"salesEndAt":null,"promotionEndAt":null,"selfService":false,
			"startsAt":null,"venue":null,"description":null,
			"createdAt":"`+e.CreatedAt+`","updatedAt":"`+e.CreatedAt+`","version":1}`, r.body)

		r = s.get("/status/" + e.ID)
		require.Equal(s, http.StatusOK, r.status)
		require.JSONEq(s, `{"eventId":"`+e.ID+`","name":"Concert 2025","totalTickets":100,"availableTickets":100,
			"heldTickets":0,"waitingListCount":0,"waitingTickets":0,"nextReleaseAt":null,"salesStartAt":null,"salesEndAt":null,
			"status":"PUBLISHED"}`, r.body)
	})
}

func TestEventsAreCreatedWithTheirSettings(t *testing.T) {
	forEachStore(t, func(s *server) {
		made := s.create(`"totalTickets":1e2,"status":"DRAFT","maxTicketsPerUser":4.0,"maxWaitlist":0`)
		require.Equal(s, "DRAFT", made.Status)
		require.Equal(s, 100, made.TotalTickets)
		require.Equal(s, 4, *made.MaxTicketsPerUser)
		require.Equal(s, 0, *made.MaxWaitlist)

		r := s.get("/events/" + made.ID)
		require.Equal(s, http.StatusOK, r.status)
		require.Equal(s, made, read[event](s, r))
		require.Equal(s, `"1"`, r.header.Get("ETag"))
	})
}

func TestBadSettingsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	for _, c := range []struct {
		method, path, body string
		fields             []string
	}{
		{"POST", "/initialize", `{}`, []string{"name", "totalTickets"}},
		{"POST", "/initialize", `{"name":"","totalTickets":0,"status":"DRAFT"}`, []string{"name", "totalTickets", "status"}},
		{"POST", "/initialize", `{"Name":"Concert","TOTALTICKETS":5,"x":{}}`, []string{"name", "totalTickets", "Name", "TOTALTICKETS", "x"}},
		{"POST", "/initialize", `{"name":"Concert","totalTickets":10000001}`, []string{"totalTickets"}},
		{"POST", "/initialize", `{"name":"Concert","totalTickets":99999999999999999999999}`, []string{"totalTickets"}},
		{"POST", "/initialize", `{"name":"Concert","totalTickets":-1e999}`, []string{"totalTickets"}},
		{
			"POST", "/events", `{"name":"","totalTickets":-1,"status":"","maxTicketsPerUser":0,"maxWaitlist":-1}`,
			[]string{"name", "totalTickets", "maxTicketsPerUser", "maxWaitlist", "status"},
		},
		{"POST", "/events", `{"name":"Concert","totalTickets":5,"status":"CANCELLED"}`, []string{"status"}},
		{"PATCH", "/events/" + e.ID, `{"name":"","totalTickets":0,"id":1}`, []string{"name", "totalTickets", "id"}},
		{"PATCH", "/events/" + e.ID, `{"status":"DRAFT"}`, []string{"status"}},
		{"PATCH", "/events/" + e.ID, `{"status":"CANCELLED"}`, []string{"status"}},
		{
			"PATCH", "/events/" + e.ID,
			`{"salesStartAt":"2025-02-01T2:00:00Z","salesEndAt":"2025-02-01T20:00:00,5Z","startsAt":"2025-02-01T20:00:00+01:60"}`,
			[]string{"salesStartAt", "salesEndAt", "startsAt"},
		},
		{"PATCH", "/events/1", `{"name":" "}`, []string{"eventId", "name"}},
	} {
		refusedFields(t, s.send(c.method, c.path, c.body), c.fields...)
	}
	p := refused(t, s.post("/initialize", `{"name":"Concert","totaltickets":5}`), http.StatusBadRequest, "validation_failed")
	require.Contains(t, p.Errors[1].Message, "write totalTickets")
}

func TestTheNilUUIDIsNoEvents(t *testing.T) {
	forEachStore(t, func(s *server) {
		const none = "00000000-0000-0000-0000-000000000000"
		for _, r := range []response{
			s.get("/status/" + none), s.get("/events/" + none), s.get("/events/" + none + "/bookings"), s.post("/events/"+none+"/cancel", ""),
			s.send("PATCH", "/events/"+none, `{"name":"Concert","totalTickets":3}`),
			s.post("/book", `{"eventId":"`+none+`","identifier":"ada"}`), s.post("/cancel", `{"eventId":"`+none+`","identifier":"ada"}`),
			s.post("/webhooks", `{"url":"https://example.com/","eventId":"`+none+`"}`),
		} {
			refused(s, r, http.StatusNotFound, "event_not_found")
		}
	})
}

func TestPatchChangesWhatItNames(t *testing.T) {
	forEachStore(t, func(s *server) {
		before := s.create(`"totalTickets":10,"status":"DRAFT","maxTicketsPerUser":4,"maxWaitlist":7`)
		path := "/events/" + before.ID

		r := s.send("PATCH", path, `{}`)
		require.Equal(s, http.StatusOK, r.status)
		require.Equal(s, before, read[event](s, r), "nothing named, nothing changed")

		r = s.send("PATCH", path, `{"name":"Open Air","totalTickets":20,"maxTicketsPerUser":null,"status":"PUBLISHED"}`)
		require.Equal(s, http.StatusOK, r.status, r.body)
		after := read[event](s, r)
		require.Equal(s, `"2"`, r.header.Get("ETag"))
		require.Equal(s, "Open Air", after.Name)
		require.Equal(s, "PUBLISHED", after.Status)
		require.Equal(s, 20, after.TotalTickets)
		require.Nil(s, after.MaxTicketsPerUser)
		require.Equal(s, 7, *after.MaxWaitlist)
	})
}

func TestIfMatchLetsOnlyTheVersionsItNamesChange(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for match, status := range map[string]int{
		`"1"`:                         http.StatusOK,
		`*`:                           http.StatusOK,
		`"x,y", "1"`:                  http.StatusOK,
		` "0" ,,"1",`:                 http.StatusOK,
		`"2"`:                         http.StatusPreconditionFailed,
		`W/"1"`:                       http.StatusOK, // proxies make it weak
		`"01"`:                        http.StatusPreconditionFailed,
		`"anything"`:                  http.StatusPreconditionFailed,
		``:                            http.StatusPreconditionFailed,
		`1`:                           http.StatusPreconditionFailed,
		`"1" "2"`:                     http.StatusPreconditionFailed,
		`*, "1"`:                      http.StatusPreconditionFailed,
		`"1`:                          http.StatusPreconditionFailed,
		`w/"1"`:                       http.StatusPreconditionFailed,
		`"1", "99999999999999999999"`: http.StatusOK,
	} {
		e := s.create(`"totalTickets":10`)
		r := s.send("PATCH", "/events/"+e.ID, `{"name":"Open Air"}`, "If-Match", match)
		require.Equal(t, status, r.status, "%s: %s", match, r.body)
		if status == http.StatusPreconditionFailed {
			refused(t, r, status, "precondition_failed")
		}
	}
	e := s.create(`"totalTickets":10`)
	r := s.send("PATCH", "/events/"+e.ID, `{"name":"Open Air"}`, "If-Match", `"5"`, "If-Match", `"1"`)
	require.Equal(t, http.StatusOK, r.status, "a list may be spread over several headers")
}

func TestTheETagIsOfTheSettingsAlone(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		path := "/events/" + e.ID
		s.book(e.ID, "ada", "1")
		s.book(e.ID, "bob", "1")
		r := s.get(path, "If-None-Match", `"1"`)
		after := accepted[event](s, r, http.StatusOK)
		require.Equal(s, `"1"`, r.header.Get("ETag"), "bookings don't change it")
		require.Equal(s, 3, after.Version)
		require.Equal(s, 1, after.WaitingListCount)

		r = s.send("PATCH", path, `{"totalTickets":2}`, "If-Match", `W/"1"`)
		require.Equal(s, http.StatusOK, r.status, r.body)
		require.Equal(s, `"4"`, r.header.Get("ETag"))
		refused(s, s.send("PATCH", path, `{"totalTickets":3}`, "If-Match", `"1"`), http.StatusPreconditionFailed, "precondition_failed")
		advised := s.get(path).header.Get("ETag") // the refusal says to read it again
		require.Equal(s, http.StatusOK, s.send("PATCH", path, `{"totalTickets":3}`, "If-Match", advised).status)
	})
}

func TestACancelledEventStaysCancelled(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		first := s.book(e.ID, "ada@example.com", "1")
		second := s.book(e.ID, "bob@example.com", "1")

		r := s.post("/events/"+e.ID+"/cancel", "")
		require.Equal(s, http.StatusOK, r.status, r.body)
		cancelled := read[event](s, r)
		require.Equal(s, "CANCELLED", cancelled.Status)
		require.Zero(s, cancelled.AvailableTickets)
		require.Zero(s, cancelled.WaitingListCount)
		require.Equal(s, r.body, s.post("/events/"+e.ID+"/cancel", "").body, "again: the same answer")

		for _, id := range []string{first.BookingID, second.BookingID} {
			b := read[booking](s, s.get("/events/"+e.ID+"/bookings/"+id))
			require.Equal(s, "CANCELLED", b.Status)
		}
		require.Equal(s, http.StatusNoContent,
			s.send("DELETE", "/events/"+e.ID+"/waitlist/"+second.BookingID, "").status)
		refused(s, s.post("/book", `{"eventId":"`+e.ID+`","identifier":"eve"}`), http.StatusConflict, "event_cancelled")
	})
}

func TestALargerCapacityPromotesTheLine(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		s.book(e.ID, "ada", "1")
		waiting := s.book(e.ID, "bob", "1")
		require.True(s, waiting.Waitlisted)

		r := s.send("PATCH", "/events/"+e.ID, `{"totalTickets":3}`)
		require.Equal(s, http.StatusOK, r.status)
		after := read[event](s, r)
		require.Equal(s, 1, after.AvailableTickets)
		require.Zero(s, after.WaitingListCount)
		require.Equal(s, "BOOKED", read[booking](s, s.get("/events/"+e.ID+"/bookings/"+waiting.BookingID)).Status)
	})
}
