package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// handler has the handlers of the routes.
type handler struct {
	base    *httpbase.Server
	service *app.Service
	links   *httpbase.Links
}

// route is a method and a path, and who may use them.
type route struct {
	method, path string
	audience     httpbase.Audience
	handler      echo.HandlerFunc
	list         bool // a page of a list, which takes query parameters
}

// Mount adds the routes of the API to a server. The service must stay open for as
// long as the server answers requests.
func Mount(server *httpbase.Server, service *app.Service, links *httpbase.Links) {
	const (
		organizers = httpbase.Organizers
		sellers    = httpbase.Sellers
		viewers    = httpbase.Viewers
		everybody  = httpbase.Everybody
	)
	h := &handler{base: server, service: service, links: links}
	add(server, []route{
		{http.MethodPost, "/initialize", organizers, h.initialize, false},
		{http.MethodPost, "/book", everybody, h.book, false}, // it asks for a key by itself
		{http.MethodPost, "/cancel", sellers, h.cancelTickets, false},
		{http.MethodGet, "/status/:eventId", everybody, h.status, false},

		{http.MethodPost, "/events", organizers, h.createEvent, false},
		{http.MethodGet, "/events", viewers, h.events, true},
		{http.MethodGet, "/events/:eventId", viewers, h.event, false},
		{http.MethodPatch, "/events/:eventId", organizers, h.changeEvent, false},
		{http.MethodPost, "/events/:eventId/cancel", organizers, withoutBody(h.cancelEvent), false},
		{http.MethodGet, "/events/:eventId/bookings", sellers, h.bookings, true},
		{http.MethodGet, "/events/:eventId/journal", sellers, h.journal, true},
		{http.MethodGet, "/events/:eventId/stream", everybody, h.eventStream, false},

		{http.MethodGet, "/events/:eventId/bookings/:bookingId", sellers, h.booking, false},
		{http.MethodPatch, "/events/:eventId/bookings/:bookingId", sellers, h.changeBooking, false},
		{http.MethodDelete, "/events/:eventId/bookings/:bookingId", sellers, withoutBody(h.giveBack), false},
		{http.MethodGet, "/events/:eventId/bookings/:bookingId/stream", sellers, h.bookingStream, false},
		{http.MethodPost, "/events/:eventId/bookings/:bookingId/confirm", sellers, withoutBody(h.confirm), false},
		{http.MethodPost, "/events/:eventId/bookings/:bookingId/extend", sellers, h.extend, false},
		{http.MethodPost, "/events/:eventId/bookings/:bookingId/transfer", sellers, h.transfer, false},
		{http.MethodDelete, "/events/:eventId/waitlist/:bookingId", sellers, withoutBody(h.leaveWaitlist), false},

		{http.MethodGet, "/b/:link/stream", everybody, h.linkStream, false},

		{http.MethodGet, "/bookings", sellers, h.personBookings, true},
		{http.MethodPost, "/people/erase", organizers, h.erasePerson, false},

		{http.MethodGet, openAPIPath, everybody, openAPI, false},
		{http.MethodGet, docsPath, everybody, docs, false},
	})
}

func add(server *httpbase.Server, routes []route) {
	for _, r := range routes {
		handle := r.handler
		if !r.list {
			handle = withoutQuery(handle)
		}
		server.Add(httpbase.AnswerProblem, httpbase.Route{
			Method: r.method, Path: r.path, Audience: r.audience, Large: r.list, Handler: handle,
		})
	}
}

// withoutQuery refuses query parameters, before anything else of the request is
// looked at: a ?dryRun=true that is passed over would do what it seems to prevent.
func withoutQuery(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().URL.RawQuery != "" {
			if _, err := readQuery(c); err != nil {
				return err
			}
		}
		return next(c)
	}
}

func eventID(c echo.Context) (domain.EventID, error) {
	return domain.ParseEventID(c.Param("eventId"))
}
