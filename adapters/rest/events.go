package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// eventJSON is an event in an answer.
type eventJSON struct {
	ID                domain.EventID     `json:"id"`
	Name              string             `json:"name"`
	Status            domain.EventStatus `json:"status"`
	TotalTickets      int                `json:"totalTickets"`
	AvailableTickets  int                `json:"availableTickets"`
	WaitingListCount  int                `json:"waitingListCount"`
	MaxTicketsPerUser *int               `json:"maxTicketsPerUser"`
	MaxWaitlist       *int               `json:"maxWaitlist"`
	CreatedAt         timestamp          `json:"createdAt"`
	UpdatedAt         timestamp          `json:"updatedAt"`
	Version           int64              `json:"version"`
}

func eventOf(e domain.Event) eventJSON {
	return eventJSON{
		ID:                e.ID,
		Name:              e.Name,
		Status:            e.Status,
		TotalTickets:      e.TotalTickets,
		AvailableTickets:  e.AvailableTickets,
		WaitingListCount:  e.WaitingCount,
		MaxTicketsPerUser: maxOf(e.MaxTicketsPerUser),
		MaxWaitlist:       maxOf(e.MaxWaitlist),
		CreatedAt:         timestamp{e.CreatedAt},
		UpdatedAt:         timestamp{e.UpdatedAt},
		Version:           e.Version,
	}
}

func maxOf(l domain.Limit) *int {
	n, limited := l.Max()
	if !limited {
		return nil
	}
	return &n
}

// statusJSON is the answer of GET /status/{eventId}.
type statusJSON struct {
	EventID          domain.EventID     `json:"eventId"`
	Name             string             `json:"name"`
	TotalTickets     int                `json:"totalTickets"`
	AvailableTickets int                `json:"availableTickets"`
	WaitingListCount int                `json:"waitingListCount"`
	Status           domain.EventStatus `json:"status"`
}

// initializeBody is the body of POST /initialize.
type initializeBody struct {
	Name         text    `json:"name"`
	TotalTickets whole   `json:"totalTickets"`
	Unknown      unknown `json:",embed"`
}

func (b initializeBody) newEvent() (domain.NewEvent, error) {
	n := domain.NewEvent{Name: b.Name.value, TotalTickets: b.TotalTickets.value}
	return n, invalid(
		b.Name.required("name"),
		b.TotalTickets.required("totalTickets"),
		n.Validate(),
		b.Unknown.check("name", "totalTickets"),
	)
}

// newEventBody is the body of POST /events.
type newEventBody struct {
	Name              text    `json:"name"`
	TotalTickets      whole   `json:"totalTickets"`
	Status            text    `json:"status"`
	MaxTicketsPerUser limit   `json:"maxTicketsPerUser"`
	MaxWaitlist       limit   `json:"maxWaitlist"`
	Unknown           unknown `json:",embed"`
}

func (b newEventBody) newEvent() (domain.NewEvent, error) {
	n := domain.NewEvent{
		Name:              b.Name.value,
		TotalTickets:      b.TotalTickets.value,
		Status:            domain.EventStatus(b.Status.value),
		MaxTicketsPerUser: b.MaxTicketsPerUser.value,
		MaxWaitlist:       b.MaxWaitlist.value,
	}
	var status error
	if b.Status.given && n.Status == "" {
		status = domain.InvalidField("status", "must be %s or %s", domain.EventDraft, domain.EventPublished)
	}
	return n, invalid(
		b.Name.required("name"),
		b.TotalTickets.required("totalTickets"),
		n.Validate(),
		status,
		b.Unknown.check("name", "totalTickets", "status", "maxTicketsPerUser", "maxWaitlist"),
	)
}

// changeBody is the body of PATCH /events/{eventId}.
type changeBody newEventBody

func (b changeBody) change() (domain.ChangeEvent, error) {
	c := domain.ChangeEvent{
		Name:              ifGiven(b.Name.value, b.Name.given),
		TotalTickets:      ifGiven(b.TotalTickets.value, b.TotalTickets.given),
		MaxTicketsPerUser: ifGiven(b.MaxTicketsPerUser.value, b.MaxTicketsPerUser.given),
		MaxWaitlist:       ifGiven(b.MaxWaitlist.value, b.MaxWaitlist.given),
		Publish:           b.Status.given,
	}
	var status error
	if b.Status.given && b.Status.value != string(domain.EventPublished) {
		status = domain.InvalidField("status",
			"can only become %s here; cancel an event with POST /events/{eventId}/cancel", domain.EventPublished)
	}
	return c, invalid(
		c.Validate(),
		status,
		b.Unknown.check("name", "totalTickets", "status", "maxTicketsPerUser", "maxWaitlist"),
	)
}

func ifGiven[T any](value T, given bool) *T {
	if !given {
		return nil
	}
	return &value
}

func (h *handler) initialize(c echo.Context) error {
	var body initializeBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	n, err := body.newEvent()
	return h.create(c, n, err)
}

func (h *handler) createEvent(c echo.Context) error {
	var body newEventBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	n, err := body.newEvent()
	return h.create(c, n, err)
}

// create creates an event, unless fieldErr says that it can't be.
func (h *handler) create(c echo.Context, n domain.NewEvent, fieldErr error) error {
	key, keyErr := idempotencyKey(c, scopeCreations, func() []string { return requestToCreate(n) })
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	event, err := h.service.CreateEvent(c.Request().Context(), n, key)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/events/"+event.ID.String())
	return h.answerEvent(c, http.StatusCreated, event)
}

// namedEvent reads the event that the path names.
func (h *handler) namedEvent(c echo.Context) (domain.Event, error) {
	id, err := eventID(c)
	if err != nil {
		return domain.Event{}, err
	}
	return h.service.Event(c.Request().Context(), id)
}

func (h *handler) status(c echo.Context) error {
	event, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, statusJSON{
		EventID:          event.ID,
		Name:             event.Name,
		TotalTickets:     event.TotalTickets,
		AvailableTickets: event.AvailableTickets,
		WaitingListCount: event.WaitingCount,
		Status:           event.Status,
	})
}

func (h *handler) event(c echo.Context) error {
	event, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	if ifNoneMatch(c.Request().Header, event.Version) {
		c.Response().Header().Set("ETag", etagOf(event.Version))
		return c.NoContent(http.StatusNotModified)
	}
	return h.answerEvent(c, http.StatusOK, event)
}

func (h *handler) events(c echo.Context) error {
	q, queryErr := readQuery(c, "status", "limit", "cursor")
	size, sizeErr := q.limit()
	status, statusErr := statusOf(q, domain.EventDraft, domain.EventPublished, domain.EventCancelled)
	after, cursorErr := q.afterEvent()
	if err := invalid(queryErr, sizeErr, statusErr, cursorErr); err != nil {
		return err
	}
	events, err := h.service.Events(c.Request().Context(), ports.EventQuery{Status: status, After: after, Limit: size + 1})
	if err != nil {
		return err
	}
	shown, next := page(events, size, eventCursor)
	list := make([]eventJSON, len(shown))
	for i, e := range shown {
		list[i] = eventOf(e)
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Events     []eventJSON `json:"events"`
		NextCursor *string     `json:"nextCursor"`
	}{list, next})
}

func (h *handler) changeEvent(c echo.Context) error {
	var body changeBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	id, idErr := eventID(c)
	change, fieldErr := body.change()
	if err := invalid(idErr, fieldErr); err != nil {
		return err
	}
	change.EventID, change.IfVersions = id, ifMatch(c.Request().Header)
	event, err := h.service.ChangeEvent(c.Request().Context(), change)
	if err != nil {
		return err
	}
	return h.answerEvent(c, http.StatusOK, event)
}

func (h *handler) cancelEvent(c echo.Context) error {
	id, err := eventID(c)
	if err != nil {
		return err
	}
	event, err := h.service.CancelEvent(c.Request().Context(), domain.CancelEvent{EventID: id})
	if err != nil {
		return err
	}
	return h.answerEvent(c, http.StatusOK, event)
}
