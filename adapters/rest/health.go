package rest

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

type healthJSON struct {
	Status string `json:"status"`
}

var errNotReady = &domain.Error{
	Code:   ports.CodeStoreUnavailable,
	Detail: "the store can't be reached, or its schema is not the one that this server needs; the server's log says which",
}

func (h *Handler) live(c echo.Context) error {
	return answer(c, http.StatusOK, healthJSON{"ok"})
}

func (h *Handler) ready(c echo.Context) error {
	if h.draining.Load() {
		return &domain.Error{
			Code:   ports.CodeStoreUnavailable,
			Detail: "this server is shutting down; send requests to another one",
		}
	}
	if err := h.service.Ready(c.Request().Context()); err != nil {
		// Whatever keeps the store from working, only who reads the log can mend.
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	return answer(c, http.StatusOK, healthJSON{"ok"})
}
