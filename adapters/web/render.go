package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

//go:embed templates
var templateFiles embed.FS

const (
	referrerPolicy = "Referrer-Policy"
	// policy lets a page load its own files and send its own forms, and nothing
	// else.
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// pages are the templates, by name, each with the layout around it.
var pages = parsePages(
	"home", "event", "booking", "problem",
	"sign_in", "events", "settings", "own_event", "bookings", "own_booking", "person", "journal",
	"webhooks", "webhook", "webhook_settings",
)

func parsePages(names ...string) map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"asset":     func(name string) string { return assets[name].path },
		"time":      timeHTML,
		"iso":       iso,
		"plural":    plural,
		"duration":  duration,
		"qr":        qrCode,
		"newKey":    newFormKey,
		"status":    statusWord,
		"ticket":    ticketWord,
		"kind":      kindWord,
		"hasTicket": hasTickets,
	}).ParseFS(templateFiles, "templates/layout.html"))
	all := make(map[string]*template.Template, len(names))
	for _, name := range names {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return all
}

// view is what a template shows.
type view struct {
	Title     string
	Organizer bool   // the page is one of /organizer
	Caller    string // the name of the key of who has signed in
	MayManage bool   // they may make and change events
	Problem   *httpbase.Problem
	Data      any
}

// Errors returns what is wrong with a field.
func (v view) Errors(field string) string {
	if v.Problem == nil {
		return ""
	}
	for _, e := range v.Problem.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render answers with a page. The whole page is made first: an error can still be
// answered then.
func render(c echo.Context, status int, name string, v view) error {
	html := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(html)
	html.Reset()
	if err := execute(html, name, v); err != nil {
		return err
	}
	return send(c, status, html.Bytes())
}

func execute(html *bytes.Buffer, name string, v view) error {
	if err := pages[name].Execute(html, v); err != nil {
		return fmt.Errorf("web: render %s: %w", name, err)
	}
	return nil
}

func send(c echo.Context, status int, html []byte) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentSecurityPolicy, policy)
	if !strings.HasPrefix(c.Request().URL.Path, "/b/") { // also where that leads nowhere
		// With no referrer at all, browsers say that forms come from nowhere.
		header.Set(referrerPolicy, "same-origin")
	}
	return c.HTMLBlob(status, html)
}

// codeRouteNotFound is that of an address that nothing is at.
const codeRouteNotFound domain.Code = "route_not_found"

// refusedKey is where a request's context has how its refusal is shown.
const refusedKey = "refused"

// onRefusal shows a refusal of this request in a way of its own, such as the form
// again with what is wrong with it.
func onRefusal(c echo.Context, show func(httpbase.Problem) error) { c.Set(refusedKey, show) }

// answerProblem answers with a problem as a page. What isn't up to who sent the
// form, such as a server that is busy, is a page of its own: to send the form
// again is to reload it.
func answerProblem(c echo.Context, p httpbase.Problem) error {
	p.Detail = detailOf(p)
	if p.Code == codeRouteNotFound {
		p.Title = "Page not found"
	}
	show, ok := c.Get(refusedKey).(func(httpbase.Problem) error)
	switch {
	case ok && isOfForm(p.Status):
		return show(p)
	case p.Status == http.StatusUnauthorized && isOrganizer(c):
		return renderSignIn(c, p.Status, nil)
	}
	v := organizerView(c, p.Title)
	v.Organizer, v.Problem = isOrganizer(c), &p
	return render(c, p.Status, "problem", v)
}

// answerElsewhere answers where there is no route: a browser that goes there gets
// a page, and everybody else what the API answers.
func answerElsewhere(c echo.Context, p httpbase.Problem) error {
	if !acceptsHTML(c.Request().Header.Get(echo.HeaderAccept)) {
		return httpbase.AnswerProblem(c, p)
	}
	return answerProblem(c, p)
}

// acceptsHTML reports whether an Accept header names pages. Clients of an API say
// that they take anything.
func acceptsHTML(accept string) bool {
	for kind := range strings.SplitSeq(accept, ",") {
		if name, parameters, err := mime.ParseMediaType(kind); err == nil && name == echo.MIMETextHTML {
			q, err := strconv.ParseFloat(parameters["q"], 64)
			return err != nil || q > 0
		}
	}
	return false
}

// isOfForm reports whether a problem lies in what a form says.
func isOfForm(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

// detailOf says what to do next to who has a page and not the API.
func detailOf(p httpbase.Problem) string {
	switch p.Code {
	case codeRouteNotFound:
		return "There is nothing at this address. Check it."
	case domain.CodeEventNotFound:
		return "There is no such event. Check the address."
	case domain.CodeBookingNotFound:
		return "There is no such booking. Check that the address is complete; after a transfer only the new one counts."
	case "unauthorized":
		return "Tickets of this event are not booked here. Ask its organiser."
	case domain.CodeValidation:
		return "Something is missing or can't be right. Correct what is marked and send it again."
	case domain.CodeWebhookNotFound:
		return "There is no such webhook. Perhaps somebody has deleted it."
	case domain.CodeIdempotencyKeyReused:
		return "This form was sent already, with something else in it. Check what came of that; to send this too, send it again."
	case domain.CodeBookingNotWaiting:
		return "This booking doesn't wait any more: it has, or had, tickets. Look at it again."
	case domain.CodeHoldExpired:
		return "The time to confirm is over, and the tickets went to the next in line. Book again."
	case domain.CodeBookingNotHeld:
		return "This booking is not held: it waits, or is booked for good already."
	case domain.CodeCapacityBelowBooked:
		return "More tickets than that are booked or held. Choose a larger number, or give tickets back first; while people wait, let promotion end before that, or each of them goes to the next in line."
	case domain.CodePreconditionFailed:
		return "Somebody has changed this since you opened the page. Open it again and repeat your change."
	case "outcome_unknown":
		return "The connection to the data was lost, and this may or may not have happened. Reload this page to send it again: it takes effect only once."
	case "store_unavailable", "overloaded":
		return "Too much is going on, and nothing was done. Reload this page in a moment to send it again."
	case domain.CodeWaitlistFull:
		return "There are not enough free tickets now, and no place in the line. Try again later."
	default:
		return strings.ToUpper(p.Detail[:1]) + p.Detail[1:] + "."
	}
}

// timeHTML shows a time in UTC; page.js makes it the reader's own.
func timeHTML(t time.Time) template.HTML {
	return template.HTML(`<time dir="auto" datetime="` + iso(t) + `">` + t.UTC().Format("2 Jan 2006, 15:04") + ` UTC</time>`) // nothing in it needs escaping
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// plural counts things, like "1 ticket" or "2 tickets".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// duration says how long something takes, in the largest unit that is whole.
func duration(seconds int) string {
	for _, unit := range []struct {
		seconds   int
		one, many string
	}{{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}} {
		if seconds%unit.seconds == 0 {
			return plural(seconds/unit.seconds, unit.one, unit.many)
		}
	}
	return plural(seconds, "second", "seconds")
}

func statusWord(s domain.BookingStatus) string {
	switch s {
	case domain.BookingBooked:
		return "Booked"
	case domain.BookingHeld:
		return "Held"
	case domain.BookingWaiting:
		return "Waiting"
	case domain.BookingExpired:
		return "Expired"
	case domain.BookingCancelled:
		return "Cancelled"
	default:
		return string(s)
	}
}

func ticketWord(s domain.TicketStatus) string {
	switch s {
	case domain.TicketHeld:
		return "Held"
	case domain.TicketBooked:
		return "Booked"
	case domain.TicketCancelled:
		return "Cancelled"
	default:
		return string(s)
	}
}

// kindWord says what happened.
func kindWord(k domain.Kind) string {
	switch k {
	case domain.EventWasCreated:
		return "Event created"
	case domain.EventWasChanged:
		return "Event changed"
	case domain.EventWasCancelled:
		return "Event cancelled"
	case domain.BookingWasBooked:
		return "Booked"
	case domain.BookingWasHeld:
		return "Held"
	case domain.BookingJoined:
		return "Joined the line"
	case domain.BookingWasPromoted:
		return "Promoted"
	case domain.BookingConfirmed:
		return "Confirmed"
	case domain.BookingExtended:
		return "Held for longer"
	case domain.BookingHasExpired:
		return "Hold expired"
	case domain.BookingLeft:
		return "Left the line"
	case domain.BookingChanged:
		return "Booking changed"
	case domain.BookingTransferred:
		return "Transferred"
	case domain.TicketsCancelled:
		return "Tickets cancelled"
	case domain.PersonErased:
		return "Person erased"
	default:
		return string(k)
	}
}

func hasTickets(s domain.BookingStatus) bool {
	return s == domain.BookingBooked || s == domain.BookingHeld
}
