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

const (
	// workersOfHook is how many events of a webhook are worked on at the same time:
	// no webhook takes the place of another.
	workersOfHook = 8
	// storeCalls is how many reads and writes of the store are under way at the same
	// time, which others need too.
	storeCalls = 8

	refreshEvery = 5 * time.Second  // how often it is looked for changed webhooks
	lookEvery    = 15 * time.Second // how often all events are looked through
	// lookShare is how much longer the pause is than looking through all events took.
	lookShare = 20
	// retryStore is how long to wait when the store failed, or another server has the
	// cursor.
	retryStore = time.Second

	deliveriesKept = 7 * 24 * time.Hour
)

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
	woken   chan struct{}
	ctx     context.Context //nolint:containedctx // that of the work, which ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	hooks    map[domain.WebhookID]*hook // active ones
	inactive int
	closed   bool
}

// hook is an active webhook, with the events that there may be something to tell
// of.
type hook struct {
	domain.Webhook
	queue   []domain.EventID
	pending map[domain.EventID]*pending
	workers int
}

// pending is an event that waits: in the queue, for a timer, or being worked on.
type pending struct {
	since time.Time // when the oldest happened that was not told, as far as is known
	busy  bool
	again bool // something happened while it was busy
	timer *time.Timer
}

// New starts a deliverer.
func New(config Config) *Deliverer {
	allowed := networks(config.Networks)
	return start(config, allowed.newClient("https"), allowed.newClient("http"))
}

func start(config Config, secure, plain *http.Client) *Deliverer {
	d := &Deliverer{
		config: config, networks: config.Networks, secure: secure, plain: plain, calls: semaphore.NewWeighted(storeCalls),
		woken: make(chan struct{}, 1), hooks: make(map[domain.WebhookID]*hook),
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

// run looks for changed webhooks, and through all events, until the deliverer is
// closed.
func (d *Deliverer) run() {
	var nextLook, nextForget time.Time
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	for {
		fresh, err := d.refresh()
		now := time.Now()
		if err == nil && !now.Before(nextLook) {
			fresh = d.active()
			nextLook = now.Add(lookEvery)
		}
		for _, h := range fresh {
			if err = d.look(h); err != nil {
				nextLook = time.Time{}
				break
			}
		}
		if wait := now.Add(lookShare * time.Since(now)); wait.After(nextLook) && err == nil {
			nextLook = wait
		}
		if err == nil && !now.Before(nextForget) {
			nextForget = now.Add(d.forget())
		}
		d.report(err)
		select {
		case <-d.ctx.Done():
			return
		case <-refresh.C:
		case <-d.woken:
			nextLook = time.Time{}
		}
	}
}

// forget forgets attempts that are old, and says when to go on.
func (d *Deliverer) forget() time.Duration {
	forgotten, err := d.config.Store.ForgetDeliveries(d.ctx, d.config.Store.Now().Add(-deliveriesKept))
	d.report(err)
	if forgotten > 0 {
		return 0 // at the next refresh
	}
	return time.Hour
}

func (d *Deliverer) report(err error) {
	if err != nil && d.config.Failed != nil && d.ctx.Err() == nil {
		d.config.Failed(err)
	}
}

// refresh reads all webhooks, and returns those that became active.
func (d *Deliverer) refresh() (fresh []*hook, err error) {
	const page = 200
	active := make(map[domain.WebhookID]domain.Webhook)
	inactive := 0
	for query := (ports.WebhookQuery{Limit: page}); ; {
		found, err := d.config.Store.Webhooks(d.ctx, query)
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			if w.Status == domain.WebhookActive {
				active[w.ID] = w
			} else {
				inactive++
			}
		}
		if len(found) < page {
			break
		}
		query.After = ports.CursorOfWebhook(found[page-1])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inactive = inactive
	for id := range d.hooks {
		if _, still := active[id]; !still {
			d.drop(id)
		}
	}
	for id, w := range active {
		h := d.hooks[id]
		if h == nil {
			h = &hook{pending: make(map[domain.EventID]*pending)}
			d.hooks[id] = h
			fresh = append(fresh, h)
		}
		h.Webhook = w
	}
	return fresh, nil
}

// drop forgets a webhook that isn't active any more. Who works on it finds out.
// Whoever calls it holds mu.
func (d *Deliverer) drop(id domain.WebhookID) {
	h := d.hooks[id]
	if h == nil {
		return
	}
	for _, p := range h.pending {
		if p.timer != nil {
			p.timer.Stop()
		}
	}
	h.queue = nil
	delete(d.hooks, id)
}

func (d *Deliverer) active() []*hook {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*hook, 0, len(d.hooks))
	for _, h := range d.hooks {
		all = append(all, h)
	}
	return all
}

// look finds all events that a webhook may be behind on.
func (d *Deliverer) look(h *hook) error {
	d.mu.Lock()
	w := h.Clone()
	d.mu.Unlock()
	for after := (domain.EventID{}); ; {
		var behind []domain.EventID
		var next domain.EventID
		err := d.use(d.ctx, func() (err error) {
			behind, next, err = d.config.Store.Behind(d.ctx, &w, after)
			return err
		})
		if err != nil {
			return err
		}
		now := d.config.Store.Now()
		d.mu.Lock()
		for _, event := range behind {
			d.enqueue(h, event, now, true)
		}
		d.mu.Unlock()
		if next == (domain.EventID{}) {
			return nil
		}
		after = next
	}
}

// use calls the store, as one of few who do.
func (d *Deliverer) use(ctx context.Context, call func() error) error {
	if err := d.calls.Acquire(ctx, 1); err != nil {
		return err
	}
	defer d.calls.Release(1)
	return call()
}

// enqueue lets an event be looked at. One that waits for its next try waits on,
// unless it is due. Whoever calls it holds mu.
func (d *Deliverer) enqueue(h *hook, event domain.EventID, since time.Time, due bool) {
	if d.closed || d.hooks[h.ID] != h {
		return
	}
	p := h.pending[event]
	switch {
	case p == nil:
		p = &pending{since: since}
		h.pending[event] = p
	case p.busy:
		p.again = true
		return
	case p.timer == nil || !due:
		return
	default:
		p.timer.Stop()
		p.timer = nil
	}
	h.queue = append(h.queue, event)
	if h.workers < workersOfHook {
		h.workers++
		d.running.Go(func() { d.work(h) })
	}
}

// work works on events of a webhook until none waits.
func (d *Deliverer) work(h *hook) {
	for {
		d.mu.Lock()
		if len(h.queue) == 0 || d.closed {
			h.workers--
			d.mu.Unlock()
			return
		}
		event := h.queue[0]
		h.queue = h.queue[1:]
		p, w := h.pending[event], h.Clone()
		p.busy, p.again = true, false
		d.mu.Unlock()

		wait, more := d.tell(&w, event, func(since time.Time) {
			d.mu.Lock()
			p.since = since
			d.mu.Unlock()
		})

		d.mu.Lock()
		p.busy = false
		switch {
		case d.closed:
		case wait > 0:
			p.timer = time.AfterFunc(wait, func() {
				d.mu.Lock()
				defer d.mu.Unlock()
				if h.pending[event] == p {
					d.enqueue(h, event, p.since, true)
				}
			})
		case more || p.again:
			delete(h.pending, event)
			d.enqueue(h, event, p.since, true)
		default:
			delete(h.pending, event)
		}
		d.mu.Unlock()
	}
}
