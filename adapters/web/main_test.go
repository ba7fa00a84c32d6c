package web_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/apikey"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/adapters/web"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) {
	code := m.Run()
	endChromium()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// site is the pages behind a real listener, beside the API.
type site struct {
	testing.TB
	*httptest.Server
	base     *httpbase.Server
	service  *app.Service
	links    *httpbase.Links
	webhooks *app.Webhooks
	log      *logBuffer
}

func newSite(tb testing.TB, config httpbase.Config) *site {
	tb.Helper()
	store := memory.New()
	s := &site{TB: tb, log: new(logBuffer), service: app.New(store, app.Options{}), webhooks: app.NewWebhooks(store, sender{store})}
	s.links = httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return s.service.Secret(ctx, "links") })
	config.Logger = zerolog.New(s.log)
	var err error
	s.base, err = httpbase.New(config)
	require.NoError(tb, err)
	rest.Mount(s.base, s.service, s.links)
	web.Mount(s.base, s.service, s.links, s.webhooks)
	s.Server = httptest.NewServer(s.base)
	tb.Cleanup(func() {
		s.base.Drain() // what still streams ends
		s.Close()
		require.NoError(tb, s.base.Close())
		s.service.Close()
	})
	return s
}

// sender tells webhooks that a test message was taken, but for those that are down.
type sender struct{ ports.Clock }

func (sender) CheckURL(url string) error {
	if !strings.HasPrefix(url, "https://") {
		return domain.InvalidField("url", "must begin with https://")
	}
	return nil
}

func (s sender) Test(_ context.Context, w domain.Webhook) (ports.Delivery, error) {
	d := ports.Delivery{
		ID: ports.RandomIDs{}.NewID(), WebhookID: w.ID, MessageID: "test", Attempt: 1, StartedAt: s.Now(),
		Duration: 42 * time.Millisecond, Status: http.StatusNoContent,
	}
	if strings.Contains(w.URL, "down") {
		d.Status, d.Failure = 0, "no such host"
	}
	return d, nil
}

func (sender) Wake() {}

// keyring is the keys of a server that asks for them.
type keyring struct {
	keys                       *apikey.Keys
	organizer, seller, viewer  string
	organizerLine, sellersLine string
}

func newKeyring(tb testing.TB) keyring {
	tb.Helper()
	lines, texts := make(map[apikey.Role]string), make(map[apikey.Role]string)
	for _, role := range []apikey.Role{apikey.Organizer, apikey.Seller, apikey.Viewer} {
		text, key, err := apikey.New("the-"+string(role), role)
		require.NoError(tb, err)
		texts[role], lines[role] = text, key.Line()+"\n"
	}
	keys, err := apikey.Parse(lines[apikey.Organizer] + lines[apikey.Seller] + lines[apikey.Viewer])
	require.NoError(tb, err)
	return keyring{
		keys, texts[apikey.Organizer], texts[apikey.Seller], texts[apikey.Viewer],
		lines[apikey.Organizer], lines[apikey.Seller],
	}
}

type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// create makes a published event.
func (s *site) create(settings domain.Settings) domain.Event {
	s.Helper()
	if settings.Name == "" {
		settings.Name = "Concert 2025"
	}
	e, err := s.service.CreateEvent(s.Context(), domain.CreateEvent{Settings: settings})
	require.NoError(s, err)
	return e
}

// Context ends with the test.
func (s *site) Context() context.Context { return s.TB.Context() }

// browser is one without scripts.
type browser struct {
	*site
	client *http.Client
}

// open opens a browser that nobody has used before.
func (s *site) open() *browser {
	s.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(s, err)
	return &browser{s, &http.Client{
		Transport: s.Client().Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// shown is what a browser gets.
type shown struct {
	status int
	header http.Header
	body   string
	path   string // that it was got from
}

func (b *browser) get(path string) shown {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.URL+path, nil)
	require.NoError(b, err)
	return b.do(request)
}

// post sends a form and doesn't follow where that leads; header is names and
// values in turn.
func (b *browser) post(path string, form url.Values, header ...string) shown {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.URL+path, bytes.NewBufferString(form.Encode()))
	require.NoError(b, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return b.do(request)
}

func (b *browser) do(request *http.Request) shown {
	b.Helper()
	answer, err := b.client.Do(request)
	require.NoError(b, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
	return shown{answer.StatusCode, answer.Header, string(body), request.URL.Path}
}

// follow goes where an answer leads.
func (b *browser) follow(r shown) shown {
	b.Helper()
	require.Equal(b, http.StatusSeeOther, r.status, r.body)
	return b.get(r.header.Get("Location"))
}

var (
	formsOf  = regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>`)
	inputsOf = regexp.MustCompile(`<(?:input|textarea)[^>]* name="([^"]*)"[^>]*>`)
	valueOf  = regexp.MustCompile(` value="([^"]*)"`)
)

// form returns what the form with an action has in it.
func (b *browser) form(r shown, action string) url.Values {
	b.Helper()
	for _, form := range formsOf.FindAllStringSubmatch(r.body, -1) {
		if form[1] != action {
			continue
		}
		values := make(url.Values)
		for _, input := range inputsOf.FindAllStringSubmatch(form[2], -1) {
			value := ""
			if given := valueOf.FindStringSubmatch(input[0]); given != nil {
				value = html.UnescapeString(given[1])
			}
			if !strings.Contains(input[0], "checkbox") || strings.Contains(input[0], " checked") {
				values.Add(input[1], value)
			}
		}
		return values
	}
	require.Failf(b, "no such form", "%s in %s", action, r.body)
	return nil
}

// fill sends the form of a page with some values changed; these are names and
// values in turn.
func (b *browser) fill(r shown, action string, values ...string) shown {
	b.Helper()
	form := b.form(r, action)
	for i := 0; i < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return b.post(action, form)
}

// book books on an event's page and returns the page that it leads to.
func (b *browser) book(e domain.Event, identifier, quantity string) shown {
	b.Helper()
	path := "/e/" + e.ID.String()
	return b.follow(b.fill(b.get(path), path, "identifier", identifier, "quantity", quantity))
}

// signIn signs in with an API key.
func (b *browser) signIn(key string) {
	b.Helper()
	r := b.follow(b.fill(b.get("/organizer"), "/organizer/sign-in", "key", key))
	require.Equal(b, http.StatusOK, r.status, r.body)
}

// saysProblem checks that an answer is a page with a problem.
func (b *browser) saysProblem(r shown, status int, text string) {
	b.Helper()
	require.Equal(b, status, r.status, r.body)
	require.Equal(b, "text/html; charset=UTF-8", r.header.Get("Content-Type"))
	require.Contains(b, html.UnescapeString(r.body), text)
}
