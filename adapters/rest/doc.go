// Package rest drives the application over HTTP: the API of the contract, as JSON.
//
// [Mount] adds its routes to a server of package httpbase, which has what stands
// around them: who may call, limits, logs, and how errors are answered. The table
// in routes.go says of every route whose it is.
//
// # Requests
//
// A request is judged in this order, and the first that fails answers it: rate
// limit, route, method, API key and role, query parameters that the route doesn't
// take, size, encoding and media type of the body, its JSON, its fields, and then
// the service. JSON is read strictly: what another reader could understand in
// another way (a field twice, a name in other case, bytes that aren't UTF-8) is
// refused. All bad fields are named at once, if there are not too many to read.
package rest
