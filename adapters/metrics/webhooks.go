package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boxoffice-go/boxoffice/ports"
)

// WebhookStats is how far behind webhooks are.
type WebhookStats struct {
	Pending  int           // pairs of a webhook and an event with something to tell
	Oldest   time.Duration // since the oldest that was not told happened
	Inactive int           // webhooks that are paused or off
}

// AddWebhooks adds what is told to webhooks. It returns what is to learn of every
// attempt.
func (m *Metrics) AddWebhooks(stats func() WebhookStats) (observe func(ports.Delivery)) {
	m.gauge("webhooks_pending", "Pairs of a webhook and an event that this server has something to tell of.", nil,
		func() float64 { return float64(stats().Pending) })
	m.gauge("webhook_oldest_undelivered_seconds", "Time since the oldest happened that this server has not told, to active webhooks.", nil,
		func() float64 { return stats().Oldest.Seconds() })
	m.gauge("webhooks_inactive", "Webhooks that are paused or off.", nil, func() float64 { return float64(stats().Inactive) })
	deliveries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "webhook_deliveries_total", Help: "Attempts to tell webhooks something: delivered or failed.",
	}, []string{"outcome"})
	m.registry.MustRegister(deliveries)
	delivered, failed := deliveries.WithLabelValues("delivered"), deliveries.WithLabelValues("failed")
	return func(d ports.Delivery) {
		if d.Failure == "" {
			delivered.Inc()
		} else {
			failed.Inc()
		}
	}
}
