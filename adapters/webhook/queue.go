package webhook

import (
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// workersOfHook is how many events of a webhook are worked on at the same time:
// no webhook takes the place of another.
const workersOfHook = 8

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
