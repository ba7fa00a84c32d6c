package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// eventsOnPage is how many events a page looks through.
const eventsOnPage = 100

// eventList is a page of events.
type eventList struct {
	Events []domain.Event
	After  string // the event after which the next page begins; empty at the end
}

// homePage is what is on sale.
type homePage struct {
	Events []eventOnSale
	After  string
	// Create offers to create the first event: there is none, and nobody is asked
	// for a key.
	Create bool
}

type eventOnSale struct {
	domain.Event
	Sale sale
}

// listEvents reads a page of events. A list goes on after the event that the
// address names.
func (h *handler) listEvents(c echo.Context, status domain.EventStatus) (eventList, error) {
	ctx := c.Request().Context()
	query := ports.EventQuery{Status: status, Limit: eventsOnPage + 1}
	if after := c.QueryParam("after"); after != "" {
		id, err := domain.ParseEventID(after)
		if err != nil {
			return eventList{}, domain.ErrEventNotFound
		}
		last, err := h.service.Event(ctx, id)
		if err != nil {
			return eventList{}, err
		}
		query.After = ports.CursorOfEvent(last)
	}
	events, err := h.service.Events(ctx, query)
	if err != nil {
		return eventList{}, err
	}
	list := eventList{Events: events}
	if len(events) > eventsOnPage {
		list.Events = events[:eventsOnPage]
		list.After = events[eventsOnPage-1].ID.String()
	}
	return list, nil
}

// home shows what is on sale.
func (h *handler) home(c echo.Context) error {
	list, err := h.listEvents(c, domain.EventPublished)
	if err != nil {
		return err
	}
	p := homePage{After: list.After}
	for _, e := range list.Events {
		now, _ := e.TimeAt(h.service.Now())
		if s, _ := saleOf(e, now, h.base.Keys() == nil || e.SelfService); s != saleElsewhere {
			p.Events = append(p.Events, eventOnSale{e, s})
		}
	}
	if h.base.Keys() == nil && len(list.Events) == 0 {
		existing, err := h.service.Events(c.Request().Context(), ports.EventQuery{Limit: 1})
		if err != nil {
			return err
		}
		p.Create = len(existing) == 0
	}
	return render(c, http.StatusOK, "home", view{Title: "Events", Data: p})
}
