package webhook

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	refreshEvery = 5 * time.Second  // how often it is looked for changed webhooks
	lookEvery    = 15 * time.Second // how often all events are looked through
	// lookShare is how much longer the pause is than looking through all events took.
	lookShare = 20

	deliveriesKept = 7 * 24 * time.Hour
)

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
