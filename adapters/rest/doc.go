// Package rest drives the application over HTTP, with Echo.
//
// [New] makes a handler for one's own [net/http.Server]; timeouts, TLS and the
// listener are that server's. The handler has the routes, and around them, from
// the outside in: request id, log, trace, recovery, security headers, CORS, API
// keys and rate limits.
//
// # Requests
//
// A request is judged in this order, and the first that fails answers it: rate
// limit, route, method, API key and role, size and media type of the body, its
// JSON, its fields, and then the service. JSON is read strictly: what another
// reader could understand in another way (a field twice, a name in other case,
// bytes that aren't UTF-8) is refused. All bad fields are named at once.
//
// # Who may call
//
// With keys (see [apikey]), a caller shows one as Authorization: Bearer KEY. The
// table in routes.go says of every route whose it is. Where everybody may call, a
// key that isn't known does no harm: health must not depend on keys. What is no
// route is answered like that, with any key or none. Without keys everybody may
// do everything.
//
// # Errors
//
// Handlers return errors. One table in problem.go maps the codes of
// [domain.Error] to statuses and titles, and everything is answered as
// application/problem+json (RFC 9457). An error without a code is a defect:
// it is logged with the request's id, and the caller learns no more than the id.
//
// # What is logged
//
// One line a request, with the route's pattern instead of its path, and the name
// of the API key: no identifier, no idempotency key, no query and no API key is
// ever logged.
//
// # How it is observed
//
// [Config] takes a function that learns of every request, a handler for
// GET /metrics, and a maker of OpenTelemetry's spans, which go on with the trace
// that a request's traceparent names. What is observed has no more in it that
// could name anybody than the log; where nothing observes, nothing is spent.
package rest
