package metrics

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// transactions has what transactions and the records they commit add to.
type transactions struct {
	sold                               [outcomes]prometheus.Counter
	lateness                           prometheus.Histogram
	committed                          prometheus.Observer
	unavailable, unknown, failed       prometheus.Observer
	commands, events, secondsOfWaiting prometheus.Histogram
}

// What records are counted by.
const (
	bookingsBooked = iota
	bookingsHeld
	bookingsWaitlisted
	ticketsBooked
	ticketsHeld
	ticketsCancelled
	holdsConfirmed
	holdsExpired
	holdsGivenBack
	promotions
	left
	transfers
	outcomes // how many there are
)

// latenessBuckets are in seconds; a hold should never end more than 2 s late.
var latenessBuckets = []float64{.01, .05, .1, .25, .5, 1, 2, 5, 15, 60, 300, 3600}

func (t *transactions) register(registry *prometheus.Registry) {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
		registry.MustRegister(c)
		return c
	}
	byOutcome := func(name, help string) func(string) prometheus.Counter {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{"outcome"})
		registry.MustRegister(v)
		return func(outcome string) prometheus.Counter { return v.WithLabelValues(outcome) }
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
		registry.MustRegister(h)
		return h
	}
	bookings := byOutcome("bookings_total", "Bookings accepted: booked, held or waitlisted.")
	holds := byOutcome("holds_total", "Holds that ended: confirmed, expired or given back; not those of cancelled events.")
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "transaction_duration_seconds", Buckets: latencyBuckets,
		Help: "Time that a transaction took, all attempts together: committed, unavailable, unknown or failed.",
	}, []string{"outcome"})
	registry.MustRegister(duration)

	*t = transactions{
		sold: [outcomes]prometheus.Counter{
			bookingsBooked:     bookings("booked"),
			bookingsHeld:       bookings("held"),
			bookingsWaitlisted: bookings("waitlisted"),
			ticketsBooked:      counter("tickets_booked_total", "Tickets that were booked: at once, from the line, or when a hold was confirmed."),
			ticketsHeld:        counter("tickets_held_total", "Tickets that were held, at once or from the line."),
			ticketsCancelled:   counter("tickets_cancelled_total", "Tickets given back, or held too long; not those of cancelled events."),
			holdsConfirmed:     holds("confirmed"),
			holdsExpired:       holds("expired"),
			holdsGivenBack:     holds("given_back"),
			promotions:         counter("promotions_total", "Waiting bookings that got their tickets, held or booked."),
			left:               counter("waitlist_left_total", "Waiting bookings that gave up their place."),
			transfers:          counter("transfers_total", "Bookings that were given to another person."),
		},
		lateness:    histogram("expiry_lateness_seconds", "How long after its time a hold expired.", latenessBuckets),
		committed:   duration.WithLabelValues("committed"),
		unavailable: duration.WithLabelValues("unavailable"),
		unknown:     duration.WithLabelValues("unknown"),
		failed:      duration.WithLabelValues("failed"),
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

	var sold counts // adding once is cheaper than once a record
	for i := range tx.Records {
		r := &tx.Records[i]
		if r.Kind == domain.BookingHasExpired {
			t.lateness.Observe(r.At.Sub(r.Booking.ExpiresAt).Seconds())
		}
		sold.count(r)
	}
	for what, n := range sold {
		if n > 0 {
			t.sold[what].Add(float64(n))
		}
	}
}

// counts are how often something happened in a transaction.
type counts [outcomes]int

func (c *counts) count(r *domain.Record) {
	switch r.Kind {
	case domain.BookingWasBooked:
		c[bookingsBooked]++
		c[ticketsBooked] += r.Booking.Quantity
	case domain.BookingWasHeld:
		c[bookingsHeld]++
		c[ticketsHeld] += r.Booking.Quantity
	case domain.BookingJoined:
		c[bookingsWaitlisted]++
	case domain.BookingWasPromoted:
		c[promotions]++
		if r.Booking.Status == domain.BookingHeld {
			c[ticketsHeld] += r.Booking.Quantity
		} else {
			c[ticketsBooked] += r.Booking.Quantity
		}
	case domain.BookingConfirmed:
		c[holdsConfirmed]++
		for i := range r.Booking.Tickets {
			if r.Booking.Tickets[i].Status == domain.TicketBooked {
				c[ticketsBooked]++
			}
		}
	case domain.BookingHasExpired:
		c[holdsExpired]++
		c[ticketsCancelled] += len(r.Tickets)
	case domain.TicketsCancelled:
		c[ticketsCancelled] += len(r.Tickets)
		if r.Held && r.Booking.Status == domain.BookingCancelled {
			c[holdsGivenBack]++
		}
	case domain.BookingLeft:
		c[left]++
	case domain.BookingTransferred:
		c[transfers]++
	case domain.EventWasCreated, domain.EventWasChanged, domain.EventWasCancelled,
		domain.BookingExtended, domain.BookingChanged, domain.PersonErased: // sell nothing
	}
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
