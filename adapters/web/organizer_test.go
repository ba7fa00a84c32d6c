package web_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestSigningIn(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	s := newSite(t, httpbase.Config{Keys: k.keys})
	b := s.open()
	page := b.get("/organizer")
	b.saysProblem(page, http.StatusUnauthorized, "API key")
	b.saysProblem(b.fill(page, "/organizer/sign-in", "key", "bo_wrong"), http.StatusBadRequest, "This key isn't known")
	b.saysProblem(b.fill(page, "/organizer/sign-in", "key", k.viewer), http.StatusBadRequest, "a viewer's")

	r := b.fill(page, "/organizer/sign-in", "key", k.organizer)
	cookie := (&http.Response{Header: r.header}).Cookies()[0]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.Equal(t, "/organizer", cookie.Path)
	require.Equal(t, 12*60*60, cookie.MaxAge)
	require.False(t, cookie.Secure, "this machine's own address, in the clear")
	require.Contains(t, b.follow(r).body, "the-organizer")
	require.NotContains(t, s.log.String(), cookie.Value)
	require.NotContains(t, s.log.String(), k.organizer)
	require.Contains(t, s.log.String(), `"key":"the-organizer"`)

	request := httptest.NewRequest(http.MethodPost, "http://tickets.example.com/organizer/sign-in", strings.NewReader(url.Values{"key": {k.organizer}}.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(recorder, request)
	require.True(t, recorder.Result().Cookies()[0].Secure)
	b.saysProblem(s.open().get("/organizer?signed-in"), http.StatusUnauthorized, "did not keep")

	api := b.do(withCookie(t, b.URL+"/events", cookie))
	require.Equal(t, http.StatusUnauthorized, api.status, "the API takes no cookie")

	for name, value := range map[string]string{
		"changed": flipped(cookie.Value), "cut": cookie.Value[:len(cookie.Value)-4], "nothing": "", "of another": strings.Repeat("A", len(cookie.Value)),
	} {
		forged := *cookie
		forged.Value = value
		require.Equal(t, http.StatusUnauthorized, s.open().do(withCookie(t, b.URL+"/organizer", &forged)).status, name)
	}

	require.NoError(t, k.keys.Replace(k.sellersLine)) // read again, without this key
	require.Equal(t, http.StatusUnauthorized, b.get("/organizer").status)
	require.NoError(t, k.keys.Replace(k.organizerLine+k.sellersLine))
	require.Equal(t, http.StatusOK, b.get("/organizer").status)
	require.Equal(t, http.StatusUnauthorized, b.follow(b.post("/organizer/sign-out", nil)).status)
}

func withCookie(t *testing.T, address string, cookie *http.Cookie) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	request.AddCookie(cookie)
	return request
}

func TestAnOrganizerMakesAndChangesAnEvent(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	s := newSite(t, httpbase.Config{Keys: k.keys})
	b := s.open()
	b.signIn(k.organizer)
	page := b.get("/organizer/new")
	r := b.fill(page, "/organizer/new", "name", "", "totalTickets", "many", "selfService", "on", "startsAt", "tomorrow", "zone", "Mars")
	b.saysProblem(r, http.StatusBadRequest, "Validation failed.")
	for _, wrong := range []string{`id="name-error"`, `id="totalTickets-error"`, `id="startsAt-error"`, `id="zone-error"`} {
		require.Contains(t, r.body, wrong)
	}

	form := b.form(page, "/organizer/new")
	for name, value := range map[string]string{
		"name": "Concert", "totalTickets": "3", "selfService": "on", "maxTicketsPerUser": "2", "draft": "on",
		"startsAt": "2027-07-01T20:00", "zone": "Europe/Berlin", "description": "One\r\nTwo",
	} {
		form.Set(name, value)
	}
	first, second := b.post("/organizer/new", form), b.post("/organizer/new", form)
	require.Equal(t, first.header.Get("Location"), second.header.Get("Location"), "a double click makes one event")
	own := b.follow(first)
	require.Contains(t, own.body, "Draft")
	events, err := s.service.Events(t.Context(), ports.EventQuery{})
	require.NoError(t, err)
	require.Len(t, events, 1)
	e := events[0]
	require.Equal(t, time.Date(2027, 7, 1, 18, 0, 0, 0, time.UTC), e.StartsAt)
	require.Equal(t, "One\nTwo", e.Description)
	require.True(t, e.SelfService)

	own = b.follow(b.fill(own, own.path+"/publish"))
	require.Contains(t, own.body, "Published")

	settings := b.get(own.path + "/settings")
	require.Contains(t, settings.body, `value="2027-07-01T18:00"`)
	change := b.form(settings, own.path+"/settings")
	change.Set("selfService", "on")
	change.Set("totalTickets", "5")
	change.Set("description", "One\r\nTwo")
	b.follow(b.post(own.path+"/settings", change))
	e, err = s.service.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, 5, e.TotalTickets)
	require.Equal(t, "One\nTwo", e.Description)
	change.Set("totalTickets", "7")
	b.saysProblem(b.post(own.path+"/settings", change), http.StatusPreconditionFailed, "Somebody has changed this")

	own = b.follow(b.fill(own, own.path+"/cancel"))
	require.Contains(t, own.body, "Cancelled")
	journal := b.get(own.path + "/journal")
	for _, entry := range []string{"Event created", "Event changed", "Event cancelled", "the-organizer"} {
		require.Contains(t, journal.body, entry)
	}
}

func TestTimesThatAreFinerThanTheFormStayAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	starts := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC)
	e := s.create(domain.Settings{TotalTickets: 1, StartsAt: starts})
	b := s.open()
	path := "/organizer/events/" + e.ID.String() + "/settings"
	b.follow(b.fill(b.get(path), path, "venue", "Old Hall"))
	now, err := s.service.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, starts, now.StartsAt)
	require.Equal(t, "Old Hall", now.Venue)
}

func TestASellerHelpsAPersonAndChangesNoEvent(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	s := newSite(t, httpbase.Config{Keys: k.keys})
	e := s.create(domain.Settings{TotalTickets: 2, SelfService: true, MaxTicketsPerUser: domain.AtMost(2), HoldSeconds: 600, ClaimSeconds: 600})
	ada := s.open()
	hers := ada.book(e, "ada@example.com", "1")

	b := s.open()
	b.signIn(k.seller)
	list := b.get("/organizer")
	require.NotContains(t, list.body, "/organizer/new")
	require.NotContains(t, list.body, "/organizer/webhooks")
	found := b.fill(list, "/organizer/find", "identifier", "ADA@example.com")
	require.Equal(t, http.StatusOK, found.status)
	bookings, err := s.service.Bookings(t.Context(), ports.BookingQuery{EventID: e.ID})
	require.NoError(t, err)
	own := "/organizer/events/" + e.ID.String()
	path := own + "/bookings/" + bookings[0].ID.String()
	require.Contains(t, found.body, path)
	b.saysProblem(b.fill(list, "/organizer/find", "identifier", " "), http.StatusBadRequest, "Validation failed")

	page := b.get(path)
	require.Contains(t, page.body, "ada@example.com")
	require.Contains(t, page.body, hers.path)
	page = b.follow(b.fill(page, path+"/confirm"))
	require.Contains(t, page.body, "Booked")
	require.Contains(t, b.get(own+"/bookings?status=BOOKED").body, path)
	require.NotContains(t, b.get(own+"/bookings?status=WAITING").body, path)

	page = b.follow(b.fill(page, path+"/transfer", "identifier", "bob@example.com"))
	require.Contains(t, page.body, "bob@example.com")
	ada.saysProblem(ada.get(hers.path), http.StatusNotFound, "There is no such booking")
	b.saysProblem(b.fill(page, path+"/transfer", "identifier", ""), http.StatusBadRequest, "This is required.")
	page = b.follow(b.fill(page, path+"/give-back"))
	require.Contains(t, page.body, "Cancelled")
	require.Contains(t, b.get(own+"/journal").body, "the-seller")

	for _, refused := range []string{"/organizer/new", own + "/settings", "/organizer/webhooks"} {
		b.saysProblem(b.get(refused), http.StatusForbidden, "Forbidden")
	}
	for _, refused := range []string{"/organizer/new", own + "/settings", own + "/publish", own + "/cancel", "/organizer/webhooks/new"} {
		b.saysProblem(b.post(refused, url.Values{"form": {strings.Repeat("x", 26)}}), http.StatusForbidden, "Forbidden")
	}
	require.NotContains(t, s.log.String(), "example.com")
}

func TestEveryPageOfAnOrganizerAsksForTheCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{Keys: newKeyring(t).keys})
	e := s.create(domain.Settings{TotalTickets: 2, SelfService: true, MaxTicketsPerUser: domain.AtMost(2)})
	b := s.open()
	b.book(e, "ada@example.com", "1")
	before := s.version(e)
	checked := 0
	for _, r := range s.base.Routes() {
		if !strings.HasPrefix(r.Path, "/organizer") || strings.HasSuffix(r.Path, "/sign-in") || strings.HasSuffix(r.Path, "/sign-out") {
			continue
		}
		checked++
		path := strings.NewReplacer(":eventId", e.ID.String(), ":bookingId", e.ID.String()).Replace(r.Path)
		answer := b.get(path)
		if r.Method == http.MethodPost {
			answer = b.post(path, url.Values{"form": {strings.Repeat("x", 26)}, "identifier": {"ada@example.com"}})
		}
		b.saysProblem(answer, http.StatusUnauthorized, "API key")
		require.NotContains(t, answer.body, "ada@example.com")
	}
	require.Equal(t, 26, checked)
	require.Equal(t, before, s.version(e))
}

func (s *site) version(e domain.Event) int64 {
	s.Helper()
	now, err := s.service.Event(s.Context(), e.ID)
	require.NoError(s, err)
	return now.Version
}

func TestOrganizersAreWarnedOfFreeTicketsThatNobodyGets(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1, PromotionEndAt: time.Now().UTC().Add(-time.Hour).Truncate(time.Second)})
	ada, bob := s.open(), s.open()
	hers := ada.book(e, "ada@example.com", "1")
	his := bob.book(e, "bob@example.com", "1")
	own := "/organizer/events/" + e.ID.String()
	require.NotContains(t, bob.get(own).body, "Promotion has ended")
	ada.follow(ada.fill(hers, hers.path+"/give-back"))
	require.Contains(t, bob.get(own).body, "Promotion has ended")
	require.Contains(t, html.UnescapeString(bob.get(his.path).body), "this line doesn't move")
}
