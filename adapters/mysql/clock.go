package mysql

import (
	"context"
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
)

// clock is MySQL's clock: what it said when it was measured last, and how much
// time has passed since. Whatever this machine's clock says, and however it is
// set meanwhile, doesn't matter.
type clock struct {
	machine func() time.Time // what is told until it is measured; nil is time.Now

	first      sync.Mutex // who measures it for the first time
	mu         sync.Mutex
	said       time.Time // by the database
	measuredAt time.Time // when it did, by a clock that nobody sets; zero is never
	measuring  bool
	stopped    bool
	ended      sync.WaitGroup
}

// Now is the time of the database; see [ports.Clock]. It is measured before it is
// told for the first time; while that can't be done, and so nothing can be
// written either, it is this machine's.
func (s *Store) Now() time.Time {
	c := &s.clock
	if !c.isMeasured() {
		c.first.Lock()
		if !c.isMeasured() {
			ctx, cancel := context.WithTimeout(context.Background(), clockTimeout)
			_ = s.measureClock(ctx) // Ready tells
			cancel()
		}
		c.first.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.measuredAt.IsZero() {
		machine := time.Now
		if c.machine != nil {
			machine = c.machine
		}
		return machine().UTC().Truncate(time.Microsecond)
	}
	if !c.measuring && !c.stopped && time.Since(c.measuredAt) > clockFor {
		c.measuring = true
		c.ended.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), clockTimeout)
			defer cancel()
			_ = s.measureClock(ctx) // Ready tells
		})
	}
	return c.said.Add(time.Since(c.measuredAt)).UTC().Truncate(time.Microsecond)
}

func (c *clock) isMeasured() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped || !c.measuredAt.IsZero()
}

// stop waits until nothing is measured any more.
func (c *clock) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.ended.Wait()
}

// checkClock measures the clock, if that was not done lately, and refuses one
// that can't be measured.
func (s *Store) checkClock(ctx context.Context) error {
	c := &s.clock
	c.mu.Lock()
	old := time.Since(c.measuredAt) > clockFor
	c.mu.Unlock()
	if old {
		return s.measureClock(ctx)
	}
	return nil
}

// measureClock asks the database for the time, and, since that is done now and
// then, where its events are.
func (s *Store) measureClock(ctx context.Context) error {
	_ = s.findShards(ctx) // what is refused by one that is missing asks again
	said, at, err := s.readClock(ctx)
	c := &s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	c.measuring = false
	if err != nil {
		return err
	}
	c.said, c.measuredAt = said, at
	return nil
}

// readClock returns what the database's clock said, and when: in the middle of
// the shortest round trip of a few.
func (s *Store) readClock(ctx context.Context) (said, at time.Time, err error) {
	conn, err := s.reads.Conn(ctx)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	defer func() { _ = conn.Close() }() // it only goes back to its pool
	shortest := clockRoundTrip
	for range clockSamples {
		var sample time.Time
		sent := time.Now()
		if err := conn.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(6)").Scan(&sample); err != nil {
			return time.Time{}, time.Time{}, err
		}
		if roundTrip := time.Since(sent); roundTrip <= shortest {
			shortest, said, at = roundTrip, sample, sent.Add(roundTrip/2)
		}
	}
	if at.IsZero() {
		return time.Time{}, time.Time{}, errSlowClock
	}
	return said, at, nil
}

var errSlowClock = &domain.Error{
	Code:   ports.CodeStoreUnavailable,
	Detail: fmt.Sprintf("the database takes more than %v to tell the time, so that it can't be kept by it; try again in a moment", clockRoundTrip),
}
