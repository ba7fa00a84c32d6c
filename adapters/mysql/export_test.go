package mysql

import "time"

// SetMachineClock lets a store believe that this machine's clock is another one.
func (s *Store) SetMachineClock(now func() time.Time) { s.clock.machine = now }

// KeepShards lets a store believe that its database is a Vitess with these
// shards, named like keyspace/-80.
func (s *Store) KeepShards(names ...string) error { return s.shards.keep(names) }
