package metrics

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/boxoffice-go/boxoffice/app"
)

const namespace = "boxoffice"

// Metrics counts and measures. Its methods are safe for concurrent use; those
// that add collectors may be called once each.
type Metrics struct {
	registry *prometheus.Registry
	requests requests
	transactions
}

// New makes the metrics of a program of this version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests.register(m.registry)
	m.transactions.register(m.registry)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("build_info", "Always 1, with the version of this program.",
		prometheus.Labels{"version": version, "goversion": runtime.Version()}, func() float64 { return 1 })
	return m
}

// Handler answers with all metrics, in the text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// readyTimeout is well below the time that Prometheus gives a scrape.
const readyTimeout = 3 * time.Second

// AddService adds what a service that may keep so many commands waiting can be
// asked for.
func (m *Metrics) AddService(service *app.Service, maxPending int) {
	m.gauge("commands_pending", "Commands that wait for a transaction now.", nil,
		func() float64 { return float64(service.Pending()) })
	m.gauge("commands_pending_limit", "Commands that may wait; more are refused as overloaded.", nil,
		func() float64 { return float64(maxPending) })
	m.gauge("store_ready", "1 if the store can be read and written now, else 0.", nil, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
		defer cancel()
		if service.Ready(ctx) != nil {
			return 0
		}
		return 1
	})
}

// StreamStats counts a server's streams.
type StreamStats struct {
	Open      int64 // now
	Limit     int64 // of those
	Sent      int64 // messages
	Conflated int64 // messages that were not sent, since a newer state came first
	Dropped   int64 // streams whose client was gone or too slow
}

// AddStreams adds the counts of a server's streams.
func (m *Metrics) AddStreams(stats func() StreamStats) {
	m.gauge("streams_open", "Streams that are open now.", nil, func() float64 { return float64(stats().Open) })
	m.gauge("streams_open_limit", "Streams that may be open; more are refused as overloaded.", nil,
		func() float64 { return float64(stats().Limit) })
	m.counter("stream_messages_total", "Messages that streams were sent.", func() float64 { return float64(stats().Sent) })
	m.counter("stream_messages_conflated_total", "Messages that streams were not sent, since a newer state came first.",
		func() float64 { return float64(stats().Conflated) })
	m.counter("streams_dropped_total", "Streams whose client was gone or too slow.", func() float64 { return float64(stats().Dropped) })
}

func (m *Metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, value))
}

func (m *Metrics) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}
