package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// initializeBody is the body of POST /initialize.
type initializeBody struct {
	Name         text    `json:"name"`
	TotalTickets whole   `json:"totalTickets"`
	Unknown      unknown `json:",embed"`
}

func (b initializeBody) command() (domain.CreateEvent, error) {
	c := domain.CreateEvent{Settings: domain.Settings{Name: b.Name.value, TotalTickets: b.TotalTickets.value}}
	return c, invalid(
		b.Name.required("name"),
		b.TotalTickets.required("totalTickets"),
		c.Validate(),
		b.Unknown.check("name", "totalTickets"),
	)
}

// eventBody is the body of POST /events and PATCH /events/{eventId}.
type eventBody struct {
	Name              text    `json:"name"`
	TotalTickets      whole   `json:"totalTickets"`
	Status            text    `json:"status"`
	MaxTicketsPerUser whole   `json:"maxTicketsPerUser"`
	MaxWaitlist       whole   `json:"maxWaitlist"`
	HoldSeconds       whole   `json:"holdSeconds"`
	ClaimSeconds      whole   `json:"claimSeconds"`
	SalesStartAt      text    `json:"salesStartAt"`
	SalesEndAt        text    `json:"salesEndAt"`
	PromotionEndAt    text    `json:"promotionEndAt"`
	SelfService       truth   `json:"selfService"`
	StartsAt          text    `json:"startsAt"`
	Venue             text    `json:"venue"`
	Description       text    `json:"description"`
	Unknown           unknown `json:",embed"`
}

var eventFields = []string{
	"name", "totalTickets", "status", "maxTicketsPerUser", "maxWaitlist", "holdSeconds", "claimSeconds",
	"salesStartAt", "salesEndAt", "promotionEndAt", "selfService", "startsAt", "venue", "description",
}

// settings are the fields as an event has them, and what is wrong with those that
// can't be read.
func (b eventBody) settings() (domain.Settings, error) {
	salesStart, salesStartErr := b.SalesStartAt.time("salesStartAt")
	salesEnd, salesEndErr := b.SalesEndAt.time("salesEndAt")
	promotionEnd, promotionEndErr := b.PromotionEndAt.time("promotionEndAt")
	starts, startsErr := b.StartsAt.time("startsAt")
	s := domain.Settings{
		Name:              b.Name.value,
		TotalTickets:      b.TotalTickets.value,
		MaxTicketsPerUser: b.MaxTicketsPerUser.limit(),
		MaxWaitlist:       b.MaxWaitlist.limit(),
		HoldSeconds:       b.HoldSeconds.seconds(),
		ClaimSeconds:      b.ClaimSeconds.seconds(),
		SalesStartAt:      salesStart,
		SalesEndAt:        salesEnd,
		PromotionEndAt:    promotionEnd,
		SelfService:       b.SelfService.value,
		StartsAt:          starts,
		Venue:             b.Venue.value,
		Description:       b.Description.value,
	}
	return s, invalid(salesStartErr, salesEndErr, promotionEndErr, startsErr)
}

func (b eventBody) creation() (domain.CreateEvent, error) {
	settings, fieldErr := b.settings()
	c := domain.CreateEvent{Settings: settings, Status: domain.EventStatus(b.Status.value)}
	var status error
	if b.Status.given && c.Status == "" {
		status = domain.InvalidField("status", "must be %s or %s", domain.EventDraft, domain.EventPublished)
	}
	return c, invalid(
		b.Name.required("name"), b.TotalTickets.required("totalTickets"), fieldErr, c.Validate(), status, b.Unknown.check(eventFields...),
	)
}

func (b eventBody) change() (domain.ChangeEvent, error) {
	s, fieldErr := b.settings()
	c := domain.ChangeEvent{
		Name:              ifNamed(b.Name.field, s.Name),
		TotalTickets:      ifNamed(b.TotalTickets.field, s.TotalTickets),
		MaxTicketsPerUser: ifNamed(b.MaxTicketsPerUser.field, s.MaxTicketsPerUser),
		MaxWaitlist:       ifNamed(b.MaxWaitlist.field, s.MaxWaitlist),
		HoldSeconds:       ifNamed(b.HoldSeconds.field, s.HoldSeconds),
		ClaimSeconds:      ifNamed(b.ClaimSeconds.field, s.ClaimSeconds),
		SalesStartAt:      ifNamed(b.SalesStartAt.field, s.SalesStartAt),
		SalesEndAt:        ifNamed(b.SalesEndAt.field, s.SalesEndAt),
		PromotionEndAt:    ifNamed(b.PromotionEndAt.field, s.PromotionEndAt),
		SelfService:       ifNamed(b.SelfService.field, s.SelfService),
		StartsAt:          ifNamed(b.StartsAt.field, s.StartsAt),
		Venue:             ifNamed(b.Venue.field, s.Venue),
		Description:       ifNamed(b.Description.field, s.Description),
		Publish:           b.Status.given,
	}
	var status error
	if b.Status.null || b.Status.given && b.Status.value != string(domain.EventPublished) {
		status = domain.InvalidField("status",
			"can only become %s here; cancel an event with POST /events/{eventId}/cancel", domain.EventPublished)
	}
	return c, invalid(
		b.Name.notNull("name"), b.TotalTickets.notNull("totalTickets"), fieldErr, c.Validate(), status, b.Unknown.check(eventFields...),
	)
}

// ifNamed returns the value if the body has the field, also as a null.
func ifNamed[F, T any](f field[F], value T) *T {
	if !f.given && !f.null {
		return nil
	}
	return &value
}

func (h *handler) initialize(c echo.Context) error {
	var body initializeBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	command, err := body.command()
	return h.create(c, command, err)
}

func (h *handler) createEvent(c echo.Context) error {
	var body eventBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	command, err := body.creation()
	return h.create(c, command, err)
}

// create creates an event, unless fieldErr says that it can't be.
func (h *handler) create(c echo.Context, command domain.CreateEvent, fieldErr error) error {
	key, keyErr := idempotencyKey(c)
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	command.Key, command.By = key, callerName(c)
	event, err := h.service.CreateEvent(c.Request().Context(), command)
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
	return h.base.JSON(c, http.StatusOK, statusOf(event))
}

func (h *handler) event(c echo.Context) error {
	event, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	return h.answerEvent(c, http.StatusOK, event)
}

func (h *handler) events(c echo.Context) error {
	q, queryErr := readQuery(c, "status", "limit", "cursor")
	size, sizeErr := q.limit()
	status, statusErr := oneOf(q, "status", domain.EventDraft, domain.EventPublished, domain.EventCancelled)
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
	var body eventBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	id, idErr := eventID(c)
	change, fieldErr := body.change()
	if err := invalid(idErr, fieldErr); err != nil {
		return err
	}
	change.EventID, change.IfSettings, change.By = id, ifMatch(c.Request().Header), callerName(c)
	event, err := h.service.ChangeEvent(c.Request().Context(), change)
	if err != nil {
		return err
	}
	return h.answerEvent(c, http.StatusOK, event)
}

func (h *handler) cancelEvent(c echo.Context) error {
	id, idErr := eventID(c)
	key, keyErr := idempotencyKey(c)
	if err := invalid(idErr, keyErr); err != nil {
		return err
	}
	event, err := h.service.CancelEvent(c.Request().Context(), domain.CancelEvent{EventID: id, Key: key, By: callerName(c)})
	if err != nil {
		return err
	}
	return h.answerEvent(c, http.StatusOK, event)
}
