package web_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// browserVariable is "required" where a test that finds no browser has failed.
	browserVariable = "BOXOFFICE_TEST_BROWSER"
	// patience is how long anything in a browser may take on a busy machine.
	patience = 2 * time.Minute
)

// chromium is a browser that many people can have windows of.
type chromium struct{ context.Context }

// sharedChromium starts the one browser of all tests; they take windows of it that
// share nothing. [TestMain] ends it with endChromium.
var (
	sharedChromium = sync.OnceValues(launchChromium)
	endChromium    = func() {}
)

func launchChromium() (chromium, error) {
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		return chromium{}, errors.New("there is no chromium; install it (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP tickets.test 127.0.0.1"),
	)
	ctx, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx, chromedp.WithBrowserOption(chromedp.WithDialTimeout(patience)))
	endChromium = func() {
		_ = chromedp.Cancel(ctx) // all that was asked of it is over
		endAllocator()
	}
	return chromium{ctx}, chromedp.Run(ctx)
}

// startChromium returns a browser, with patience for one test.
func startChromium(t *testing.T) chromium {
	t.Helper()
	browser, err := sharedChromium()
	if err != nil && os.Getenv(browserVariable) != "required" {
		t.Skip(err)
	}
	require.NoError(t, err)
	ctx, stop := context.WithTimeout(browser, 5*patience)
	t.Cleanup(stop)
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

// onPhone is a window as narrow as the pages are made for.
var onPhone = emulation.SetDeviceMetricsOverride(360, 800, 1, true)

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
		ada, bob, carol, organizer := s.openTab(t, browser), s.openTab(t, browser), s.openTab(t, browser), s.openTab(t, browser)
		carol.run(onPhone)
		organizer.visit("/organizer/events/" + e.ID.String())
		organizer.counts("availableTickets", 1)
		require.Eventually(t, func() bool { return s.base.StreamStats().Open == 1 }, patience, 10*time.Millisecond)

		ada.book(e, "ada@example.com")
		ada.shows("1 ticket")
		organizer.counts("availableTickets", 0)
		bob.book(e, "bob@example.com")
		bob.counts("position", 1)
		bob.counts("ticketsAhead", 0)
		carol.visit(s.open().book(e, "carol@example.com", "1").path)
		carol.counts("position", 2)
		organizer.counts("waitingListCount", 2)
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
		carol.counts("position", 1)
		require.Less(t, carol.shifts(), 0.01)
		organizer.counts("waitingListCount", 1)
		organizer.shows("carol@example.com")
		require.Less(t, organizer.shifts(), 0.01)
	}
}

func TestWhatSomebodyTypesOutlivesAnUpdate(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1})
	ada := s.openTab(t, browser)
	ada.run(onPhone)
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

func TestACountdownThatIsOverAsksTheServer(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	s := newSite(t, httpbase.Config{})
	e := s.create(domain.Settings{TotalTickets: 1, HoldSeconds: 600, ClaimSeconds: 600})
	ada := s.openTab(t, browser)
	ada.visit(s.open().book(e, "ada@example.com", "1").path)
	ada.shows("Confirm within")
	ada.run(chromedp.Evaluate(`
		new MutationObserver(() => { window.checked ||= document.body.innerText.includes('Checking…') }).observe(document.body, { childList: true, subtree: true });
		const past = setInterval(() => { // until then, as the stream may just say when it is really over
			if (window.checked) clearInterval(past); else document.querySelector('[data-expires]').dataset.expires = '2020-01-01T00:00:00Z';
		}, 100)`, nil))
	ada.await("!!window.checked")
	ada.shows("Confirm within") // the hold isn't over, says the server
}
