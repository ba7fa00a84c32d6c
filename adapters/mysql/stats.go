package mysql

import (
	"database/sql"
	"sync/atomic"
)

// Stats counts since the store was opened what should be rare.
type Stats struct {
	Deadlocks       uint64 // transactions run again because of a deadlock
	LockWaits       uint64 // transactions run again because a lock was not granted in time
	LostConnections uint64 // transactions run again because their connection broke
	LostCommits     uint64 // commits whose answer was lost
	Spread          uint64 // transactions that were refused since their events are on several shards
	GivenUp         uint64 // transactions that failed each time they were run
}

type counters struct {
	deadlocks, lockWaits, lostConnections, lostCommits, spread, givenUp atomic.Uint64
}

// Stats returns the counts. It is safe for concurrent use.
func (s *Store) Stats() Stats {
	return Stats{
		Deadlocks:       s.stats.deadlocks.Load(),
		LockWaits:       s.stats.lockWaits.Load(),
		LostConnections: s.stats.lostConnections.Load(),
		LostCommits:     s.stats.lostCommits.Load(),
		Spread:          s.stats.spread.Load(),
		GivenUp:         s.stats.givenUp.Load(),
	}
}

// Pools returns the pools of connections by what they are for, to be measured.
func (s *Store) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"writes": s.writes, "lookups": s.lookups, "reads": s.reads}
}
