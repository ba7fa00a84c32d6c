package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestBuyersBookWaitAndArePromotedWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 2, Venue: "Old Hall", Description: "Bring a friend."})
	ada, bob := s.open(), s.open()

	page := ada.get("/e/" + e.ID.String())
	require.Contains(t, page.body, "Old Hall")
	require.Contains(t, page.body, "Bring a friend.")

	hers := ada.book(e, "ada@example.com", "2")
	require.Contains(t, hers.body, "2 tickets</h2>")
	require.Equal(t, 2, strings.Count(hers.body, `<svg class="qr"`))
	require.NotContains(t, hers.body, "ada@example.com", "a page shows nothing of a person")

	his := bob.book(e, "bob@example.com", "1")
	require.Contains(t, his.body, `data-count="position">1<`)
	require.Contains(t, his.body, `data-count="ticketsAhead">0<`)

	gone := ada.follow(ada.fill(hers, hers.path+"/give-back"))
	require.Contains(t, gone.body, "This booking is over")
	require.Contains(t, bob.get(his.path).body, "1 ticket</h2>", "a reload shows it")
}

func TestAHoldIsConfirmedOrExpires(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 2, HoldSeconds: 60, ClaimSeconds: 60})
	ada := s.open()
	held := ada.book(e, "ada@example.com", "1")
	require.Contains(t, held.body, "1 ticket is held for you")
	require.Regexp(t, `data-expires="20[^"]+Z"`, held.body)
	require.NotContains(t, held.body, `<svg class="qr"`, "what isn't confirmed admits nobody")
	booked := ada.follow(ada.fill(held, held.path+"/confirm"))
	require.Contains(t, booked.body, `<svg class="qr"`)
	again := ada.follow(ada.fill(held, held.path+"/confirm"))
	require.Equal(t, booked.path, again.path)

	records, err := s.service.Journal(t.Context(), ports.JournalQuery{EventID: e.ID})
	require.NoError(t, err)
	last := records[len(records)-1]
	require.Equal(t, domain.BookingConfirmed, last.Kind)
	require.Equal(t, domain.ByLink, last.By)
}

func TestWhoWaitsLeavesAndWhoHasTicketsDoesNotByMistake(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1})
	ada, bob, eve := s.open(), s.open(), s.open()
	hers := ada.book(e, "ada@example.com", "1")
	his := bob.book(e, "bob@example.com", "1")
	last := eve.book(e, "eve@example.com", "1")

	left := eve.follow(eve.fill(last, last.path+"/leave"))
	require.Contains(t, left.body, "This booking is over")

	ada.follow(ada.fill(hers, hers.path+"/give-back"))
	r := bob.fill(his, his.path+"/leave") // on a page from before
	bob.saysProblem(r, http.StatusConflict, "This booking doesn't wait any more")
	require.Contains(t, r.body, `<svg class="qr"`, "they see what they have")
}

func TestADoubleClickBooksOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 10})
	ada := s.open()
	path := "/e/" + e.ID.String()
	form := ada.form(ada.get(path), path)
	form.Set("identifier", "ada@example.com")
	first, second := ada.post(path, form), ada.post(path, form)
	require.Equal(t, http.StatusSeeOther, first.status)
	require.Equal(t, first.header.Get("Location"), second.header.Get("Location"))
	now, err := s.service.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, 9, now.AvailableTickets)

	form.Set("quantity", "2")
	other := ada.post(path, form)
	ada.saysProblem(other, http.StatusUnprocessableEntity, "This form was sent already")
	require.NotEqual(t, form.Get("form"), ada.form(other, path).Get("form"), "what is sent now is another form")

	form.Del("form")
	ada.saysProblem(ada.post(path, form), http.StatusBadRequest, "The form can't be read")
}

func TestARushOnOnePageSellsEachTicketOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{Keys: newKeyring(t).keys})
	const people, tickets = 300, 200
	e := s.create(domain.Settings{TotalTickets: tickets, SelfService: true, MaxTicketsPerUser: domain.AtMost(1)})
	path := "/e/" + e.ID.String()
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			b := s.open()
			page := b.fill(b.get(path), path, "identifier", fmt.Sprintf("person-%d@example.com", i))
			if page.status != http.StatusSeeOther || b.get(page.header.Get("Location")).status != http.StatusOK {
				t.Errorf("%d: %s", page.status, page.body)
			}
		})
	}
	all.Wait()
	now, err := s.service.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Zero(t, now.AvailableTickets)
	require.Equal(t, people-tickets, now.Line.Waiting)
}

func TestThePageOfAnEventIsAsItIsNowAndItsFormIsOnesOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 2, SalesEndAt: time.Now().UTC().AddDate(1, 0, 0).Truncate(time.Second)})
	b := s.open()
	path := "/e/" + e.ID.String()
	clock := regexp.MustCompile(`data-now="([^"]+)"`)
	before := time.Now().Add(-time.Second)
	first, second := b.get(path), b.get(path)
	require.NotEqual(t, b.form(first, path).Get("form"), b.form(second, path).Get("form"))
	shown, err := time.Parse(time.RFC3339, clock.FindStringSubmatch(second.body)[1])
	require.NoError(t, err)
	require.WithinRange(t, shown, before, time.Now())
	b.book(e, "ada@example.com", "2")
	require.Contains(t, b.get(path).body, `data-count="availableTickets">0<`)
	require.True(t, strings.HasSuffix(strings.TrimSpace(second.body), "</html>"))
}

func TestARefusedFormIsShownAgainWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 3, MaxTicketsPerUser: domain.AtMost(2)})
	ada := s.open()
	path := "/e/" + e.ID.String()
	page := ada.get(path)
	r := ada.fill(page, path, "identifier", " ", "quantity", "many")
	ada.saysProblem(r, http.StatusBadRequest, "This is required.")
	require.Contains(t, r.body, "This must be a whole number.")
	require.Contains(t, r.body, `value="many"`)
	require.Equal(t, 2, strings.Count(r.body, `aria-invalid="true"`))

	r = ada.fill(page, path, "identifier", `"><script>alert(1)</script>`, "quantity", "3")
	ada.saysProblem(r, http.StatusConflict, "User limit reached.")
	require.NotContains(t, r.body, "<script>alert")
}

func TestLinksThatOpenNothingAreAllTheSame(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 3})
	ada := s.open()
	hers := ada.book(e, "ada@example.com", "1")
	link := strings.TrimPrefix(hers.path, "/b/")
	require.Equal(t, "no-referrer", hers.header.Get("Referrer-Policy"))
	require.Equal(t, "no-store", hers.header.Get("Cache-Control"))

	bookings, err := s.service.Bookings(t.Context(), ports.BookingQuery{EventID: e.ID})
	require.NoError(t, err)
	bob, err := domain.NewPerson("bob@example.com")
	require.NoError(t, err)
	moved, err := s.service.Transfer(t.Context(), domain.Transfer{EventID: e.ID, BookingID: bookings[0].ID, Person: bob})
	require.NoError(t, err)
	fresh, err := s.links.Of(t.Context(), &moved)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, ada.get("/b/"+fresh).status)

	strange := moved
	strange.EventID.UUID = uuid.New()
	unknown, err := s.links.Of(t.Context(), &strange)
	require.NoError(t, err)

	ids := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	var pages []string
	for _, path := range []string{
		"/b/" + link, "/b/" + fresh[:len(fresh)-1], "/b/" + fresh + "A", "/b/x", "/b/" + unknown,
		"/b/" + flipped(fresh),
	} {
		r := ada.get(path)
		ada.saysProblem(r, http.StatusNotFound, "There is no such booking")
		require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
		pages = append(pages, ids.ReplaceAllString(r.body, ""))
	}
	for _, page := range pages {
		require.Equal(t, pages[0], page)
	}
	for _, action := range []string{"/confirm", "/give-back", "/leave"} {
		ada.saysProblem(ada.post("/b/"+link+action, url.Values{"form": {strings.Repeat("x", 26)}}), http.StatusNotFound, "There is no such booking")
	}
	now, err := s.service.Booking(t.Context(), e.ID, moved.ID)
	require.NoError(t, err)
	require.Equal(t, domain.BookingBooked, now.Status)

	require.NotContains(t, s.log.String(), link)
	require.NotContains(t, s.log.String(), fresh)
	for _, path := range []string{"/more/of/it", "/confirm"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/b/"+fresh+path, nil)
		require.NoError(t, err)
		request.Header.Set("Accept", "text/html")
		require.Equal(t, "no-referrer", ada.do(request).header.Get("Referrer-Policy"), path)
	}
	require.NotContains(t, s.log.String(), fresh)
	require.Contains(t, s.log.String(), `"route":"/b/:link"`)
}

// flipped is a link with another letter in its middle.
func flipped(link string) string {
	middle := len(link) / 2
	letter := "A"
	if link[middle] == 'A' {
		letter = "B"
	}
	return link[:middle] + letter + link[middle+1:]
}

func TestWithKeysOnlySelfServiceIsBooked(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{Keys: newKeyring(t).keys})
	open := s.create(domain.Settings{Name: "Open", TotalTickets: 3, SelfService: true, MaxTicketsPerUser: domain.AtMost(2)})
	shop := s.create(domain.Settings{Name: "Shop", TotalTickets: 3})
	draft, err := s.service.CreateEvent(t.Context(), domain.CreateEvent{
		Settings: domain.Settings{Name: "Draft", TotalTickets: 3, SelfService: true, MaxTicketsPerUser: domain.AtMost(2)}, Status: domain.EventDraft,
	})
	require.NoError(t, err)
	ada := s.open()
	home := ada.get("/")
	require.Contains(t, home.body, "Open")
	require.NotContains(t, home.body, "Shop")
	require.NotContains(t, home.body, "Draft")

	path := "/e/" + shop.ID.String()
	page := ada.get(path)
	require.NotContains(t, page.body, "<form")
	form := url.Values{"identifier": {"ada@example.com"}, "quantity": {"1"}, "form": {strings.Repeat("x", 26)}}
	ada.saysProblem(ada.post(path, form), http.StatusUnauthorized, "Ask its organiser")
	ada.saysProblem(ada.get("/e/"+draft.ID.String()), http.StatusNotFound, "There is no such event")
	ada.saysProblem(ada.post("/e/"+draft.ID.String(), form), http.StatusNotFound, "There is no such event")
	ada.saysProblem(ada.get("/e/nonsense"), http.StatusNotFound, "There is no such event")
	require.Contains(t, ada.book(open, "ada@example.com", "1").body, `<svg class="qr"`)
}

func TestAnEmptyStoreOffersToCreateTheFirstEvent(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	b := s.open()
	require.Contains(t, b.get("/").body, "Create your first event")
	made := b.follow(b.fill(b.get("/organizer/new"), "/organizer/new", "name", "Concert", "totalTickets", "2"))
	require.Contains(t, made.body, "Concert")
	home := b.get("/").body
	require.Contains(t, home, "2 tickets free")
	require.NotContains(t, home, "Create your first event")

	asking := newSite(t, httpbase.Config{Keys: newKeyring(t).keys}).open()
	require.NotContains(t, asking.get("/").body, "Create your first event")
}

func TestOnlyFormsCountAgainstTheRateLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 1, Interval: time.Hour}})
	e := s.create(domain.Settings{TotalTickets: 9})
	b := s.open()
	path := "/e/" + e.ID.String()
	page := b.get(path)
	form := b.form(page, path)
	form.Set("identifier", "ada@example.com")
	booked := b.follow(b.post(path, form))
	stylesheet := regexp.MustCompile(`/assets/page\.[0-9a-f]+\.css`).FindString(page.body)
	for range 3 {
		for _, seen := range []string{"/", path, booked.path, "/organizer", stylesheet} {
			require.Equal(t, http.StatusOK, b.get(seen).status, seen)
		}
	}
	refused := b.post(path, form)
	b.saysProblem(refused, http.StatusTooManyRequests, "Rate limited")
	require.NotEmpty(t, refused.header.Get("Retry-After"))
}

func TestPagesLoadNothingButTheirOwnFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 9})
	b := s.open()
	booked := b.book(e, "ada@example.com", "1")
	file := regexp.MustCompile(`/assets/[^"]+`)
	total := 0
	for _, path := range []string{"/", "/e/" + e.ID.String(), booked.path, "/organizer", "/organizer/new"} {
		r := b.get(path)
		require.Contains(t, r.header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, r.header.Get("Content-Security-Policy"), "unsafe")
		require.NotRegexp(t, `<style|<script(>| [^>]*[^"]>)|\sstyle=|\son[a-z]+=|https?://`, r.body, path)
		if path == "/" {
			total = len(r.body)
			files := file.FindAllString(r.body, -1)
			require.Len(t, files, 3)
			for _, f := range files {
				a := b.get(f)
				require.Equal(t, http.StatusOK, a.status)
				require.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"))
				total += len(a.body)
			}
		}
	}
	require.Less(t, total, 60_000)
	require.Equal(t, http.StatusNotFound, b.get("/assets/page.css").status)
}

func TestPagesOfOtherSitesBookNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 9})
	b := s.open()
	path := "/e/" + e.ID.String()
	form := b.form(b.get(path), path)
	form.Set("identifier", "ada@example.com")
	b.saysProblem(b.post(path, form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), http.StatusForbidden, "Forbidden")
	b.saysProblem(b.post(path, form, "Origin", "null"), http.StatusForbidden, "Forbidden")

	booked := b.book(e, "ada@example.com", "1")
	giveBack := b.form(booked, booked.path+"/give-back")
	b.saysProblem(b.post(booked.path+"/give-back", giveBack, "Sec-Fetch-Site", "cross-site", "Origin", "null"), http.StatusForbidden, "Forbidden")
	r := b.post(booked.path+"/give-back", giveBack, "Origin", "null") // as a browser does over plain HTTP
	require.Equal(t, http.StatusSeeOther, r.status)
}

func TestFormsAreRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 9})
	b := s.open()
	path := "/e/" + e.ID.String()
	b.saysProblem(b.post(path, nil, "Content-Type", "application/json"), http.StatusUnsupportedMediaType, "Unsupported media type")
	b.saysProblem(b.post(path, url.Values{"identifier": {strings.Repeat("x", 70_000)}}), http.StatusRequestEntityTooLarge, "Body too large")
}

func TestThePageOfAnEventSaysWhatCanBeDone(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	b := s.open()
	now := time.Now().UTC().Truncate(time.Second)
	for want, settings := range map[string]domain.Settings{
		"The sale starts on":  {TotalTickets: 1, SalesStartAt: now.Add(time.Hour)},
		"The sale has ended.": {TotalTickets: 1, SalesEndAt: now.Add(-time.Hour)},
	} {
		r := b.get("/e/" + s.create(settings).ID.String())
		require.Contains(t, r.body, want)
		require.NotContains(t, r.body, "<form")
	}
	cancelled := s.create(domain.Settings{TotalTickets: 1})
	booked := b.book(cancelled, "ada@example.com", "1")
	_, err := s.service.CancelEvent(t.Context(), domain.CancelEvent{EventID: cancelled.ID})
	require.NoError(t, err)
	for _, path := range []string{"/e/" + cancelled.ID.String(), booked.path} {
		r := b.get(path)
		require.Contains(t, r.body, "This event is cancelled")
		require.NotContains(t, r.body, "data-stream")
	}
}
