package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

var (
	secretOf  = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)
	webhookOf = regexp.MustCompile(`/organizer/webhooks/[0-9a-f-]{36}`)
)

// secret returns the secret that a page shows; empty if it shows none.
func (r shown) secret() string { return secretOf.FindString(html.UnescapeString(r.body)) }

func TestAnOrganizerMakesAWebhookWhoseSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	s := newSite(t, httpbase.Config{Keys: k.keys})
	e := s.create(domain.Settings{Name: "Winter concert", TotalTickets: 1})
	b := s.open()
	b.signIn(k.organizer)
	require.Contains(t, b.get("/organizer").body, `href="/organizer/webhooks"`)
	require.Contains(t, b.get("/organizer/webhooks").body, "There are no webhooks yet.")

	const path = "/organizer/webhooks/new"
	page := b.get(path)
	form := b.form(page, path)
	form.Set("url", "http://shop.example.com")
	form.Set("eventId", e.ID.String())
	form["types"] = []string{"booking.promoted", "booking.expired"}
	refused := b.post(path, form)
	b.saysProblem(refused, http.StatusBadRequest, "This must begin with https://.")
	require.Contains(t, refused.body, `value="`+e.ID.String()+`" dir="auto" selected`)
	require.Equal(t, form["types"], b.form(refused, path)["types"], "what was chosen stays")

	form.Set("url", "https://shop.example.com/hooks")
	made := b.post(path, form)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	require.NotEmpty(t, made.secret())
	require.Equal(t, "no-store", made.header.Get("Cache-Control"))
	require.NotContains(t, made.body, "data-poll", "what is shown once stays on the page")
	own := webhookOf.FindString(made.body)
	for _, text := range []string{"Winter concert", "2 kinds of entries", "Promoted", "Hold expired", "Active"} {
		require.Contains(t, made.body, text)
	}

	again := b.post(path, form) // a double click
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, own, webhookOf.FindString(again.body))
	require.Contains(t, again.body, "This form was sent already")
	list := b.get("/organizer/webhooks")
	require.Equal(t, 1, strings.Count(list.body, `href="`+own))
	for _, r := range []shown{again, list, b.get(own), b.get(own + "/settings")} {
		require.Empty(t, r.secret(), r.path)
	}
	require.NotContains(t, s.log.String(), made.secret())
}

// newWebhook makes a webhook and returns the path of its page.
func (b *browser) newWebhook(url string) string {
	b.Helper()
	made := b.fill(b.get("/organizer/webhooks/new"), "/organizer/webhooks/new", "url", url)
	require.Equal(b, http.StatusCreated, made.status, made.body)
	return webhookOf.FindString(made.body)
}

func TestAnOrganizerChangesAndDeletesAWebhook(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	b := s.open()
	own := b.newWebhook("https://shop.example.com")
	page := b.get(own)
	require.Contains(t, page.body, "All events")
	require.Contains(t, page.body, "Everything")

	paused := b.follow(b.fill(page, own+"/pause"))
	require.Contains(t, paused.body, "Paused")
	require.Contains(t, b.follow(b.fill(paused, own+"/resume")).body, "Active")

	settings := b.get(own + "/settings")
	form := b.form(settings, own+"/settings")
	form.Set("url", "https://till.example.com")
	form.Set("links", "on")
	form["types"] = []string{"booking.booked"}
	changed := b.follow(b.post(own+"/settings", form))
	for _, text := range []string{"https://till.example.com", "1 kind of entry", "In its messages"} {
		require.Contains(t, changed.body, text)
	}
	require.Equal(t, []string{"booking.booked"}, b.form(b.get(own+"/settings"), own+"/settings")["types"])
	b.saysProblem(b.post(own+"/settings", form), http.StatusPreconditionFailed, "Somebody has changed this")

	gone := b.follow(b.fill(changed, own+"/delete"))
	require.Contains(t, gone.body, "There are no webhooks yet.")
	require.Equal(t, http.StatusSeeOther, b.fill(changed, own+"/delete").status, "a double click")
	b.saysProblem(b.get(own), http.StatusNotFound, "There is no such webhook")
	b.saysProblem(b.fill(changed, own+"/pause"), http.StatusNotFound, "There is no such webhook")
	b.saysProblem(b.get("/organizer/webhooks/nonsense"), http.StatusNotFound, "There is no such webhook")
}

func TestASecondClickMakesNoSecondSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	b := s.open()
	own := b.newWebhook("https://shop.example.com")
	page := b.get(own)
	rotated := b.fill(page, own+"/rotate")
	require.Equal(t, http.StatusOK, rotated.status)
	require.NotEmpty(t, rotated.secret())
	require.Contains(t, rotated.body, "Signs too until")
	second := b.fill(page, own+"/rotate")
	b.saysProblem(second, http.StatusPreconditionFailed, "Somebody has changed this")
	require.Empty(t, second.secret())
	require.NotEqual(t, rotated.secret(), b.fill(b.get(own), own+"/rotate").secret())
}

func TestATestMessageLeadsToWhatCameOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, httpbase.Config{})
	b := s.open()
	up, down := b.newWebhook("https://shop.example.com"), b.newWebhook("https://down.example.com")
	page := b.get(up)
	require.Contains(t, page.body, "Nothing was sent yet.")
	sent := b.fill(page, up+"/test")
	require.Equal(t, up+"#deliveries", sent.header.Get("Location"))
	require.Contains(t, b.get(up).body, ">204</span>")
	b.fill(b.get(down), down+"/test")
	require.Contains(t, b.get(down).body, ">None</span> no such host")

	const onPage = 50
	for range onPage {
		b.fill(page, up+"/test")
	}
	first := b.get(up)
	require.Equal(t, onPage, strings.Count(first.body, ">Test</td>"))
	older := regexp.MustCompile(regexp.QuoteMeta(up) + `\?after=[^"]+`).FindString(first.body)
	last := b.get(older)
	require.Equal(t, 1, strings.Count(last.body, ">Test</td>"))
	require.NotContains(t, last.body, "data-poll", "it shows what was, and not the first page")
	b.saysProblem(b.get(up+"?after=nonsense"), http.StatusBadRequest, "Validation failed")
}
