package app

import (
	"runtime"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Options are the measures of group commit, and what the service takes from
// outside. A field that is zero has its default.
type Options struct {
	Lanes          int           // writers of each shard, each with a transaction of its own; default as many as processors, at least 2
	MaxBatch       int           // commands in one transaction; default 512. 1 is a transaction per command
	MaxEventsPerTx int           // events in one transaction; default 256
	MaxPending     int           // commands that may wait, in all lanes together; default 16,384
	CommitTimeout  time.Duration // for one transaction with all its repeats; default 10 s

	Clock ports.Clock // default the store's
	IDs   ports.IDs   // default ports.RandomIDs

	// Observe, if it is set, learns of every transaction before its callers are
	// answered, from several lanes at once. It holds them up, and must not panic.
	Observe func(Transaction)
	// Committed, if it is set, learns of all records once they are committed, those
	// of new events too, in the same way. One of an event that was created before
	// may come again.
	Committed func([]domain.Record)
}

// DefaultOptions are the options with all defaults filled in, but for the clock,
// which is the store's.
func DefaultOptions() Options { return Options{}.withDefaults() }

func (o Options) withDefaults() Options {
	fill(&o.Lanes, max(2, runtime.GOMAXPROCS(0)))
	fill(&o.MaxBatch, 512)
	fill(&o.MaxEventsPerTx, 256)
	fill(&o.MaxPending, 1<<14)
	fill(&o.CommitTimeout, 10*time.Second)
	if o.IDs == nil {
		o.IDs = ports.RandomIDs{}
	}
	if o.Committed == nil {
		o.Committed = func([]domain.Record) {}
	}
	return o
}

// maxTickets bounds the tickets that the commands of one transaction touch, or
// its size would be MaxBatch times the largest booking.
const maxTickets = 4096

// fewTickets are so few that MaxEventsPerTx times as many change little at that.
const fewTickets = 8

func fill[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
