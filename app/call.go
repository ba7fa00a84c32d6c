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
	// What it came to in the last run; it may run more than once.
	result  domain.Result
	refusal error
	// failure is why the whole transaction failed, if it did. It is written
	// before done is closed.
	failure error
	done    chan struct{}
	taken   atomic.Bool // by the lane, or by a caller that gave up
}

func (c *call) event() domain.EventID { return domain.EventOf(c.command) }

// take makes the call the taker's alone; only the first to ask gets it.
func (c *call) take() bool { return c.taken.CompareAndSwap(false, true) }

func (c *call) answer(failure error) {
	c.failure = failure
	close(c.done)
}

// submit sends a command through its event's lane and waits for what comes of
// it. A command that was accepted before under its idempotency key is answered
// with a [*domain.Repeat].
func (s *Service) submit(ctx context.Context, command domain.Command) (domain.Result, error) {
	if err := command.Validate(); err != nil {
		return domain.Result{}, err
	}
	if err := s.checkEvent(ctx, domain.EventOf(command)); err != nil {
		return domain.Result{}, err
	}
	return s.enqueue(ctx, command)
}

// enqueue is submit for a valid command on an event that is known to exist.
func (s *Service) enqueue(ctx context.Context, command domain.Command) (domain.Result, error) {
	c := &call{ctx: ctx, command: command, done: make(chan struct{})}
	if s.options.Observe != nil {
		c.arrived = time.Now()
	}
	if err := s.lanes.lane(c.event()).push(c); err != nil {
		return domain.Result{}, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.take() {
			return domain.Result{}, ctx.Err()
		}
		<-c.done
	}
	if c.failure != nil {
		return domain.Result{}, c.failure
	}
	return c.result, c.refusal
}
