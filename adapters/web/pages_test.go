package web_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

const (
	// axeVariable names axe.min.js of npm's axe-core; without it nothing is checked
	// for accessibility.
	axeVariable = "BOXOFFICE_TEST_AXE"
	// picturesVariable names a directory that pictures of all pages go to.
	picturesVariable = "BOXOFFICE_TEST_PICTURES"
)

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

	hook, _, err := s.webhooks.Create(t.Context(), domain.CreateWebhook{
		URL:     "https://down.example.com/a-rather-long-path/that-has-no-place-to-break/anywhere-at-all",
		EventID: full.ID, Types: []domain.Kind{domain.BookingWasPromoted, domain.BookingHasExpired},
	})
	require.NoError(t, err)
	_, err = s.webhooks.Test(t.Context(), hook.ID)
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
		"organizer-held":     own(free) + "/bookings/" + held.ID.String(),
		"organizer-webhooks": "/organizer/webhooks", "organizer-webhook-new": "/organizer/webhooks/new",
		"organizer-webhook": "/organizer/webhooks/" + hook.ID.String(), "organizer-webhook-settings": "/organizer/webhooks/" + hook.ID.String() + "/settings",
	}
}

func TestEveryPageLooksRightAndIsAccessible(t *testing.T) {
	t.Parallel()
	browser := startChromium(t)
	axe := readAxe(t)
	s, key, paths := everyPage(t)
	look := func(v tab, isOrganizer bool) {
		for name, path := range paths {
			if strings.HasPrefix(name, "organizer") == isOrganizer {
				v.look(name, path, axe)
			}
		}
	}
	t.Run("of anybody", func(t *testing.T) {
		t.Parallel()
		look(s.openTab(t, browser), false)
	})
	t.Run("of an organizer", func(t *testing.T) {
		t.Parallel()
		v := s.openTab(t, browser)
		v.visit("/organizer")
		v.run(chromedp.SendKeys("#key", key+"\r", chromedp.ByQuery))
		v.shows("Find a person")
		look(v, true)
		v.lookAtForms(axe)
	})
}

func TestTheDocsFitAPhoneAndAWideScreen(t *testing.T) {
	t.Parallel()
	v := newSite(t, httpbase.Config{}).openTab(t, startChromium(t))
	v.run(onPhone)
	v.visit("/docs")
	v.await("document.querySelector('nav').getBoundingClientRect().bottom < innerHeight") // there is more than where to go
	v.await("document.documentElement.scrollWidth <= innerWidth")
	v.run(emulation.SetDeviceMetricsOverride(1280, 800, 1, false))
	v.await(`[...document.querySelectorAll('.pair')].filter((p) => p.children.length === 2).every(({ children: [request, answer] }) =>
		request.getBoundingClientRect().top === answer.getBoundingClientRect().top)`)
}

// lookAtForms looks at what only comes of a form.
func (v tab) lookAtForms(axe string) {
	v.Helper()
	v.visit("/organizer")
	v.run(chromedp.SendKeys("#identifier", "ada@example.com\r", chromedp.ByQuery))
	v.shows("Number 1")
	v.check("organizer-found", axe)
	v.visit("/organizer/new")
	v.run(
		chromedp.Evaluate("document.querySelector('form[data-zoned]').noValidate = true", nil),
		chromedp.SendKeys("#name", "\r", chromedp.ByQuery),
	)
	v.shows("Validation failed")
	v.check("organizer-refused", axe)
	v.visit("/organizer/webhooks/new")
	v.run(chromedp.SendKeys("#url", "https://shop.example.com\r", chromedp.ByQuery))
	v.shows("Its secret")
	v.check("organizer-webhook-made", axe)
}

// widths are those of a phone and of a large screen.
var widths = []int64{360, 1280}

// setWidth makes the window so wide.
func (v tab) setWidth(width int64) {
	v.Helper()
	v.run(emulation.SetDeviceMetricsOverride(width, 800, 1, width < 600))
}

// look opens a page in each width, and checks it.
func (v tab) look(name, path, axe string) {
	v.Helper()
	for _, width := range widths {
		v.setWidth(width)
		v.visit(path)
		require.Less(v.T, v.shifts(), 0.01, "%s at %d px moves by itself", name, width)
	}
	v.check(name, axe)
}

// check checks the page that is open: in no width anything is wider than its
// place, and nobody is kept out. Each width and each scheme of colours is checked
// once; that axe-core is loaded takes longer than that it looks.
func (v tab) check(name, axe string) {
	v.Helper()
	if axe != "" {
		v.run(chromedp.Evaluate(axe, nil))
	}
	for _, width := range widths {
		v.setWidth(width)
		schemes := []string{"light", "dark"} // the second one is checked
		if width < 600 {
			schemes = []string{"dark", "light"}
		}
		var wide []string
		v.run(chromedp.Evaluate(fmt.Sprintf(`[...document.querySelectorAll('body *')].filter((e) => {
			const box = e.getBoundingClientRect(), card = e.parentElement.closest('.card')?.getBoundingClientRect();
			if (!box.width || e.closest('.scroll > *')) return false;
			return box.right > %d || (card && (box.right > card.right || box.left < card.left));
		}).map((e) => e.outerHTML.slice(0, 120))`, width), &wide))
		require.Empty(v.T, wide, "%s is wider than %d px, or than its card", name, width)
		for _, scheme := range schemes {
			v.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
			v.takePicture(fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
		}
		if axe != "" {
			v.checkAccess(fmt.Sprintf("%s at %d px", name, width))
		}
	}
}

// takePicture writes a picture of the page that is open, if there is a directory
// for it.
func (v tab) takePicture(name string) {
	v.Helper()
	folder := os.Getenv(picturesVariable)
	if folder == "" {
		return
	}
	var picture []byte
	v.run(chromedp.FullScreenshot(&picture, 100))
	require.NoError(v.T, os.WriteFile(filepath.Join(folder, name), picture, 0o600))
}

// checkAccess runs axe-core, which is loaded, on the page that is open.
func (v tab) checkAccess(name string) {
	v.Helper()
	var found string
	v.run(chromedp.Evaluate(`axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'], preload: false,
	}).then((r) =>
		JSON.stringify({ passes: r.passes.length, violations: r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html + ' ' + n.failureSummary)]) }))`,
		&found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var result struct {
		Passes     int
		Violations []any
	}
	require.NoError(v.T, json.Unmarshal([]byte(found), &result))
	require.Empty(v.T, result.Violations, name)
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
