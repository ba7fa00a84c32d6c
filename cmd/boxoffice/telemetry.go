package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/metrics"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/tracing"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// newLogger writes log lines as the settings say.
func newLogger(s settings, stderr io.Writer) zerolog.Logger {
	if s.LogFormat == "console" || s.LogFormat == "auto" && isTerminal(stderr) {
		stderr = zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.TimeOnly, NoColor: !isTerminal(stderr), FormatPrepare: summarize}
	}
	level, _ := zerolog.ParseLevel(s.LogLevel) // it was checked when it was parsed
	return zerolog.New(stderr).Level(level).With().Timestamp().Logger()
}

// isTerminal reports whether somebody sits at the other end of a stream.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// telemetry is what watches a server: metrics always, traces if the environment
// asks for them, and the log where a clock was wrong.
type telemetry struct {
	logger  zerolog.Logger
	metrics *metrics.Metrics
	traces  *sdktrace.TracerProvider // nil if they are off
}

func newTelemetry(ctx context.Context, env environment, logger zerolog.Logger) (telemetry, error) {
	t := telemetry{logger: logger, metrics: metrics.New(buildVersion())}
	if !tracing.IsOn(env.get) {
		return t, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.Warn().Err(err).Msg("traces are not made or exported as they should be")
	}))
	traces, err := tracing.NewProvider(ctx, buildVersion())
	if err != nil {
		return telemetry{}, usageError{error: err}
	}
	t.traces = traces
	return t, nil
}

// transactions observes the service's transactions.
func (t telemetry) transactions() func(app.Transaction) {
	trace := func(app.Transaction) {}
	if t.traces != nil {
		trace = tracing.Transactions(t.traces)
	}
	return func(tx app.Transaction) {
		t.metrics.ObserveTransaction(tx)
		trace(tx)
		if len(tx.ClockJumps) > 0 {
			t.logger.Warn().Interface("event_ids", tx.ClockJumps).Msg("these events were last changed at a time that is yet to come; " +
				"for them, time goes on from there, ahead of the store's: set the clocks of all servers and of the database")
		}
	}
}

// deliverer starts one that is watched.
func (t telemetry) deliverer(config webhook.Config) *webhook.Deliverer {
	config.Stopped = func(w domain.Webhook) {
		t.logger.Warn().Stringer("webhook_id", w.ID).Str("status", string(w.Status)).Str("reason", w.Reason).
			Msg("a webhook takes no messages and gets no more; once it does, PATCH it with \"status\":\"ACTIVE\"")
	}
	config.Failed = func(err error) {
		t.logger.Warn().Err(err).Msg("webhooks can't be told now; it is tried again")
	}
	var d *webhook.Deliverer
	config.Observe = t.metrics.AddWebhooks(func() metrics.WebhookStats { return metrics.WebhookStats(d.Stats()) })
	d = webhook.New(config)
	return d
}

// watch adds what a handler, its service and their store can tell.
func (t telemetry) watch(config *httpbase.Config, service *app.Service, maxPending int, store ports.Store) {
	config.Metrics = t.metrics.Handler()
	config.Observe = func(r httpbase.Request) { t.metrics.ObserveRequest(metrics.Request(r)) }
	if t.traces != nil {
		config.TracerProvider = t.traces
	}
	t.metrics.AddService(service, maxPending)
	if database, ok := store.(interface{ Pools() map[string]*sql.DB }); ok {
		t.metrics.AddPools(database.Pools())
	}
	if database, ok := store.(*mysql.Store); ok {
		t.metrics.AddTroubles(func() metrics.Troubles { return metrics.Troubles(database.Stats()) })
		t.metrics.AddShards(database.Shards)
	}
}

// watchStreams adds what a handler and its service can tell of streams.
func (t telemetry) watchStreams(handler *httpbase.Server, service *app.Service, limit int) {
	t.metrics.AddStreams(func() metrics.StreamStats {
		s := handler.StreamStats()
		return metrics.StreamStats{Open: s.Open, Limit: int64(limit), Sent: s.Sent, Conflated: service.Conflated(), Dropped: s.Dropped}
	})
}

// flush exports the last traces; for that alone, nobody waits longer.
func (t telemetry) flush(ctx context.Context) {
	if t.traces == nil {
		return
	}
	if err := t.traces.Shutdown(ctx); err != nil {
		t.logger.Warn().Err(err).Msg("the last traces were not exported")
	}
}

// summarize puts what people look for first of a request at the beginning of its
// line: the method, the route, the status and the time that it took.
func summarize(line map[string]any) error {
	method, isRequest := line["method"]
	if !isRequest {
		return nil
	}
	where := line["route"]
	if where == "" {
		where = line["path"]
	}
	line[zerolog.MessageFieldName] = fmt.Sprintf("%v %v %v %vms", method, where, line["status"], line["duration_ms"])
	for _, told := range []string{"method", "route", "path", "status", "duration_ms"} {
		delete(line, told)
	}
	return nil
}
