package metrics

import (
	"context"
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

// AddShards adds whether each shard of a database serves, by its name.
func (m *Metrics) AddShards(shards func(context.Context) (map[string]bool, error)) {
	m.registry.MustRegister(shardCollector{shards})
}

type shardCollector struct {
	shards func(context.Context) (map[string]bool, error)
}

var shardServing = prometheus.NewDesc(namespace+"_shard_serving", "1 if the shard of Vitess serves, else 0.", []string{"shard"}, nil)

func (shardCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- shardServing }

// Collect tells nothing while the database can't be asked.
func (c shardCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	shards, err := c.shards(ctx)
	if err != nil {
		return
	}
	for name, serves := range shards {
		value := 0.0
		if serves {
			value = 1
		}
		metrics <- prometheus.MustNewConstMetric(shardServing, prometheus.GaugeValue, value, name)
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
