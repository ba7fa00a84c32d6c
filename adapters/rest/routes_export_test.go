package rest

import "regexp"

var routeParameter = regexp.MustCompile(`:(\w+)`)

// Routes returns all routes, like "GET /events/{eventId}".
func (h *Handler) Routes() []string {
	var routes []string
	for _, r := range h.echo.Routes() {
		routes = append(routes, r.Method+" "+routeParameter.ReplaceAllString(r.Path, "{$1}"))
	}
	return routes
}
