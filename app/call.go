package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// call is one command on its way through a lane.
type call struct {
	ctx     context.Context // the caller's
	command domain.Command
	arrived time.Time // zero unless somebody observes
	// decide applies the command and keeps its answer for the caller. It may
	// run more than once; the last run counts.
	decide  func(*domain.Batch, domain.Stamp)
	refusal error // of the last run
	// failure is why the whole transaction failed, if it did. It is written
	// before done is closed.
	failure error
	done    chan struct{}
	taken   atomic.Bool // by the lane, or by a caller that gave up
}

// take makes the call the taker's alone; only the first to ask gets it.
func (c *call) take() bool { return c.taken.CompareAndSwap(false, true) }

func (c *call) answer(failure error) {
	c.failure = failure
	close(c.done)
}

// submit sends a command through its event's lane and waits for the answer.
func submit[C domain.Command, R any](
	ctx context.Context, s *Service, command C, decide func(*domain.Batch, C, domain.Stamp) (R, error),
) (R, error) {
	var none R
	if err := s.checkEvent(ctx, command.Event()); err != nil {
		return none, err
	}
	var result R
	c := &call{ctx: ctx, command: command, done: make(chan struct{})}
	c.decide = func(b *domain.Batch, stamp domain.Stamp) {
		result, c.refusal = decide(b, command, stamp)
	}
	if s.options.Observe != nil {
		c.arrived = time.Now()
	}
	if err := s.lane(command.Event()).push(c); err != nil {
		return none, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.take() {
			return none, ctx.Err()
		}
		<-c.done
	}
	if c.failure != nil {
		return none, c.failure
	}
	return result, c.refusal
}
