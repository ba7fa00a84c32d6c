package webhook

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.WebhookSender = (*Deliverer)(nil)

// storeCalls is how many reads and writes of the store are under way at the same
// time, which others need too.
const storeCalls = 8

// Store is what a deliverer needs of a store.
type Store interface {
	ports.Clock
	ports.Reader
	ports.WebhookStore
}

// Config is what a deliverer needs to know.
type Config struct {
	Store Store
	// Networks are where webhooks may lead to though they are private, also without
	// TLS.
	Networks []netip.Prefix
	// Link makes the link of a booking.
	Link func(context.Context, *domain.Booking) (string, error)
	// Observe, if it is set, learns of every attempt, from several goroutines.
	Observe func(ports.Delivery)
	// Stopped, if it is set, learns of each webhook that was paused or switched off
	// as it doesn't take messages.
	Stopped func(domain.Webhook)
	// Failed, if it is set, learns of failures of the store. What failed is tried
	// again.
	Failed func(error)
}

// Deliverer tells webhooks. It is safe for concurrent use; make one with [New] and
// close it before the store.
type Deliverer struct {
	config        Config
	networks      networks
	secure, plain *http.Client

	calls   *semaphore.Weighted
	pace    *pace
	woken   chan struct{}
	ctx     context.Context //nolint:containedctx // that of the work, which ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	hooks    map[domain.WebhookID]*hook // active ones
	inactive int
	closed   bool
}

// New starts a deliverer.
func New(config Config) *Deliverer {
	allowed := networks(config.Networks)
	return start(config, allowed.newClient("https"), allowed.newClient("http"))
}

func start(config Config, secure, plain *http.Client) *Deliverer {
	d := &Deliverer{
		config: config, networks: config.Networks, secure: secure, plain: plain, calls: semaphore.NewWeighted(storeCalls),
		pace: newPace(), woken: make(chan struct{}, 1), hooks: make(map[domain.WebhookID]*hook),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.running.Go(d.run)
	return d
}

// Close ends what is under way and gives all cursors back. A message that was
// being sent is sent again, by the next server.
func (d *Deliverer) Close() {
	d.mu.Lock()
	d.closed = true
	for _, h := range d.hooks {
		for _, p := range h.pending {
			if p.timer != nil {
				p.timer.Stop()
			}
		}
	}
	d.mu.Unlock()
	d.cancel()
	d.running.Wait()
	d.secure.CloseIdleConnections()
	d.plain.CloseIdleConnections()
}

// Wake implements [ports.WebhookSender].
func (d *Deliverer) Wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// Committed says that records were committed. It returns at once.
func (d *Deliverer) Committed(records []domain.Record) {
	d.pace.committed(len(records))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.hooks {
		for i := range records {
			if r := &records[i]; h.Wants(r) {
				d.enqueue(h, r.EventID, r.At, false)
			}
		}
	}
}

// Stats is how far behind a deliverer is.
type Stats struct {
	Pending  int           // pairs of a webhook and an event with something to tell
	Oldest   time.Duration // since the oldest that was not told happened
	Inactive int           // webhooks that are paused or off
}

// Stats returns how far behind the deliverer is now.
func (d *Deliverer) Stats() Stats {
	now := d.config.Store.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Stats{Inactive: d.inactive}
	for _, h := range d.hooks {
		s.Pending += len(h.pending)
		for _, p := range h.pending {
			s.Oldest = max(s.Oldest, now.Sub(p.since))
		}
	}
	return s
}

// Test implements [ports.WebhookSender].
func (d *Deliverer) Test(ctx context.Context, w domain.Webhook) (ports.Delivery, error) {
	m, err := testMessage(&w, d.config.Store.Now())
	if err != nil {
		return ports.Delivery{}, err
	}
	return d.observed(d.try(ctx, &w, m, 1)).Delivery, nil
}

func (d *Deliverer) observed(r result) result {
	if d.config.Observe != nil {
		d.config.Observe(r.Delivery)
	}
	return r
}

// use calls the store, as one of few who do.
func (d *Deliverer) use(ctx context.Context, call func() error) error {
	if err := d.calls.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.calls.Release(1)
	return call()
}
