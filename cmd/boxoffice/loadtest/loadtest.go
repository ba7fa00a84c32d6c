package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
)

// ErrBooksDontBalance says that the server broke its rules; the report tells
// which ones.
var ErrBooksDontBalance = errors.New("the books don't balance")

const codeRateLimited = "rate_limited"

const rateLimitedHint = "The server limits the rate of requests, so this measures the limit: " +
	"run the server with --rate-limit=off, or give an --api-key."

// load is one load test.
type load struct {
	config   Config
	scenario scenario
	stderr   io.Writer
	events   []string // ids; of one that was not created it is empty
	clients  []*client
	measured *measurements
	wrong    *violations
	start    time.Time       // of the first call
	took     time.Duration   // until the last answer
	over     <-chan struct{} // closed when no new calls are made
}

// Run makes the load, checks the books, cancels the events that it created, and
// writes the report to stdout; on a terminal, stderr shows how far it is. When
// ctx ends early, it makes no more calls, and checks and reports what it has. It
// returns [ErrBooksDontBalance] if the server broke its rules, and another error
// if the load or the check could not be made, or an event not be cancelled.
func (c Config) Run(ctx context.Context, stdout, stderr io.Writer) error {
	if err := c.Validate(); err != nil {
		return err
	}
	l, err := newLoad(c.filled(), stderr)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.prepare(ctx); err != nil {
		cancelled, left := l.cancelEvents() //nolint:contextcheck // so that none stays on sale
		if cancelled > 0 {
			fmt.Fprintf(stderr, "%s that had been created before that.\n", cancelledEvents(cancelled))
		}
		return errors.Join(err, left)
	}
	l.run(ctx)
	interrupted := ctx.Err() != nil
	checked, unread := l.check()        //nolint:contextcheck // the books are checked also when ctx ended
	cancelled, left := l.cancelEvents() //nolint:contextcheck // and then nobody wants the events any more

	r := l.report(interrupted, checked, cancelled)
	if c.JSON {
		err = r.writeJSON(stdout)
	} else {
		err = r.writeText(stdout)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the report can't be written: %w", err)
	case checked.Violations > 0:
		return errors.Join(ErrBooksDontBalance, left)
	case unread != nil:
		return errors.Join(fmt.Errorf("the books can't be read: %w", unread), left)
	}
	return left
}

func newLoad(config Config, stderr io.Writer) (*load, error) {
	target, err := url.Parse(strings.TrimSuffix(config.Target, "/"))
	if err != nil {
		return nil, err
	}
	l := &load{
		config:   config,
		scenario: scenarios[config.Scenario],
		stderr:   stderr,
		events:   make([]string, config.Events),
		clients:  make([]*client, config.Clients),
		measured: newMeasurements(),
		wrong:    new(violations),
	}
	for i := range l.clients {
		l.clients[i] = &client{
			load:       l,
			connection: newConnection(target, config.APIKey),
			random:     rand.New(rand.NewPCG(config.Seed, uint64(i))),
			person:     int32(i),
		}
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		c.connection.close()
	}
}

// prepare does what must be done before the first call is measured.
func (l *load) prepare(ctx context.Context) error {
	err := l.connect(ctx)
	if err != nil {
		err = fmt.Errorf("the server at %s can't be reached: %w", l.config.Target, err)
	} else if err = l.createEvents(ctx); err != nil {
		err = fmt.Errorf("an event can't be created: %w", err)
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("stopped before the load began: %w", ctx.Err())
	}
	return err
}

// connect opens every client's connection, so that it doesn't count as latency.
func (l *load) connect(ctx context.Context) error {
	const atOnce = 64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, c := range l.clients {
		group.Go(func() error { return c.connection.open(ctx) })
	}
	return group.Wait()
}

// minClaim is the shortest time for which an event can hold a promoted booking.
const minClaim = time.Minute

func (l *load) createEvents(ctx context.Context) error {
	return l.eachEvent(ctx, "Creating events", func(c *connection, i int) error {
		path, body := "/initialize", fmt.Appendf(nil, `{"name":"Load test %d","totalTickets":%d}`, i+1, l.config.Tickets)
		if l.config.Hold > 0 {
			path = "/events"
			body = fmt.Appendf(nil, `{"name":"Load test %d","totalTickets":%d,"holdSeconds":%d,"claimSeconds":%d}`,
				i+1, l.config.Tickets, int(l.config.Hold.Seconds()), int(max(l.config.Hold, minClaim).Seconds()))
		}
		var created struct {
			ID string `json:"id"`
		}
		if failed := c.call(http.MethodPost, path, body, http.StatusCreated, &created); failed != nil {
			return explain(failed)
		}
		l.events[i] = created.ID
		return nil
	})
}

// cancelEvents takes the events that were created off sale, and returns how many
// it could.
func (l *load) cancelEvents() (int, error) {
	var cancelled atomic.Int64
	err := l.eachEvent(context.Background(), "Cancelling events", func(c *connection, i int) error {
		if l.events[i] == "" {
			return nil
		}
		failed := patiently(func() *failure {
			return c.call(http.MethodPost, "/events/"+l.events[i]+"/cancel", nil, http.StatusOK, nil)
		})
		if failed != nil {
			return fmt.Errorf("event %s can't be cancelled and may stay on sale: %w", l.events[i], explain(failed))
		}
		cancelled.Add(1)
		return nil
	})
	return int(cancelled.Load()), err
}

// eachEvent does something for every event, over all clients' connections, until
// it fails or ctx ends. A call that was begun is finished.
func (l *load) eachEvent(ctx context.Context, what string, do func(c *connection, i int) error) error {
	bar := l.progress(what, len(l.events))
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for _, c := range l.clients {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(l.events); i = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(c.connection, i); err != nil {
					return err
				}
				_ = bar.Add(1) // what can't be shown does no harm
			}
			return nil
		})
	}
	err := group.Wait()
	_ = bar.Finish()
	return err
}

// run lets the clients make calls until the time is up or ctx ends.
func (l *load) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.config.Duration)
	defer cancel()
	l.over, l.start = ctx.Done(), time.Now()
	var running sync.WaitGroup
	for _, c := range l.clients {
		running.Go(func() {
			if l.scenario.begin != nil {
				l.scenario.begin(c)
			}
			for ctx.Err() == nil {
				l.scenario.step(c)
				c.comeBack()
			}
		})
	}
	done := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() { l.showCalls(done) })
	running.Wait()
	l.took = time.Since(l.start)
	close(done)
	showing.Wait()
}

func (l *load) showCalls(done <-chan struct{}) {
	bar := l.progress(l.config.Scenario, int(l.config.Duration/time.Millisecond))
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			bar.Describe(fmt.Sprintf("%s: %d calls", l.config.Scenario, l.measured.calls()))
			_ = bar.Set(int(min(time.Since(l.start), l.config.Duration) / time.Millisecond))
		case <-done:
			_ = bar.Finish()
			return
		}
	}
}

// progress is a bar that only a terminal shows.
func (l *load) progress(what string, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWriter(l.stderr),
		progressbar.OptionSetVisibility(isTerminal(l.stderr)),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// explain adds to a failure what can be done about it.
func explain(f *failure) error {
	if f.code == codeRateLimited {
		return fmt.Errorf("%w. %s", f, rateLimitedHint)
	}
	return f
}
