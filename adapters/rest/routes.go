package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// route is a method and a path, and who may use them. GET takes HEAD along.
type route struct {
	method, path string
	audience     audience
	handler      echo.HandlerFunc
}

func (h *Handler) routes() {
	for _, r := range []route{
		{http.MethodPost, "/initialize", organizers, h.initialize},
		{http.MethodPost, "/book", sellers, h.book},
		{http.MethodPost, "/cancel", sellers, h.cancelTicket},
		{http.MethodGet, "/status/:eventId", everybody, h.status},

		{http.MethodPost, "/events", organizers, h.createEvent},
		{http.MethodGet, "/events", viewers, h.events},
		{http.MethodGet, "/events/:eventId", viewers, h.event},
		{http.MethodPatch, "/events/:eventId", organizers, h.changeEvent},
		{http.MethodPost, "/events/:eventId/cancel", organizers, h.cancelEvent},
		{http.MethodGet, "/events/:eventId/bookings", sellers, h.bookings},
		{http.MethodGet, "/events/:eventId/bookings/:bookingId", sellers, h.booking},
		{http.MethodDelete, "/events/:eventId/waitlist/:bookingId", sellers, h.leaveWaitlist},

		{http.MethodGet, livePath, everybody, h.live},
		{http.MethodGet, readyPath, everybody, h.ready},
		{http.MethodGet, metricsPath, viewers, h.measurements},
		{http.MethodGet, openAPIPath, everybody, openAPI},
		{http.MethodGet, docsPath, everybody, docs},
	} {
		handler := h.only(r.audience, r.handler)
		h.echo.Add(r.method, r.path, handler)
		if r.method == http.MethodGet {
			h.echo.HEAD(r.path, handler)
		}
	}
}
