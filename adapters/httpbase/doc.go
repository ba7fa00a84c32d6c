// Package httpbase is what every adapter on HTTP stands on: one [Server], with
// Echo, on which each mounts its routes with [Server.Add]. A server is a handler
// for one's own [net/http.Server]; timeouts, TLS and the listener are that
// server's, and [LimitConnections] bounds its connections.
//
// Around the routes stand, from the outside in: request id, log, trace,
// recovery, security headers, the check of the host, CORS, API keys, rate
// limits, the exact path, and the check that no page of another site sends what
// changes something. Then a route's audience is asked, and then the route.
//
// # Who may call
//
// With keys (see [apikey]), a caller shows one as Authorization: Bearer KEY.
// Every [Route] says whose it is. Where everybody may call, a key that isn't
// known does no harm: health must not depend on keys. What is no route is
// answered like that, with any key or none. Without keys everybody may do
// everything; then a server that is for its own machine alone should answer only
// names of this machine (Config.LocalHosts), or a page in a browser on it could
// lead there by a name of its own.
//
// # Errors
//
// Handlers return errors. One table in problem.go maps the codes of
// [domain.Error] to statuses and titles, and a [Problem] is made of the error. How
// it looks is up to who mounts the routes: [AnswerProblem] sends it as
// application/problem+json (RFC 9457), and so is answered what is no route, unless
// [Server.AnswerElsewhere] says otherwise. An error without a code in the table is a defect: it is logged with the request's
// id, and the caller learns no more than the id.
//
// # What is logged
//
// One line a request, with the route's pattern instead of its path, the name of
// the API key, and the code of a refusal: no identifier, no idempotency key, no
// query and no API key is ever logged. Of a path that leads nowhere, only the
// words that routes have are shown.
//
// # How it is observed
//
// [Config] takes a function that learns of every request, a handler for
// GET /metrics, and a maker of OpenTelemetry's spans. A span is the first of its
// trace, with a link to the caller's, as is usual for what anybody can reach: a
// caller neither decides what is sampled, nor what a span is called. What is
// observed has no more in it that could name anybody than the log; where nothing
// observes, nothing is spent.
//
// # What clients may take
//
// An answer of more than a few kilobytes is kept compressed until its client has
// taken it, and all such answers have one bound ([JSON]); of two processors, one at
// the most makes pages of lists (Route.Large). So slow readers take little memory,
// and nothing from those who don't ask for lists.
//
// # Streams
//
// A stream ([Stream]) takes its connection over from the server once it is
// authorized and has something to tell, and its request is over: it is logged,
// counted and traced with the time until then, and its end is seen in
// [Server.StreamStats] alone. What stays of it are two goroutines with small stacks,
// one that waits for what is to be told and one that waits for the client to hang
// up, in place of the server's buffers and the stack of all the middleware. The
// connection ends with the stream, keeps its place among those that
// [LimitConnections] bounds, and is for [Server.Drain] and [Server.Close] to end:
// [net/http]'s Shutdown knows nothing of it. Over HTTP/2, where no connection can be
// taken over, a stream is a request that takes long.
//
// # What Echo has
//
// Its CORS and Recover are used. Its RequestID takes any text of a caller for an
// id, and that would stand in logs and answers; its Secure sets headers of old
// browsers and can't say that answers are not to be kept; its RateLimiter can't
// tell how much is left.
package httpbase
