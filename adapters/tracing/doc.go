// Package tracing follows requests through boxoffice with OpenTelemetry: a
// span of the request, which package httpbase makes, in it one of the command, and
// in that one of the transaction. The span of a request begins a trace and links to
// the caller's: what is sampled is decided here.
//
// A transaction serves many commands, but a span has one parent: that is the
// first command whose request is sampled. It links to the commands of all
// others, and they link to it. Where no command is sampled, no transaction is.
// An event is created outside of the lanes, so that has the span of its request
// alone; so have reads, and commands that were refused before any transaction.
// Health and metrics are not traced.
//
// Tracing is off unless the environment asks for it, by OpenTelemetry's own
// variables: OTEL_TRACES_EXPORTER (otlp or console; none is off), or an endpoint
// in OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which
// means otlp. OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_SAMPLER,
// OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_… and the others count as
// OpenTelemetry says; OTEL_SDK_DISABLED=true turns all off.
//
// No span has an identifier, an id of anybody or anything, an address or a key.
package tracing
