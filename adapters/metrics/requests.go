package metrics

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boxoffice-go/boxoffice/domain"
)

// latencyBuckets are in seconds; from an idle server's answer to a lost client.
var latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Request is a request that was answered.
type Request struct {
	Method   string
	Route    string // its pattern; empty if there is none for the path
	Status   int
	Code     domain.Code // of the problem it was answered with; empty if there was none
	Duration time.Duration
}

// ObserveRequest counts a request.
func (m *Metrics) ObserveRequest(r Request) { m.requests.observe(r) }

type requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	refusals *prometheus.CounterVec

	// known has what each kind of request adds to: looking it up here costs a
	// fraction of what the vectors take. The map is replaced, never changed.
	known  atomic.Pointer[map[kind]series]
	adding sync.Mutex
}

// kind is what requests are counted by.
type kind struct {
	method, route string
	status        int
	code          domain.Code
}

// series are what a request of one kind adds to.
type series struct {
	total    prometheus.Counter
	duration prometheus.Observer
	refusals prometheus.Counter // nil without a code
}

func (r *requests) register(registry *prometheus.Registry) {
	r.total = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "http_requests_total", Help: "Requests answered. Status 499 is a client that didn't wait.",
	}, []string{"method", "route", "status"})
	r.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time until a request was answered.", Buckets: latencyBuckets,
	}, []string{"method", "route"})
	r.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "refusals_total", Help: "Requests answered with a problem, by its code.",
	}, []string{"code"})
	r.known.Store(new(map[kind]series))
	registry.MustRegister(r.total, r.duration, r.refusals)
}

func (r *requests) observe(request Request) {
	k := kind{method: request.Method, route: request.Route, status: request.Status, code: request.Code}
	s, ok := (*r.known.Load())[k]
	if !ok {
		s = r.add(k)
	}
	s.total.Inc()
	s.duration.Observe(request.Duration.Seconds())
	if s.refusals != nil {
		s.refusals.Inc()
	}
}

// methods are those of the routes; callers may send any others.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// add makes a kind of request known. One with a method that no route has is
// looked up each time, so that callers can't fill the memory.
func (r *requests) add(k kind) series {
	method, route := k.method, k.route
	common := slices.Contains(methods, method)
	if !common {
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	s := series{
		total:    r.total.WithLabelValues(method, route, strconv.Itoa(k.status)),
		duration: r.duration.WithLabelValues(method, route),
	}
	if k.code != "" {
		s.refusals = r.refusals.WithLabelValues(string(k.code))
	}
	if common {
		r.adding.Lock()
		defer r.adding.Unlock()
		known := maps.Clone(*r.known.Load())
		if known == nil {
			known = make(map[kind]series)
		}
		known[k] = s
		r.known.Store(&known)
	}
	return s
}
