package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

// leastRoles has for every route the least role that may use it; it is empty
// where no key is needed. It repeats the contract, and is no copy of the code.
var leastRoles = map[string]string{
	"POST /initialize":                                     "organizer",
	"POST /book":                                           "seller",
	"POST /cancel":                                         "seller",
	"GET /status/{eventId}":                                "",
	"POST /events":                                         "organizer",
	"GET /events":                                          "viewer",
	"GET /events/{eventId}":                                "viewer",
	"PATCH /events/{eventId}":                              "organizer",
	"POST /events/{eventId}/cancel":                        "organizer",
	"GET /events/{eventId}/bookings":                       "seller",
	"GET /events/{eventId}/bookings/{bookingId}":           "seller",
	"PATCH /events/{eventId}/bookings/{bookingId}":         "seller",
	"DELETE /events/{eventId}/bookings/{bookingId}":        "seller",
	"POST /events/{eventId}/bookings/{bookingId}/confirm":  "seller",
	"POST /events/{eventId}/bookings/{bookingId}/extend":   "seller",
	"POST /events/{eventId}/bookings/{bookingId}/transfer": "seller",
	"DELETE /events/{eventId}/waitlist/{bookingId}":        "seller",
	"GET /events/{eventId}/journal":                        "seller",
	"GET /events/{eventId}/stream":                         "",
	"GET /events/{eventId}/bookings/{bookingId}/stream":    "seller",
	"GET /b/{link}/stream":                                 "",
	"GET /bookings":                                        "seller",
	"POST /people/erase":                                   "organizer",
	"POST /webhooks":                                       "organizer",
	"GET /webhooks":                                        "organizer",
	"GET /webhooks/{webhookId}":                            "organizer",
	"PATCH /webhooks/{webhookId}":                          "organizer",
	"DELETE /webhooks/{webhookId}":                         "organizer",
	"GET /webhooks/{webhookId}/deliveries":                 "organizer",
	"POST /webhooks/{webhookId}/test":                      "organizer",
	"POST /webhooks/{webhookId}/resend":                    "organizer",
	"GET /livez":                                           "",
	"GET /readyz":                                          "",
	"GET /metrics":                                         "viewer",
	"GET /openapi.yaml":                                    "",
	"GET /docs":                                            "",
}

// keyring makes a key of each name and role, like "ada seller".
func keyring(tb testing.TB, named ...string) (keys *apikey.Keys, texts map[string]string) {
	tb.Helper()
	texts = make(map[string]string)
	var file strings.Builder
	for _, n := range named {
		name, role, _ := strings.Cut(n, " ")
		text, key, err := apikey.New(name, apikey.Role(role))
		require.NoError(tb, err)
		texts[name] = text
		file.WriteString(key.Line() + "\n")
	}
	keys, err := apikey.Parse(file.String())
	require.NoError(tb, err)
	return keys, texts
}

func TestEveryRouteIsOpenToItsRolesAndToNobodyElse(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "organizer organizer", "seller seller", "viewer viewer")
	_, unknown := keyring(t, "another organizer")
	s := readContract(t).serve(t, memory.New(), httpbase.Config{Keys: keys})
	callers := map[string][]string{
		"organizer":   {"Authorization", "Bearer " + texts["organizer"]},
		"seller":      {"Authorization", "bearer " + texts["seller"]},
		"viewer":      {"Authorization", "BEARER  " + texts["viewer"]},
		"no key":      nil,
		"unknown key": {"Authorization", "Bearer " + unknown["another"]},
		"half a key":  {"Authorization", "Bearer " + texts["organizer"][:30]},
		"no scheme":   {"Authorization", texts["organizer"]},
		"scheme only": {"Authorization", "Bearer "},
		"basic":       {"Authorization", "Basic " + texts["organizer"]},
		"two keys":    {"Authorization", "Bearer " + texts["organizer"] + " " + texts["organizer"]},
		"two headers": {"Authorization", "Bearer " + texts["organizer"], "Authorization", "Bearer " + texts["organizer"]},
	}
	admitted := map[string][]string{
		"organizer": {"organizer"},
		"seller":    {"organizer", "seller"},
		"viewer":    {"organizer", "seller", "viewer"},
	}

	for _, route := range routesOf(t, s) {
		for name, header := range callers {
			r := s.send(route.method, route.path, route.body, header...)
			_, known := texts[name]
			switch {
			case route.least == "", slices.Contains(admitted[route.least], name):
				require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, r.status, "%s with %s", route, name)
				require.Empty(t, r.header.Get("WWW-Authenticate"))
			case known:
				refusedRoute(t, route, r, http.StatusForbidden, "forbidden")
			default:
				refusedRoute(t, route, r, http.StatusUnauthorized, "unauthorized")
				require.Equal(t, "Bearer", r.header.Get("WWW-Authenticate"))
			}
		}
	}
}

func TestWithoutKeysEverybodyMayDoEverything(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, route := range routesOf(t, s) {
		for _, header := range [][]string{nil, {"Authorization", "Bearer nothing"}} {
			r := s.send(route.method, route.path, route.body, header...)
			require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, r.status, route)
		}
	}
}

// testedRoute is a route with a request for what isn't there, and a body that
// isn't JSON: who may not call learns neither.
type testedRoute struct{ method, path, body, least string }

// routesOf returns all routes of a server. Each must be in leastRoles.
func routesOf(t *testing.T, s *server) (routes []testedRoute) {
	t.Helper()
	served := s.routes()
	for route := range leastRoles {
		require.Contains(t, served, route)
	}
	for _, route := range served {
		least, known := leastRoles[strings.Replace(route, "HEAD ", "GET ", 1)]
		require.True(t, known, "say who may use %s", route)
		method, path, _ := strings.Cut(route, " ")
		tested := testedRoute{
			method: method,
			path:   strings.NewReplacer("{eventId}", nobodysID, "{bookingId}", nobodysID, "{webhookId}", nobodysID).Replace(path),
			least:  least,
		}
		if method == http.MethodPost || method == http.MethodPatch {
			tested.body = "{"
		}
		routes = append(routes, tested)
	}
	return routes
}

func refusedRoute(t *testing.T, route testedRoute, r response, status int, code string) {
	t.Helper()
	require.Equal(t, status, r.status, route)
	if route.method != http.MethodHead {
		refused(t, r, status, code)
	}
}

func TestTheContractNamesTheSameRoles(t *testing.T) {
	t.Parallel()
	c := readContract(t)
	documented := make(map[string]string)
	for _, op := range c.operations() {
		security := c.doc.Security
		if op.Security != nil {
			security = *op.Security
		}
		least := ""
		for _, scheme := range security {
			if roles, named := scheme["apiKey"]; named { // else nothing is asked for in some cases
				least = strings.Join(roles, " ")
			}
		}
		documented[op.method+" "+op.path] = least
	}
	for route, least := range leastRoles {
		require.Contains(t, documented, route)
		require.Equal(t, least, documented[route], route)
	}
}

func TestWhatIsNoRouteNeedsNoKey(t *testing.T) {
	t.Parallel()
	keys, _ := keyring(t, "ada organizer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	for _, header := range [][]string{nil, {"Authorization", "Bearer nothing"}} {
		refused(t, s.get("/nothing", header...), http.StatusNotFound, "route_not_found")
		refused(t, s.get("/events/a/bookings/b/c", header...), http.StatusNotFound, "route_not_found")
		refused(t, s.send("PUT", "/book", "", header...), http.StatusMethodNotAllowed, "method_not_allowed")
		require.Equal(t, http.StatusNoContent, s.send("OPTIONS", "/book", "", header...).status)
	}
}

func TestAViewerSeesNothingOfAPerson(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "olga organizer", "vera viewer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	olga := []string{"Authorization", "Bearer " + texts["olga"]}
	r := s.post("/initialize", `{"name":"Concert 2025","totalTickets":1}`, olga...)
	e := read[event](t, r)
	var personal []string
	for _, identifier := range []string{"ada@example.com", "bob@example.com"} {
		b := read[booked](t, s.post("/book", `{"eventId":"`+e.ID+`","identifier":"`+identifier+`"}`, olga...))
		personal = append(personal, identifier, b.BookingID)
		for _, ticket := range b.Tickets {
			personal = append(personal, ticket.ID, ticket.UserID)
		}
	}
	personal = append(personal, "identifier", "userId")

	for route, least := range leastRoles {
		path, readable := strings.CutPrefix(route, "GET ")
		if !readable || path == "/openapi.yaml" || path == "/docs" || strings.HasSuffix(path, "/stream") { // the first speak of no one
			continue
		}
		path = strings.NewReplacer("{eventId}", e.ID, "{bookingId}", personal[1]).Replace(path)
		r := s.get(path, "Authorization", "Bearer "+texts["vera"])
		require.Equal(t, least == "" || least == "viewer", r.status == http.StatusOK, route)
		for _, secret := range personal {
			require.NotContains(t, r.body, secret, route)
		}
	}

	require.Equal(t, http.StatusOK, s.post("/events/"+e.ID+"/cancel", "", olga...).status) // so that the stream ends
	stream := s.get("/events/" + e.ID + "/stream")
	require.Contains(t, stream.body, e.ID)
	for _, secret := range personal {
		require.NotContains(t, stream.body, secret)
	}
	refused(t, s.get(pathOf(e.ID, personal[1])+"/stream", "Authorization", "Bearer "+texts["vera"]), http.StatusForbidden, "forbidden")
}

func TestReplacedKeysHoldFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "ada viewer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	text, bob, err := apikey.New("bob", apikey.Viewer)
	require.NoError(t, err)
	status := func(key string) int { return s.get("/events", "Authorization", "Bearer "+key).status }
	require.Equal(t, http.StatusOK, status(texts["ada"]))
	require.Equal(t, http.StatusUnauthorized, status(text))

	require.NoError(t, keys.Replace(bob.Line()))
	require.Equal(t, http.StatusUnauthorized, status(texts["ada"]))
	require.Equal(t, http.StatusOK, status(text))
}

func TestIdempotencyKeysOfTwoCallersAreTwo(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "ada organizer", "bob organizer")
	s := serve(t, memory.New(), httpbase.Config{Keys: keys})
	ask := func(name, path, body string) response {
		return s.post(path, body, "Authorization", "Bearer "+texts[name], keyHeader, "k")
	}
	made := ask("ada", "/initialize", `{"name":"Concert 2025","totalTickets":9}`)
	require.Equal(t, made.body, ask("ada", "/initialize", `{"name":"Concert 2025","totalTickets":9}`).body)
	require.NotEqual(t, made.body, ask("bob", "/initialize", `{"name":"Concert 2025","totalTickets":9}`).body)

	body := `{"eventId":"` + read[event](t, made).ID + `","identifier":"ada"`
	first := ask("ada", "/book", body+"}")
	require.Equal(t, http.StatusCreated, ask("bob", "/book", body+`,"quantity":2}`).status)
	require.Equal(t, first.body, ask("ada", "/book", body+"}").body)
	refused(t, ask("ada", "/book", body+`,"quantity":2}`), http.StatusUnprocessableEntity, "idempotency_key_reused")
}

func TestTheLogNamesKeysAndNeverShowsThem(t *testing.T) {
	t.Parallel()
	keys, texts := keyring(t, "ada viewer")
	var log logBuffer
	s := serve(t, memory.New(), httpbase.Config{Keys: keys, Logger: zerolog.New(&log)})
	addRoute(s.handler, "GET", "/panic", func(echo.Context) error { panic("oh") })
	for _, request := range []struct {
		path   string
		header []string
		status int
	}{
		{"/events", []string{"Authorization", "Bearer " + texts["ada"]}, http.StatusOK},
		{"/nothing", []string{"Authorization", "Bearer " + texts["ada"]}, http.StatusNotFound},
		{"/panic", []string{"Authorization", "Bearer " + texts["ada"]}, http.StatusInternalServerError},
		{"/events", []string{"Authorization", texts["ada"]}, http.StatusUnauthorized},
		{"/events", []string{"Authorization", "Bearer " + texts["ada"][1:]}, http.StatusUnauthorized},
		{"/events?key=" + texts["ada"], nil, http.StatusUnauthorized},
		{"/" + texts["ada"], nil, http.StatusNotFound},
	} {
		r := s.get(request.path, request.header...)
		require.Equal(t, request.status, r.status)
		require.NotContains(t, r.body, texts["ada"][5:])
	}

	lines := log.lines(s)
	require.Len(t, lines, 7)
	for i, line := range lines {
		require.Equal(t, i < 3, line["key"] == "ada", line)
		require.Equal(t, i < 3, line["key"] != nil, line)
	}
	require.NotContains(t, log.text.String(), texts["ada"][5:])
}
