package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	// clockSamples is how often MySQL's clock is read to measure it once: the
	// sample with the shortest round trip counts.
	clockSamples = 5
	// clockFor is how long a measurement is believed: in that time two clocks
	// drift apart by a few milliseconds at most.
	clockFor     = 15 * time.Second
	clockTimeout = 2 * time.Second
	// clockRoundTrip is the longest that a sample may take: half of it may be the
	// error.
	clockRoundTrip = 500 * time.Millisecond
	// mostClockOffset is how far this machine's clock may be off. One that is off
	// by more isn't kept right by anybody, and would jump any time.
	mostClockOffset = time.Second
)

// clock is MySQL's clock, told by this machine's, whose offset is measured now
// and then. The zero value is this machine's clock.
type clock struct {
	machine func() time.Time // nil is time.Now

	mu         sync.Mutex
	offset     time.Duration // to add to the machine's
	measuredAt time.Time
	measuring  bool
	stopped    bool
	ended      sync.WaitGroup
}

func (c *clock) machineNow() time.Time {
	if c.machine != nil {
		return c.machine()
	}
	return time.Now()
}

// Now is the time of the database, as far as it is known; see [ports.Clock].
// Until it has been measured for the first time, which [Store.Ready] does, it is
// this machine's.
func (s *Store) Now() time.Time {
	c := &s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.measuring && !c.stopped && time.Since(c.measuredAt) > clockFor {
		c.measuring = true
		c.ended.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), clockTimeout)
			defer cancel()
			_ = s.measureClock(ctx) // Ready tells
		})
	}
	return c.machineNow().Add(c.offset).UTC().Truncate(time.Microsecond)
}

// stop waits until nothing is measured any more.
func (c *clock) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.ended.Wait()
}

// checkClock measures the clock, if that was not done lately, and refuses one
// that can't be measured or is far off.
func (s *Store) checkClock(ctx context.Context) error {
	c := &s.clock
	c.mu.Lock()
	old := time.Since(c.measuredAt) > clockFor
	c.mu.Unlock()
	if old {
		if err := s.measureClock(ctx); err != nil {
			return err
		}
	}
	c.mu.Lock()
	offset := c.offset
	c.mu.Unlock()
	if offset.Abs() > mostClockOffset {
		return &domain.Error{
			Code:   ports.CodeStoreUnavailable,
			Detail: fmt.Sprintf("the clock of this machine is off by %v from that of the database; set it right (with NTP)", offset.Round(time.Millisecond)),
		}
	}
	return nil
}

// measureClock finds by how much the database's clock is ahead of this machine's.
func (s *Store) measureClock(ctx context.Context) error {
	offset, err := s.clockOffset(ctx)
	c := &s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	c.measuring = false
	if err != nil {
		return err
	}
	c.offset, c.measuredAt = offset, time.Now()
	return nil
}

func (s *Store) clockOffset(ctx context.Context) (offset time.Duration, err error) {
	conn, err := s.reads.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }() // it only goes back to its pool
	shortest := clockRoundTrip
	measured := false
	for range clockSamples {
		database, sent, roundTrip, err := s.sampleClock(ctx, conn)
		if err != nil {
			return 0, err
		}
		if roundTrip <= shortest {
			shortest, measured = roundTrip, true
			offset = database.Sub(sent.Add(roundTrip / 2))
		}
	}
	if !measured {
		return 0, errSlowClock
	}
	return offset, nil
}

var errSlowClock = &domain.Error{
	Code:   ports.CodeStoreUnavailable,
	Detail: fmt.Sprintf("the database takes more than %v to tell the time, so that it can't be kept by it; try again in a moment", clockRoundTrip),
}

func (s *Store) sampleClock(ctx context.Context, conn *sql.Conn) (database, sent time.Time, roundTrip time.Duration, err error) {
	sent, begun := s.clock.machineNow(), time.Now()
	err = conn.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(6)").Scan(&database)
	return database, sent, time.Since(begun), err
}
