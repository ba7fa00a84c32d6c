package mysql

import "time"

// SetMachineClock lets a store believe that this machine's clock is another one.
func (s *Store) SetMachineClock(now func() time.Time) { s.clock.machine = now }
