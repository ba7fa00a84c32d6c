package loadtest

import (
	"maps"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// operation is a kind of call that is measured.
type operation int

const (
	opBook operation = iota
	opCancel
	opLeave
	opConfirm
	opGiveBack
	opBooking
	opStatus
	operations // how many there are
)

var operationNames = [operations]string{"book", "cancel", "leave", "confirm", "give back", "booking", "status"}

func (o operation) String() string { return operationNames[o] }

// measurements are of all clients together; they are safe for concurrent use.
type measurements [operations]measurement

type measurement struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram // of calls that did what they ask for, in microseconds
	failures map[string]int64        // by code
}

func newMeasurements() *measurements {
	m := new(measurements)
	for op := range m {
		const significantFigures = 3
		m[op].latency = hdrhistogram.New(1, 2*answerTimeout.Microseconds(), significantFigures)
		m[op].failures = make(map[string]int64)
	}
	return m
}

func (m *measurements) record(op operation, took time.Duration, failed *failure) {
	one := &m[op]
	one.mu.Lock()
	defer one.mu.Unlock()
	if failed != nil {
		one.failures[failed.code]++
		return
	}
	// The range is wider than any call may take.
	_ = one.latency.RecordValue(max(took.Microseconds(), 1))
}

// calls is how many calls were made so far.
func (m *measurements) calls() int64 {
	var n int64
	for op := range m {
		n += m[op].calls()
	}
	return n
}

func (m *measurement) calls() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.latency.TotalCount()
	for _, failed := range m.failures {
		n += failed
	}
	return n
}

// figures sums one operation up; seconds is how long it was measured.
func (m *measurement) figures(op operation, seconds float64) figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	milliseconds := func(microseconds int64) float64 { return float64(microseconds) / 1000 }
	quantile := func(q float64) float64 { return milliseconds(m.latency.ValueAtQuantile(q)) }
	return figures{
		Operation: op.String(),
		Count:     m.latency.TotalCount(),
		PerSecond: float64(m.latency.TotalCount()) / seconds,
		Errors:    maps.Clone(m.failures),
		Latency: latency{
			P50:  quantile(50),
			P90:  quantile(90),
			P99:  quantile(99),
			P999: quantile(99.9),
			Max:  milliseconds(m.latency.Max()),
		},
	}
}
