package httpbase

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// addProbes adds the routes of who watches the server. They take no notice of
// query parameters: some who probe add their own.
func (s *Server) addProbes() {
	s.Add(AnswerProblem,
		Route{Method: http.MethodGet, Path: "/livez", Audience: Everybody, Handler: s.live},
		Route{Method: http.MethodGet, Path: "/readyz", Audience: Everybody, Handler: s.ready},
		Route{Method: http.MethodGet, Path: "/metrics", Audience: Viewers, Handler: s.measurements},
	)
	for _, p := range s.paths {
		p.probe = true
	}
}

type healthJSON struct {
	Status string `json:"status"`
}

func (s *Server) live(c echo.Context) error {
	return s.JSON(c, http.StatusOK, healthJSON{"ok"})
}

func (s *Server) ready(c echo.Context) error {
	if s.draining.Load() {
		return notReady("this server is shutting down; send requests to another one")
	}
	if s.config.Ready != nil {
		if err := s.config.Ready(c.Request().Context()); err != nil {
			return fmt.Errorf("%w: %w", notReady(reasonOf(err)), err)
		}
	}
	return s.JSON(c, http.StatusOK, healthJSON{"ok"})
}

// reasonOf returns what may be told of why the store doesn't work. What a store
// tells who books, that nothing was done, is nothing to who asks for readiness.
func reasonOf(err error) string {
	reason, told := errors.AsType[*domain.Error](err)
	switch {
	case told && reason.Code == ports.CodeStoreUnavailable && reason.Detail != ports.ErrStoreUnavailable.Detail:
		return reason.Detail
	case told && reason.Code == ports.CodeStoreUnavailable:
		return "the store can't be reached or used; this server is ready again when it can"
	default:
		return "the store doesn't work as this server needs it"
	}
}

func notReady(detail string) error {
	return &domain.Error{Code: ports.CodeStoreUnavailable, Detail: detail}
}

func (s *Server) measurements(c echo.Context) error {
	if s.config.Metrics == nil {
		return errRouteNotFound
	}
	s.config.Metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}
