package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// browserVariable is "required" where a test that finds no browser has failed.
	browserVariable = "BOXOFFICE_TEST_BROWSER"
	// axeVariable names axe.min.js of npm's axe-core; without it nothing is checked
	// for accessibility.
	axeVariable = "BOXOFFICE_TEST_AXE"
	// picturesVariable names a directory that pictures of all pages go to.
	picturesVariable = "BOXOFFICE_TEST_PICTURES"
	// patience is how long anything in a browser may take on a busy machine.
	patience = 2 * time.Minute
)

// chromium is a browser that many people can have windows of.
type chromium struct{ context.Context }

// startChromium starts a browser that ends with the test.
func startChromium(t *testing.T) chromium {
	t.Helper()
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		if os.Getenv(browserVariable) == "required" {
			t.Fatal("there is no chromium; install it (apt-get install chromium)")
		}
		t.Skip("there is no chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP tickets.test 127.0.0.1"),
	)
	ctx, stop := context.WithTimeout(context.Background(), 5*patience)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
	})
	require.NoError(t, chromedp.Run(ctx))
	return chromium{ctx}
}

// tab is a page of a person with a browser of their own.
type tab struct {
	*testing.T
	context.Context
	url string
}

// watchShifts adds up how far things on a page move by themselves.
const watchShifts = `window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });`

// openTab opens a page for somebody else.
func (s *site) openTab(t *testing.T, c chromium) tab {
	t.Helper()
	browser := cdp.WithExecutor(c, chromedp.FromContext(c).Browser)
	person, err := target.CreateBrowserContext().Do(browser)
	require.NoError(t, err)
	window, err := target.CreateTarget("about:blank").WithBrowserContextID(person).WithNewWindow(true).Do(browser)
	require.NoError(t, err)
	ctx, stop := chromedp.NewContext(c, chromedp.WithTargetID(window))
	t.Cleanup(stop)
	v := tab{t, ctx, s.URL}
	v.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(watchShifts).Do(ctx)
		return err
	}))
	return v
}

func (v tab) run(actions ...chromedp.Action) {
	v.Helper()
	require.NoError(v.T, chromedp.Run(v.Context, actions...))
}

func (v tab) visit(path string) {
	v.Helper()
	v.run(chromedp.Navigate(v.url + path))
}

// await waits until an expression of JavaScript is true, also while the page goes
// to another one.
func (v tab) await(expression string) {
	v.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var found bool
		if err = chromedp.Run(v.Context, chromedp.Evaluate(expression, &found)); err == nil && found {
			return
		}
	}
	require.Failf(v.T, "it never came", "%s: %v: %s", expression, err, v.text())
}

// shows waits until the page has a text.
func (v tab) shows(text string) {
	v.Helper()
	v.await("document.getElementById('main')?.innerText.includes(" + strconv.Quote(text) + ")")
}

// counts waits until a number of the page is so many.
func (v tab) counts(name string, n int) {
	v.Helper()
	v.await(fmt.Sprintf(`document.querySelector('[data-count="%s"]')?.textContent === "%d"`, name, n))
}

func (v tab) text() (text string) {
	v.Helper()
	v.run(chromedp.Evaluate("document.body.innerText", &text))
	return text
}

// shifts says how far things moved by themselves since the page was opened.
func (v tab) shifts() (shifts float64) {
	v.Helper()
	v.run(chromedp.Evaluate("window.shifts", &shifts))
	return shifts
}

func (v tab) click(selector string) {
	v.Helper()
	v.run(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// book books by keyboard.
func (v tab) book(e domain.Event, identifier string) {
	v.Helper()
	v.visit("/e/" + e.ID.String())
	v.run(chromedp.SendKeys("#identifier", identifier+"\r", chromedp.ByQuery))
	v.await("location.pathname.startsWith('/b/') && !!document.getElementById('main')")
}

func TestTwoBuyersAndAnOrganizerInABrowser(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	for _, c := range []struct{ claimSeconds, maxStreams int }{
		{0, 0},
		{600, 1}, // one page has a stream, and the others have to ask
	} {
		s := newSite(t, httpbase.Config{MaxStreams: c.maxStreams})
		e := s.create(domain.Settings{TotalTickets: 1, ClaimSeconds: c.claimSeconds})
		ada, bob, organizer := s.openTab(t, browser), s.openTab(t, browser), s.openTab(t, browser)
		organizer.visit("/organizer/events/" + e.ID.String())
		organizer.counts("availableTickets", 1)
		require.Eventually(t, func() bool { return s.base.StreamStats().Open == 1 }, patience, 10*time.Millisecond)

		ada.book(e, "ada@example.com")
		ada.shows("1 ticket")
		organizer.counts("availableTickets", 0)
		bob.book(e, "bob@example.com")
		bob.counts("position", 1)
		bob.counts("ticketsAhead", 0)
		organizer.counts("waitingListCount", 1)
		organizer.shows("bob@example.com")

		ada.click("summary")
		ada.click("details button")
		ada.shows("This booking is over")

		if c.claimSeconds != 0 {
			bob.shows("1 ticket is held for you")
			bob.await(`/within (09|10):\d\d/.test(document.querySelector('[data-expires]').textContent)`)
			bob.await(`document.getElementById('announce').textContent.includes('held for you')`)
			organizer.counts("heldTickets", 1)
			bob.click("section button")
		}
		bob.await(`document.querySelectorAll('svg.qr').length === 1`)
		organizer.counts("waitingListCount", 0)
		organizer.shows("Nobody waits.")
		require.Less(t, organizer.shifts(), 0.01)
	}
}

func TestWhatSomebodyTypesOutlivesAnUpdate(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1})
	ada := s.openTab(t, browser)
	ada.visit("/e/" + e.ID.String())
	ada.run(chromedp.SendKeys("#identifier", "ada@example.com", chromedp.ByQuery))
	s.open().book(e, "bob@example.com", "1")
	ada.counts("availableTickets", 0)
	ada.await(`document.getElementById('identifier').value === 'ada@example.com' && document.activeElement.id === 'identifier'`)
	ada.await(`!document.querySelector('[data-when=line]').hidden && document.querySelector('[data-when=free]').hidden`)
	require.Less(t, ada.shifts(), 0.01)

	_, err := s.service.CancelEvent(t.Context(), domain.CancelEvent{EventID: e.ID})
	require.NoError(t, err)
	ada.shows("This event is cancelled")
}

func TestFormsWorkInABrowserThatTellsNobodyWhereItIs(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1, HoldSeconds: 600, ClaimSeconds: 600})
	ada := s.openTab(t, browser)
	ada.url = strings.Replace(s.URL, "127.0.0.1", "tickets.test", 1) // no secure context, so no Sec-Fetch-Site
	ada.book(e, "ada@example.com")
	ada.click("section button")
	ada.await(`document.querySelectorAll('svg.qr').length === 1`)
}

// everyPage is a site with something to see on every page, and these by name.
func everyPage(t *testing.T) (s *site, key string, paths map[string]string) {
	t.Helper()
	k := newKeyring(t)
	s = newSite(t, httpbase.Config{Keys: k.keys})
	limit := domain.AtMost(4)
	starts := time.Now().UTC().AddDate(0, 2, 0).Truncate(time.Hour)
	make := func(name string, settings domain.Settings) domain.Event {
		settings.Name, settings.SelfService, settings.MaxTicketsPerUser, settings.StartsAt = name, true, limit, starts
		return s.create(settings)
	}
	book := func(e domain.Event, identifier string, quantity int) domain.Booking {
		person, err := domain.NewPerson(identifier)
		require.NoError(t, err)
		b, err := s.service.Book(t.Context(), domain.Book{EventID: e.ID, Person: person, Quantity: quantity, Reference: "Order 4711"})
		require.NoError(t, err)
		return b
	}
	link := func(b domain.Booking) string {
		link, err := s.links.Of(t.Context(), &b)
		require.NoError(t, err)
		return "/b/" + link
	}
	free := make("Summer concert", domain.Settings{
		TotalTickets: 300, Venue: "Town hall, Market Square 1", HoldSeconds: 600, ClaimSeconds: 3600,
		Description: "Two hours of music in the open air.\n\nDoors open at seven. Bring a blanket.",
	})
	full := make("مهرجان الموسيقى العربية الكبير في ساحة المدينة القديمة", domain.Settings{TotalTickets: 3, Venue: "قاعة المدينة", ClaimSeconds: 3600})
	long := make("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft: the annual meeting", domain.Settings{TotalTickets: 5})
	over := make("Winter concert", domain.Settings{TotalTickets: 5})
	soon := make("Spring concert", domain.Settings{TotalTickets: 5, SalesStartAt: starts.AddDate(0, -1, 0)})

	held := book(free, "ada@example.com", 2)
	book(full, "ada@example.com", 3)
	waiting := book(full, "somebody.with.a.very.long.name.indeed@a-long-domain-of-a-university.example.com", 2)
	book(full, "سارة@example.com", 1)
	booked := book(long, "ada@example.com", 2)
	gone := book(over, "ada@example.com", 1)
	_, err := s.service.GiveBack(t.Context(), domain.GiveBack{EventID: over.ID, BookingID: gone.ID})
	require.NoError(t, err)
	_, err = s.service.CancelEvent(t.Context(), domain.CancelEvent{EventID: over.ID})
	require.NoError(t, err)

	own := func(e domain.Event) string { return "/organizer/events/" + e.ID.String() }
	return s, k.organizer, map[string]string{
		"home": "/", "event": "/e/" + free.ID.String(), "event-full": "/e/" + full.ID.String(), "event-long": "/e/" + long.ID.String(),
		"event-over": "/e/" + over.ID.String(), "event-soon": "/e/" + soon.ID.String(),
		"booking-held": link(held), "booking-waiting": link(waiting), "booking-booked": link(booked), "booking-over": link(gone),
		"problem": "/b/x", "sign-in": "/organizer",
		"organizer": "/organizer", "organizer-new": "/organizer/new", "organizer-event": own(full), "organizer-settings": own(full) + "/settings",
		"organizer-bookings": own(full) + "/bookings", "organizer-journal": own(full) + "/journal",
		"organizer-booking": own(full) + "/bookings/" + waiting.ID.String(), "organizer-booked": own(long) + "/bookings/" + booked.ID.String(),
		"organizer-held": own(free) + "/bookings/" + held.ID.String(),
	}
}

func TestEveryPageLooksRightAndIsAccessible(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	axe := readAxe(t)
	s, key, paths := everyPage(t)
	anybody, organizer := s.openTab(t, browser), s.openTab(t, browser)
	organizer.visit("/organizer")
	organizer.run(chromedp.SendKeys("#key", key+"\r", chromedp.ByQuery))
	organizer.shows("Find a person")
	for name, path := range paths {
		v := anybody
		if strings.HasPrefix(name, "organizer") {
			v = organizer
		}
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280} {
				rules := "" // each width and each scheme is checked once
				if (scheme == "dark") == (width > 600) {
					rules = axe
				}
				v.look(name, path, scheme, width, rules)
			}
		}
	}
	organizer.lookAtForms(axe)
}

// lookAtForms looks at what only comes of a form.
func (v tab) lookAtForms(axe string) {
	v.Helper()
	v.visit("/organizer")
	v.run(chromedp.SendKeys("#identifier", "ada@example.com\r", chromedp.ByQuery))
	v.shows("Number 1")
	v.check("organizer-found", "dark", 1280, axe)
	v.visit("/organizer/new")
	v.run(
		chromedp.Evaluate("document.querySelector('form[data-zoned]').noValidate = true", nil),
		chromedp.SendKeys("#name", "\r", chromedp.ByQuery),
	)
	v.shows("Validation failed")
	v.check("organizer-refused", "dark", 1280, axe)
}

// look opens a page in a width and a scheme of colours, and checks it.
func (v tab) look(name, path, scheme string, width int64, axe string) {
	v.Helper()
	v.run(
		emulation.SetDeviceMetricsOverride(width, 800, 1, width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
	)
	v.visit(path)
	v.check(name, scheme, width, axe)
	require.Less(v.T, v.shifts(), 0.01, "%s at %d px moves by itself", name, width)
}

// check checks the page that is open: nothing is wider than the window, and
// nobody is kept out.
func (v tab) check(name, scheme string, width int64, axe string) {
	v.Helper()
	var wide []string
	v.run(chromedp.Evaluate(fmt.Sprintf(`[...document.querySelectorAll('body *')].filter((e) =>
		!e.closest('.scroll > *') && e.getBoundingClientRect().right > %d).map((e) => e.outerHTML.slice(0, 120))`, width), &wide))
	require.Empty(v.T, wide, "%s is wider than %d px", name, width)
	if folder := os.Getenv(picturesVariable); folder != "" {
		var picture []byte
		v.run(chromedp.FullScreenshot(&picture, 100))
		require.NoError(v.T, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600))
	}
	if axe == "" {
		return
	}
	var found string
	v.run(
		chromedp.Evaluate(axe, nil),
		chromedp.Evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) =>
			JSON.stringify({ passes: r.passes.length, violations: r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html + ' ' + n.failureSummary)]) }))`,
			&found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
	)
	var result struct {
		Passes     int
		Violations []any
	}
	require.NoError(v.T, json.Unmarshal([]byte(found), &result))
	require.Empty(v.T, result.Violations, "%s, %s, %d px", name, scheme, width)
	require.Greater(v.T, result.Passes, 5)
}

// readAxe reads axe-core; it is empty where there is none.
func readAxe(t *testing.T) string {
	t.Helper()
	file := os.Getenv(axeVariable)
	if file == "" {
		return ""
	}
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(source)
}
