package httpbase

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// Route is a method and a path of Echo's, and who may use them. GET takes HEAD
// along.
type Route struct {
	Method, Path string
	Audience     Audience
	// Large is a route whose answers may be as large as a page of a list. Few are
	// made at the same time.
	Large bool
	// Unlimited is a route that counts against no rate limit, as a page that
	// hundreds of people behind one address look at.
	Unlimited bool
	// SecretPath is a route that only who was told its path can call, so no page
	// of another site can.
	SecretPath bool
	Handler    echo.HandlerFunc
}

// path is what a server knows of a path that has routes.
type path struct {
	routes []Route
	answer AnswerFunc
	// probe says that the path is for who watches the server: it is asked again
	// and again, so it isn't limited, not traced, and logged for debugging only.
	probe bool
}

// AnswerFunc answers a request with a problem. Its error says that the problem
// could not be sent.
type AnswerFunc func(c echo.Context, p Problem) error

// Add mounts routes whose problems are answered in one way, also those of methods
// that their paths don't take. Add all routes before the first request is served.
// Two routes with the same method and path are a mistake of the program, and panic,
// as two ways to answer for one path do.
func (s *Server) Add(answer AnswerFunc, routes ...Route) {
	for _, r := range routes {
		p := s.paths[r.Path]
		if p == nil {
			p = &path{answer: answer}
			s.paths[r.Path] = p
		}
		if slices.ContainsFunc(p.routes, func(other Route) bool { return other.Method == r.Method }) {
			panic("httpbase: two routes for " + r.Method + " " + r.Path)
		}
		p.routes = append(p.routes, r)
		for word := range strings.SplitSeq(r.Path, "/") {
			if !strings.HasPrefix(word, ":") {
				s.words[word] = true
			}
		}
		handler := r.Handler
		if r.Large {
			handler = s.oneOfFew(handler)
		}
		handler = s.only(r.Audience, handler)
		s.echo.Add(r.Method, r.Path, handler)
		if r.Method == http.MethodGet {
			s.echo.HEAD(r.Path, handler)
		}
	}
}

// AnswerElsewhere says how a problem is answered at a path that has no route;
// [AnswerProblem] does it until then. Call it before the first request is served.
func (s *Server) AnswerElsewhere(answer AnswerFunc) { s.elsewhere = answer }

// Routes returns all routes, in no order.
func (s *Server) Routes() (all []Route) {
	for _, p := range s.paths {
		all = append(all, p.routes...)
	}
	return all
}

// routeOf returns the route that a request takes; a zero one if there is none.
func (s *Server) routeOf(c echo.Context) Route {
	p := s.paths[c.Path()]
	if p == nil {
		return Route{}
	}
	method := c.Request().Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range p.routes {
		if r.Method == method {
			return r
		}
	}
	return Route{}
}

// isProbe reports whether a request is for a probe.
func (s *Server) isProbe(c echo.Context) bool {
	p := s.paths[c.Path()]
	return p != nil && p.probe
}
