package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// eraseBody is the body of POST /people/erase.
type eraseBody struct {
	Identifier text    `json:"identifier"`
	Force      truth   `json:"force"`
	Unknown    unknown `json:",embed"`
}

func (h *handler) erasePerson(c echo.Context) error {
	var body eraseBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	person, personErr := body.Identifier.person()
	if err := invalid(personErr, body.Unknown.check("identifier", "force")); err != nil {
		return err
	}
	erased, err := h.service.ErasePerson(c.Request().Context(), person, body.Force.value, callerName(c))
	if err != nil {
		return err
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Bookings int `json:"bookings"`
	}{erased})
}
