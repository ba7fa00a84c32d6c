package rest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

type eventList struct {
	Events     []event
	NextCursor *string
}

type bookingList struct {
	Bookings   []booking
	NextCursor *string
}

// allBookings reads a list from its first page to its last.
func (s *server) allBookings(eventID, query string) []booking {
	s.Helper()
	var all []booking
	path := "/events/" + eventID + "/bookings?" + query
	for next := path; ; {
		r := s.get(next)
		require.Equal(s, http.StatusOK, r.status, r.body)
		page := read[bookingList](s, r)
		all = append(all, page.Bookings...)
		if page.NextCursor == nil {
			return all
		}
		next = path + "&cursor=" + *page.NextCursor
	}
}

func TestWithoutEventsTheirListIsEmpty(t *testing.T) {
	s := serve(t, memory.New(), httpbase.Config{})
	require.JSONEq(t, `{"events":[],"nextCursor":null}`, s.get("/events").body)
}

func TestEventsAreListedNewestFirst(t *testing.T) {
	forEachStore(t, func(s *server) {
		var made []string
		for i := range 7 {
			status := []string{"DRAFT", "PUBLISHED"}[i%2]
			made = append(made, s.create(fmt.Sprintf(`"totalTickets":%d,"status":%q`, i+1, status)).ID)
		}
		list := func(query string) (ids []string) { // of those, since other tests may share the store
			for next := "/events?" + query; ; {
				page := read[eventList](s, s.get(next))
				for _, e := range page.Events {
					if slices.Contains(made, e.ID) {
						ids = append(ids, e.ID)
					}
				}
				if page.NextCursor == nil || slices.Contains(ids, made[0]) {
					return ids
				}
				next = "/events?" + query + "&cursor=" + *page.NextCursor
			}
		}
		newestFirst := []string{made[6], made[5], made[4], made[3], made[2], made[1], made[0]}
		for _, limit := range []string{"1", "2", "3", "6", "7", "200"} {
			require.Equal(s, newestFirst, list("limit="+limit), limit)
		}
		require.Equal(s, newestFirst, list(""))
		require.Equal(s, []string{made[5], made[3], made[1]}, list("limit=2&status=PUBLISHED"))
		require.Empty(s, list("status=CANCELLED"))
	})
}

func TestBookingsAreListedInTheOrderOfAcceptance(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":4`)
		require.JSONEq(s, `{"bookings":[],"nextCursor":null}`, s.get("/events/"+e.ID+"/bookings").body)
		for i := range 9 {
			s.book(e.ID, []string{"ada", "bob", "cleo"}[i%3], "1")
		}
		sequences := func(query string) (all []int) {
			for _, b := range s.allBookings(e.ID, query) {
				all = append(all, b.Sequence)
			}
			return all
		}
		for _, limit := range []string{"1", "4", "8", "9", "200"} {
			require.Equal(s, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, sequences("limit="+limit), limit)
		}
		require.Equal(s, []int{5, 6, 7, 8, 9}, sequences("limit=2&status=WAITING"))
		require.Equal(s, []int{2, 5, 8}, sequences("limit=2&identifier="+url.QueryEscape(" BOB")))
		require.Equal(s, []int{2}, sequences("identifier=bob&status=BOOKED"))
		require.Empty(s, sequences("identifier=nobody"))
		refused(s, s.get("/events/"+nobodysID+"/bookings"), http.StatusNotFound, "event_not_found")
	})
}

func TestAPageHas50ItemsUnlessMoreAreAskedFor(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":100`)
	for range 51 {
		s.book(e.ID, "ada", "1")
	}
	page := read[bookingList](t, s.get("/events/"+e.ID+"/bookings"))
	require.Len(t, page.Bookings, 50)
	require.NotNil(t, page.NextCursor)
}

func TestBadQueryParametersAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	s.create(`"totalTickets":1`)
	events, bookings := "/events?", "/events/"+e.ID+"/bookings?"
	for _, c := range []struct {
		path   string
		fields []string
	}{
		{events + "limit=0", []string{"limit"}},
		{events + "limit=201", []string{"limit"}},
		{events + "limit=", []string{"limit"}},
		{events + "limit=1e2", []string{"limit"}},
		{events + "limit=1&limit=2", []string{"limit"}},
		{events + "status=draft", []string{"status"}},
		{events + "status=WAITING", []string{"status"}},
		{events + "cursor=", []string{"cursor"}},
		{events + "cursor=AAAA", []string{"cursor"}},
		{events + "cursor=%2B%2B", []string{"cursor"}},
		{events + "a=1&Limit=1&status=x&limit=x&cursor=x", []string{"Limit", "a", "limit", "status", "cursor"}},
		{events + "limit=%zz", []string{"query"}},
		{events + "limit=1;status=DRAFT", []string{"query"}},
		{bookings + "status=PUBLISHED", []string{"status"}},
		{bookings + "identifier=", []string{"identifier"}},
		{bookings + "identifier=%ff", []string{"identifier"}},
		{bookings + "cursor=AAAAAAAAAAA", []string{"cursor"}},
		{bookings + "cursor=__________8", []string{"cursor"}},
		{bookings + "cursor=" + *read[eventList](t, s.get("/events?limit=1")).NextCursor, []string{"cursor"}},
		{"/events/x/bookings?limit=x", []string{"eventId", "limit"}},
	} {
		refusedFields(t, s.get(c.path), c.fields...)
	}
}

func TestQueryParametersThatAreNotKnownAreRefusedOnEveryMethod(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	for _, route := range s.handler.Routes() {
		if slices.Contains([]string{"/livez", "/readyz", "/metrics"}, route.Path) {
			continue // who probes may add what they like
		}
		path := strings.NewReplacer(":eventId", e.ID, ":bookingId", e.ID, ":webhookId", e.ID).Replace(route.Path)
		refusedFields(t, s.send(route.Method, path+"?dryRun=true", ""), "dryRun")
		refusedFields(t, s.send(route.Method, path+"?a=1&%zz", ""), "query")
	}
	r := s.send("PATCH", "/events/"+e.ID+"?dryRun=true", `{"name":"Changed"}`)
	refusedFields(t, r, "dryRun")
	require.Equal(t, e.Name, read[event](t, s.get("/events/"+e.ID)).Name)
}
