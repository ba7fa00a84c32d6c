package metrics

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// transactions has what transactions and the facts they commit add to.
type transactions struct {
	booked, waitlisted                 prometheus.Counter // bookings
	ticketsBooked, ticketsCancelled    prometheus.Counter
	promotions, left                   prometheus.Counter
	committed                          prometheus.Observer
	unavailable, unknown, failed       prometheus.Observer
	commands, events, secondsOfWaiting prometheus.Histogram
}

func (t *transactions) register(registry *prometheus.Registry) {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
		registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
		registry.MustRegister(h)
		return h
	}
	bookings := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "bookings_total", Help: "Bookings accepted: booked or waitlisted.",
	}, []string{"outcome"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "transaction_duration_seconds", Buckets: latencyBuckets,
		Help: "Time that a transaction took, all attempts together: committed, unavailable, unknown or failed.",
	}, []string{"outcome"})
	registry.MustRegister(bookings, duration)

	*t = transactions{
		booked:           bookings.WithLabelValues("booked"),
		waitlisted:       bookings.WithLabelValues("waitlisted"),
		ticketsBooked:    counter("tickets_booked_total", "Tickets that people got, at once or from the line."),
		ticketsCancelled: counter("tickets_cancelled_total", "Tickets given back; not those of events called off."),
		promotions:       counter("promotions_total", "Waiting bookings that got their tickets."),
		left:             counter("waitlist_left_total", "Waiting bookings that gave up their place."),
		committed:        duration.WithLabelValues("committed"),
		unavailable:      duration.WithLabelValues("unavailable"),
		unknown:          duration.WithLabelValues("unknown"),
		failed:           duration.WithLabelValues("failed"),
		commands: histogram("transaction_commands", "Commands in a transaction: the batch size.",
			prometheus.ExponentialBuckets(1, 2, 11)),
		events: histogram("transaction_events", "Events in a transaction.",
			prometheus.ExponentialBuckets(1, 2, 10)),
		secondsOfWaiting: histogram("command_wait_seconds", "Time that a command waited for its transaction.", latencyBuckets),
	}
}

// ObserveTransaction counts a transaction and what it did.
func (m *Metrics) ObserveTransaction(t app.Transaction) { m.transactions.observe(t) }

func (t *transactions) observe(tx app.Transaction) {
	t.commands.Observe(float64(len(tx.Commands)))
	t.events.Observe(float64(tx.Events))
	for _, c := range tx.Commands {
		t.secondsOfWaiting.Observe(tx.Start.Sub(c.Arrived).Seconds())
	}
	t.durationOf(tx.Err).Observe(tx.Duration.Seconds())

	// Adding once is cheaper than once a fact.
	var booked, waitlisted, ticketsBooked, ticketsCancelled, promoted, left int
	for _, fact := range tx.Facts {
		switch f := fact.(type) {
		case domain.TicketsBooked:
			booked++
			ticketsBooked += f.Booking.Quantity
		case domain.BookingPromoted:
			promoted++
			ticketsBooked += f.Booking.Quantity
		case domain.WaitlistJoined:
			waitlisted++
		case domain.WaitlistLeft:
			left++
		case domain.TicketGivenBack:
			ticketsCancelled++
		}
	}
	t.booked.Add(float64(booked))
	t.waitlisted.Add(float64(waitlisted))
	t.ticketsBooked.Add(float64(ticketsBooked))
	t.ticketsCancelled.Add(float64(ticketsCancelled))
	t.promotions.Add(float64(promoted))
	t.left.Add(float64(left))
}

func (t *transactions) durationOf(err error) prometheus.Observer {
	switch {
	case err == nil:
		return t.committed
	case errors.Is(err, ports.ErrStoreUnavailable):
		return t.unavailable
	case errors.Is(err, ports.ErrOutcomeUnknown):
		return t.unknown
	default:
		return t.failed
	}
}
