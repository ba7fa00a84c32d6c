package app

import (
	"runtime"
	"time"
)

// Options are the measures of group commit. A field that is zero has its
// default.
type Options struct {
	Lanes          int           // writers, each with a transaction of its own; default as many as processors, at least 2
	MaxBatch       int           // commands in one transaction; default 512. 1 is a transaction per command
	MaxEventsPerTx int           // events in one transaction; default 256
	MaxPending     int           // commands that may wait, in all lanes together; default 16,384
	CommitTimeout  time.Duration // for one transaction with all its repeats; default 10 s

	// Observe, if it is set, learns of every transaction before its callers are
	// answered, from several lanes at once. It holds them up, and must not panic.
	Observe func(Transaction)
}

// DefaultOptions are the options with all defaults filled in.
func DefaultOptions() Options { return Options{}.withDefaults() }

func (o Options) withDefaults() Options {
	fill(&o.Lanes, max(2, runtime.GOMAXPROCS(0)))
	fill(&o.MaxBatch, 512)
	fill(&o.MaxEventsPerTx, 256)
	fill(&o.MaxPending, 1<<14)
	fill(&o.CommitTimeout, 10*time.Second)
	return o
}

func fill[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
