package metrics

import (
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Troubles counts what should be rare with a database, since it was opened.
type Troubles struct {
	Deadlocks, LockWaits, LostConnections uint64 // transactions run again because of it
	LostCommits                           uint64 // commits whose answer was lost
	Spread                                uint64 // transactions run again event by event, since their events are on several shards
	GivenUp                               uint64 // transactions that failed each time they were run
}

// AddPools adds the pools of a database, by name.
func (m *Metrics) AddPools(pools map[string]*sql.DB) {
	for name, pool := range pools {
		m.registry.MustRegister(collectors.NewDBStatsCollector(pool, name))
	}
}

// AddTroubles adds the troubles of a database that others may use too.
func (m *Metrics) AddTroubles(troubles func() Troubles) {
	counter := func(name, help string, labels prometheus.Labels, value func(Troubles) uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels},
			func() float64 { return float64(value(troubles())) }))
	}
	for cause, value := range map[string]func(Troubles) uint64{
		"deadlock":        func(t Troubles) uint64 { return t.Deadlocks },
		"lock_wait":       func(t Troubles) uint64 { return t.LockWaits },
		"lost_connection": func(t Troubles) uint64 { return t.LostConnections },
		"spread":          func(t Troubles) uint64 { return t.Spread },
	} {
		counter("transaction_retries_total", "Transactions run again, by the cause.", prometheus.Labels{"cause": cause}, value)
	}
	counter("transactions_given_up_total", "Transactions that failed each time they were run.", nil,
		func(t Troubles) uint64 { return t.GivenUp })
	counter("lost_commits_total", "Commits whose answer was lost, and asked for.", nil,
		func(t Troubles) uint64 { return t.LostCommits })
}
