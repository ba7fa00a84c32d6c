package mysql

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// SetMachineClock lets a store believe that this machine's clock is another one.
func (s *Store) SetMachineClock(now func() time.Time) { s.clock.machine = now }

// KeepShards lets a store believe that its database is a Vitess with these
// shards, named like keyspace/-80.
func (s *Store) KeepShards(names ...string) error { return s.shards.keep(names) }

// WithoutJournal does something while stores keep no journal.
func WithoutJournal(do func()) {
	journalOf = func(*domain.Batch) ([]ports.JournalRow, error) { return nil, nil }
	defer func() { journalOf = ports.JournalOf }()
	do()
}
