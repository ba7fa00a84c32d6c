package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// Transactions returns an observer that makes the spans of transactions, and of
// those of their commands that come from sampled requests. The spans are made
// when all is over, from the times that are known then.
func Transactions(provider trace.TracerProvider) func(app.Transaction) {
	tracer := provider.Tracer("github.com/boxoffice-go/boxoffice/adapters/tracing")
	return func(t app.Transaction) {
		end := trace.WithTimestamp(t.Start.Add(t.Duration))
		var (
			parent   context.Context
			commands []trace.Span
			links    []trace.Link
		)
		for _, c := range t.Commands {
			if !trace.SpanContextFromContext(c.Context).IsSampled() {
				continue
			}
			ctx, span := tracer.Start(c.Context, domain.OperationOf(c.Command), trace.WithTimestamp(c.Arrived))
			if parent == nil {
				parent = ctx
			}
			setOutcome(span, c.Refusal, t.Err)
			commands = append(commands, span)
			links = append(links, trace.Link{SpanContext: span.SpanContext()})
		}
		if parent == nil {
			return
		}
		_, transaction := tracer.Start(parent, "transaction",
			trace.WithTimestamp(t.Start),
			trace.WithLinks(links[1:]...),
			trace.WithAttributes(
				attribute.Int("boxoffice.transaction.commands", len(t.Commands)),
				attribute.Int("boxoffice.transaction.events", t.Events),
				attribute.Int("boxoffice.transaction.records", len(t.Records)),
			))
		setOutcome(transaction, nil, t.Err)
		transaction.End(end)
		for i, command := range commands {
			if i > 0 { // the first one is the parent
				command.AddLink(trace.Link{SpanContext: transaction.SpanContext()})
			}
			command.End(end)
		}
	}
}

// setOutcome gives a span the code of a refusal, or marks it as failed. What an
// error says is not for a trace: it may quote what it came from.
func setOutcome(span trace.Span, refusal, failure error) {
	if failure != nil {
		span.SetStatus(codes.Error, "")
		refusal = failure
	}
	if coded, ok := errors.AsType[*domain.Error](refusal); ok {
		span.SetAttributes(attribute.String("boxoffice.code", string(coded.Code)))
	}
}
