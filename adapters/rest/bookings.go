package rest

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// bookings lists an event's bookings, as pages of JSON or all of them as CSV.
func (h *handler) bookings(c echo.Context) error {
	event, eventErr := eventID(c)
	q, queryErr := readQuery(c, "identifier", "status", "reference", "limit", "cursor", "format")
	size, sizeErr := q.limit()
	status, statusErr := oneOf(q, "status",
		domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled)
	format, formatErr := oneOf(q, "format", "json", formatCSV)
	after, cursorErr := q.afterSequence()
	user, userErr := q.user()
	reference, referenceErr := q.reference()
	if err := invalid(eventErr, queryErr, sizeErr, statusErr, formatErr, cursorErr, userErr, referenceErr); err != nil {
		return err
	}
	query := ports.BookingQuery{
		EventID: event, UserID: user, Status: status, Reference: reference, AfterSequence: after, Limit: size + 1,
	}
	if format == formatCSV || format == "" && acceptsCSV(c) {
		return h.bookingsCSV(c, query)
	}
	bookings, err := h.service.Bookings(c.Request().Context(), query)
	if err != nil {
		return err
	}
	shown, next := page(bookings, size, bookingCursor)
	return h.answerBookings(c, shown, next)
}

// personBookings lists a person's bookings of all events.
func (h *handler) personBookings(c echo.Context) error {
	q, queryErr := readQuery(c, "identifier", "limit", "cursor")
	size, sizeErr := q.limit()
	after, cursorErr := q.afterPersonBooking()
	user, userErr := q.user()
	if _, given := q["identifier"]; !given && queryErr == nil {
		userErr = required("identifier", false)
	}
	if err := invalid(queryErr, sizeErr, cursorErr, userErr); err != nil {
		return err
	}
	query := ports.PersonQuery{UserID: user, After: after, Limit: size + 1}
	bookings, err := h.service.PersonBookings(c.Request().Context(), query)
	if err != nil {
		return err
	}
	shown, next := page(bookings, size, personCursor)
	return h.answerBookings(c, shown, next)
}

func (h *handler) answerBookings(c echo.Context, bookings []domain.Booking, next *string) error {
	list := make([]view.Booking, len(bookings))
	for i, b := range bookings {
		var err error
		if list[i], err = h.bookingOf(c.Request().Context(), b); err != nil {
			return err
		}
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Bookings   []view.Booking `json:"bookings"`
		NextCursor *string        `json:"nextCursor"`
	}{list, next})
}

// named reads the event and the booking that the path names.
func named(c echo.Context) (domain.EventID, domain.BookingID, error) {
	event, eventErr := eventID(c)
	booking, bookingErr := domain.ParseBookingID(c.Param("bookingId"))
	return event, booking, invalid(eventErr, bookingErr)
}

func (h *handler) booking(c echo.Context) error {
	event, id, err := named(c)
	if err != nil {
		return err
	}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.Booking(ctx, event, id) })
}

// answerBooking answers with the booking that comes of something.
func (h *handler) answerBooking(c echo.Context, do func(context.Context) (domain.Booking, error)) error {
	ctx := c.Request().Context()
	if err := h.links.Load(ctx); err != nil {
		return err
	}
	booking, err := do(ctx)
	if err != nil {
		return err
	}
	shown, err := h.bookingOf(ctx, booking)
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, shown)
}

func (h *handler) confirm(c echo.Context) error {
	event, id, idErr := named(c)
	key, keyErr := idempotencyKey(c)
	if err := invalid(idErr, keyErr); err != nil {
		return err
	}
	command := domain.Confirm{EventID: event, BookingID: id, Key: key, By: callerName(c)}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.Confirm(ctx, command) })
}

func (h *handler) giveBack(c echo.Context) error {
	event, id, idErr := named(c)
	key, keyErr := idempotencyKey(c)
	if err := invalid(idErr, keyErr); err != nil {
		return err
	}
	command := domain.GiveBack{EventID: event, BookingID: id, Key: key, By: callerName(c)}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.GiveBack(ctx, command) })
}

// extendBody is the body of POST …/extend.
type extendBody struct {
	Seconds whole   `json:"seconds"`
	Unknown unknown `json:",embed"`
}

func (h *handler) extend(c echo.Context) error {
	var body extendBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	event, id, idErr := named(c)
	key, keyErr := idempotencyKey(c)
	command := domain.Extend{EventID: event, BookingID: id, Seconds: body.Seconds.value, Key: key, By: callerName(c)}
	err := invalid(idErr, keyErr, body.Seconds.required("seconds"), command.Validate(), body.Unknown.check("seconds"))
	if err != nil {
		return err
	}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.Extend(ctx, command) })
}

// transferBody is the body of POST …/transfer.
type transferBody struct {
	Identifier text    `json:"identifier"`
	Unknown    unknown `json:",embed"`
}

func (h *handler) transfer(c echo.Context) error {
	var body transferBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	event, id, idErr := named(c)
	key, keyErr := idempotencyKey(c)
	person, personErr := body.Identifier.person()
	if err := invalid(idErr, keyErr, personErr, body.Unknown.check("identifier")); err != nil {
		return err
	}
	command := domain.Transfer{EventID: event, BookingID: id, Person: person, Key: key, By: callerName(c)}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.Transfer(ctx, command) })
}

// changeBookingBody is the body of PATCH …/bookings/{bookingId}.
type changeBookingBody struct {
	Quantity  whole   `json:"quantity"`
	Reference text    `json:"reference"`
	Unknown   unknown `json:",embed"`
}

func (h *handler) changeBooking(c echo.Context) error {
	var body changeBookingBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	event, id, idErr := named(c)
	command := domain.ChangeBooking{
		EventID: event, BookingID: id, By: callerName(c),
		Quantity: body.Quantity.pointer(), Reference: body.Reference.pointer(),
	}
	err := invalid(
		idErr, body.Quantity.notNull("quantity"), body.Reference.filled("reference"), command.Validate(),
		body.Unknown.check("quantity", "reference"),
	)
	if err != nil {
		return err
	}
	return h.answerBooking(c, func(ctx context.Context) (domain.Booking, error) { return h.service.ChangeBooking(ctx, command) })
}

func (h *handler) leaveWaitlist(c echo.Context) error {
	event, id, err := named(c)
	if err != nil {
		return err
	}
	command := domain.LeaveWaitlist{EventID: event, BookingID: id, By: callerName(c)}
	if err := h.service.LeaveWaitlist(c.Request().Context(), command); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
