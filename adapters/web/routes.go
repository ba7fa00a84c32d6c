package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// handler has the handlers of the pages.
type handler struct {
	base     *httpbase.Server
	service  *app.Service
	links    *httpbase.Links
	webhooks *app.Webhooks
	cache    *eventCache
}

// Mount adds the pages to a server. The service must stay open for as long as
// the server answers requests.
func Mount(server *httpbase.Server, service *app.Service, links *httpbase.Links, webhooks *app.Webhooks) {
	h := &handler{base: server, service: service, links: links, webhooks: webhooks, cache: newEventCache()}
	server.AnswerElsewhere(answerElsewhere)
	for _, a := range assets {
		server.Add(answerProblem, page(a.path, a.serve))
	}
	server.Add(answerProblem,
		page("/", h.home),
		page("/e/:eventId", h.event),
		form("/e/:eventId", h.book),

		byLink(page("/b/:link", h.booking)),
		byLink(form("/b/:link/confirm", h.confirm)),
		byLink(form("/b/:link/give-back", h.giveBack)),
		byLink(form("/b/:link/leave", h.leave)),

		form("/organizer/sign-in", h.signIn),
		form("/organizer/sign-out", h.signOut),
	)
	const (
		organizers = httpbase.Organizers
		sellers    = httpbase.Sellers
	)
	for _, r := range []struct {
		audience httpbase.Audience
		httpbase.Route
	}{
		{sellers, page("/organizer", h.events)},
		{sellers, form("/organizer/find", h.findPerson)},
		{organizers, page("/organizer/new", h.newEvent)},
		{organizers, form("/organizer/new", h.createEvent)},
		{sellers, page("/organizer/events/:eventId", h.ownEvent)},
		{organizers, page("/organizer/events/:eventId/settings", h.settings)},
		{organizers, form("/organizer/events/:eventId/settings", h.changeEvent)},
		{organizers, form("/organizer/events/:eventId/publish", h.publishEvent)},
		{organizers, form("/organizer/events/:eventId/cancel", h.cancelEvent)},
		{sellers, page("/organizer/events/:eventId/bookings", h.bookings)},
		{sellers, page("/organizer/events/:eventId/journal", h.journal)},
		{sellers, page("/organizer/events/:eventId/bookings/:bookingId", h.ownBooking)},
		{sellers, form("/organizer/events/:eventId/bookings/:bookingId/transfer", h.transfer)},
		{sellers, form("/organizer/events/:eventId/bookings/:bookingId/confirm", h.confirmOwn)},
		{sellers, form("/organizer/events/:eventId/bookings/:bookingId/give-back", h.giveBackOwn)},

		{organizers, page("/organizer/webhooks", h.listWebhooks)},
		{organizers, page("/organizer/webhooks/new", h.newWebhook)},
		{organizers, form("/organizer/webhooks/new", h.createWebhook)},
		{organizers, page("/organizer/webhooks/:webhookId", h.webhook)},
		{organizers, page("/organizer/webhooks/:webhookId/settings", h.webhookSettings)},
		{organizers, form("/organizer/webhooks/:webhookId/settings", h.changeWebhook)},
		{organizers, form("/organizer/webhooks/:webhookId/pause", h.pauseWebhook)},
		{organizers, form("/organizer/webhooks/:webhookId/resume", h.resumeWebhook)},
		{organizers, form("/organizer/webhooks/:webhookId/rotate", h.rotateWebhook)},
		{organizers, form("/organizer/webhooks/:webhookId/test", h.testWebhook)},
		{organizers, form("/organizer/webhooks/:webhookId/delete", h.deleteWebhook)},
	} {
		r.Handler = h.signedIn(r.audience, r.Handler)
		server.Add(answerProblem, r.Route)
	}
}

// page is what a browser gets. Many people may look from behind one address.
func page(path string, handler echo.HandlerFunc) httpbase.Route {
	return httpbase.Route{Method: http.MethodGet, Path: path, Audience: httpbase.Everybody, Unlimited: true, Handler: handler}
}

// form is what a browser sends.
func form(path string, handler echo.HandlerFunc) httpbase.Route {
	return httpbase.Route{Method: http.MethodPost, Path: path, Audience: httpbase.Everybody, Handler: withForm(handler)}
}

// byLink is for whoever has a booking's link.
func byLink(r httpbase.Route) httpbase.Route {
	r.SecretPath = true
	next := r.Handler
	r.Handler = func(c echo.Context) error {
		c.Response().Header().Set(referrerPolicy, "no-referrer")
		return next(c)
	}
	return r
}

// eventID reads the event that a page's address names. What is no id is no
// event's.
func eventID(c echo.Context) (domain.EventID, error) {
	id, err := domain.ParseEventID(c.Param("eventId"))
	if err != nil {
		return domain.EventID{}, domain.ErrEventNotFound
	}
	return id, nil
}
