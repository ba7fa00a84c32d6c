package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
)

// cancelBody is the body of POST /cancel.
type cancelBody struct {
	EventID    text    `json:"eventId"`
	Identifier text    `json:"identifier"`
	TicketID   text    `json:"ticketId"`
	Quantity   whole   `json:"quantity"`
	Unknown    unknown `json:",embed"`
}

func (b cancelBody) command() (domain.CancelTickets, error) {
	event, eventErr := id("eventId", b.EventID, domain.ParseEventID)
	person, personErr := b.Identifier.person()
	c := domain.CancelTickets{EventID: event, Person: person, Quantity: b.Quantity.value}
	var ticketErr error
	if b.TicketID.given {
		c.TicketID, ticketErr = domain.ParseTicketID(b.TicketID.value)
	}
	return c, invalid(
		eventErr, personErr, ticketErr, b.Quantity.positive("quantity", domain.MaxQuantity), c.Validate(),
		b.Unknown.check("eventId", "identifier", "ticketId", "quantity"),
	)
}

func (h *handler) cancelTickets(c echo.Context) error {
	var body cancelBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	command, fieldErr := body.command()
	key, keyErr := idempotencyKey(c)
	if err := invalid(fieldErr, keyErr); err != nil {
		return err
	}
	command.Key, command.By = key, callerName(c)
	cancelled, err := h.service.CancelTickets(c.Request().Context(), command)
	if err != nil {
		return err
	}
	type ticket struct {
		ID     domain.TicketID     `json:"id"`
		Status domain.TicketStatus `json:"status"`
	}
	tickets := make([]ticket, len(cancelled))
	for i, t := range cancelled {
		tickets[i] = ticket{t.ID, t.Status}
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Ticket  ticket   `json:"ticket"`
		Tickets []ticket `json:"tickets"`
	}{tickets[0], tickets})
}
