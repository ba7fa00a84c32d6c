package rest

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

// bookBody is the body of POST /book.
type bookBody struct {
	EventID    text    `json:"eventId"`
	Identifier text    `json:"identifier"`
	Quantity   whole   `json:"quantity"`
	Waitlist   truth   `json:"waitlist"`
	Reference  text    `json:"reference"`
	Unknown    unknown `json:",embed"`
}

func (b bookBody) command() (domain.Book, error) {
	event, eventErr := id("eventId", b.EventID, domain.ParseEventID)
	person, personErr := b.Identifier.person()
	c := domain.Book{
		EventID:   event,
		Person:    person,
		Quantity:  b.Quantity.value,
		NoWait:    b.Waitlist.given && !b.Waitlist.value,
		Reference: b.Reference.value,
	}
	return c, invalid(
		eventErr, personErr, b.Quantity.positive("quantity", domain.MaxQuantity), b.Reference.filled("reference"), c.Validate(),
		b.Unknown.check("eventId", "identifier", "quantity", "waitlist", "reference"),
	)
}

// book lets everybody book what is for self-service, and else who may sell.
func (h *handler) book(c echo.Context) error {
	var body bookBody
	if err := readBody(c, &body); err != nil {
		return h.onlySelfService(c, domain.EventID{}, err)
	}
	command, fieldErr := body.command()
	if err := h.onlySelfService(c, command.EventID, nil); err != nil {
		return err
	}
	key, keyErr := idempotencyKey(c)
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	command.Key, command.By = key, callerName(c)
	ctx := c.Request().Context()
	if err := h.links.Load(ctx); err != nil {
		return err
	}
	booking, err := h.service.Book(ctx, command)
	if err != nil {
		return err
	}
	_, isKnown := httpbase.CallerOf(c)
	shown, err := h.bookedOf(ctx, booking, isKnown || booking.UserID == command.Person.UserID())
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusCreated, shown)
}

// onlySelfService asks a caller for a key where keys are asked for, unless the
// event is one that people book by themselves. Who has a key, or needs none, is
// told what is wrong otherwise.
func (h *handler) onlySelfService(c echo.Context, event domain.EventID, wrong error) error {
	refusal := h.base.Refusal(c, httpbase.Sellers)
	if refusal == nil {
		return wrong
	}
	if wrong != nil {
		return refusal
	}
	e, err := h.service.Event(c.Request().Context(), event)
	switch {
	case errors.Is(err, domain.ErrEventNotFound), err == nil && (!e.SelfService || e.Status == domain.EventDraft):
		return refusal
	default: // if it can't be told, who may book comes again
		return err
	}
}
