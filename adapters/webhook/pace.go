package webhook

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// crowd is how many records of one commit tell that callers queue up: those who
	// come during a transaction are in the next one. For as long as crowdStays after
	// such a commit they are taken to be there.
	crowd      = 32
	crowdStays = time.Second
	// besideCrowd is how many messages a second and processor are sent beside a
	// crowd: with all that it takes to make one, send it and keep that it was sent, it
	// costs the time of five bookings.
	besideCrowd = 50
	// inARow is how many of one webhook and event are sent one after another: they
	// share what is read before and kept after them.
	inARow = 16
	// askAgain is how long who may send nothing now waits.
	askAgain = 100 * time.Millisecond
)

// pace leaves the processors and the database to those who book while many do, and
// lets messages catch up after that.
type pace struct {
	messages *rate.Limiter
	until    atomic.Int64 // when the crowd is gone, in nanoseconds since 1970
}

func newPace() *pace {
	return &pace{messages: rate.NewLimiter(rate.Limit(besideCrowd*runtime.GOMAXPROCS(0)), 2*inARow)}
}

// committed learns how many records came of one commit.
func (p *pace) committed(records int) {
	if records >= crowd {
		p.until.Store(time.Now().Add(crowdStays).UnixNano())
	}
}

func (p *pace) isCrowded() bool { return time.Now().UnixNano() < p.until.Load() }

// allows reports whether so many messages, inARow at the most, may be sent now.
func (p *pace) allows(messages int) bool {
	return !p.isCrowded() || p.messages.AllowN(time.Now(), messages)
}

// takeTurn returns when the next of some messages may be sent. Meanwhile it keeps
// what was told, and the lease.
func (t *teller) takeTurn(messages int) error {
	if t.turns > 0 {
		t.turns--
		return t.keepInTime()
	}
	turns := min(messages, inARow)
	for {
		if err := t.keepInTime(); err != nil {
			return err
		}
		if t.pace.allows(turns) {
			t.turns = turns - 1
			return nil
		}
		if err := sleep(t.ctx, askAgain); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
