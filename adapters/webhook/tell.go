package webhook

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	// pageSize is how many records are told before others have their turn.
	pageSize = 256
	// The cursor is kept after so many attempts, or so long after the last time; beside
	// a crowd less often, since every commit is in the way of another.
	maxUnkept        = 64
	keptWithin       = 250 * time.Millisecond
	keptBesideACrowd = 5 * time.Second
	// leaseTime is how long a cursor is leased. It is kept, and leased on, before a
	// try could last longer.
	leaseTime   = time.Minute
	leaseMargin = 15 * time.Second
	// retryStore is how long to wait when the store failed, or another server has the
	// cursor.
	retryStore = time.Second
	// givingBack is how long it may take to give a cursor back when the work ends.
	givingBack = 2 * time.Second
)

// teller tells a webhook of an event, under a lease.
type teller struct {
	*Deliverer
	webhook domain.Webhook
	ports.Cursor
	ahead  ahead
	turns  int // messages that may be sent before it asks again
	unkept []ports.Delivery
	kept   time.Time // when the cursor was kept last, by this machine's clock
}

// tell tells a webhook what it was not told of an event, as far as it goes now.
// wait is when to go on: 0 is when something happens, or at once if there is more.
func (d *Deliverer) tell(w *domain.Webhook, event domain.EventID, oldest func(time.Time)) (wait time.Duration, more bool) {
	t := teller{Deliverer: d, kept: time.Now()}
	leased := false
	err := d.use(d.ctx, func() (err error) {
		if t.Cursor, leased, err = d.config.Store.Lease(d.ctx, w, event, leaseTime); err != nil || !leased {
			return err
		}
		t.webhook, err = d.config.Store.Webhook(d.ctx, w.ID) // as it is now
		return err
	})
	switch {
	case errors.Is(err, domain.ErrWebhookNotFound):
		return 0, false
	case err != nil:
		d.report(err)
		return retryStore, false
	case !leased:
		return max(retryStore, t.NextTryAt.Sub(d.config.Store.Now())), false
	case t.webhook.Status != domain.WebhookActive:
		d.report(t.giveBack(t.NextTryAt))
		return 0, false
	}
	wait, more, err = t.page(oldest)
	switch {
	case err == nil, errors.Is(err, ports.ErrLeaseLost):
		return wait, more
	default:
		d.report(err)
		d.report(t.giveBack(d.config.Store.Now()))
		return retryStore, false
	}
}

// page tells a page of records, and gives the cursor back unless it fails.
func (t *teller) page(oldest func(time.Time)) (wait time.Duration, more bool, err error) {
	if t.Told == (ports.JournalCursor{}) {
		if err := t.find(); err != nil {
			return 0, false, err
		}
	}
	records, err := t.read(t.Told, pageSize)
	if err != nil {
		return 0, false, err
	}
	for i := range records {
		r := &records[i]
		if !t.webhook.Wants(r) {
			t.advance(r)
			continue
		}
		oldest(r.At)
		if t.isOld() {
			return 0, true, t.giveBack(t.config.Store.Now())
		}
		if err := t.takeTurn(len(records) - i); err != nil {
			return 0, false, err
		}
		booking, err := t.ahead.booking(t, records[i:])
		if err != nil {
			return 0, false, err
		}
		m, err := t.messageOf(t.ctx, &t.webhook, r, booking)
		if err != nil {
			return 0, false, err
		}
		result := t.try(t.ctx, &t.webhook, m, t.Attempts+1)
		if t.ctx.Err() != nil { // it was cut off by us
			return 0, false, t.ctx.Err()
		}
		result.EventID, result.Record = r.EventID, ports.CursorOfRecord(*r)
		if !result.ok() {
			wait, err := t.fail(result)
			return wait, false, err
		}
		t.unkept = append(t.unkept, t.observed(result).Delivery)
		t.advance(r)
	}
	if more = len(records) == pageSize; more {
		return 0, true, t.giveBack(t.config.Store.Now())
	}
	return 0, false, t.giveBack(time.Time{})
}

// isOld reports whether the webhook was changed, paused or deleted since its
// cursor was leased, as far as is known here.
func (t *teller) isOld() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hooks[t.webhook.ID]
	return h == nil || h.UpdatedAt.After(t.webhook.UpdatedAt)
}

func (t *teller) advance(r *domain.Record) {
	t.Told, t.ToldAt, t.Attempts = ports.CursorOfRecord(*r), r.At, 0
}

// keepInTime keeps the cursor now and then, so that little is sent twice if the
// server dies, and the lease never ends during a try.
func (t *teller) keepInTime() error {
	age, within := time.Since(t.kept), keptWithin
	if t.pace.isCrowded() {
		within = keptBesideACrowd
	}
	if len(t.unkept) < maxUnkept && (len(t.unkept) == 0 || age < within) && age < leaseTime-tryTimeout-leaseMargin {
		return nil
	}
	err := t.use(t.ctx, func() error { return t.config.Store.Advance(t.ctx, t.Cursor, t.unkept, leaseTime) })
	t.unkept, t.kept = nil, time.Now()
	return err
}

// giveBack keeps the cursor and ends the lease, also when the deliverer is being
// closed.
func (t *teller) giveBack(nextTryAt time.Time) error {
	t.NextTryAt = nextTryAt
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), givingBack)
	defer cancel()
	err := t.use(ctx, func() error { return t.config.Store.Advance(ctx, t.Cursor, t.unkept, 0) })
	t.unkept = nil
	if errors.Is(err, ports.ErrLeaseLost) {
		return nil // somebody else goes on
	}
	return err
}

// fail keeps a try that failed, and says when the next one is; 0 is never.
func (t *teller) fail(r result) (time.Duration, error) {
	t.Attempts++
	delay, again := delayAfter(t.Attempts, r.after)
	again = again && !r.gone
	nextTryAt := t.config.Store.Now() // when the webhook is active again
	if again {
		nextTryAt = nextTryAt.Add(delay).Truncate(time.Microsecond)
		r.NextTryAt = nextTryAt
	}
	t.unkept = append(t.unkept, t.observed(r).Delivery)
	if err := t.giveBack(nextTryAt); err != nil || again {
		return delay, err
	}
	return 0, t.stop(r)
}

// errChanged says that a webhook isn't the one that failed any more.
var errChanged = errors.New("webhook: it was changed meanwhile")

// stop pauses a webhook that takes no messages, or switches it off.
func (t *teller) stop(r result) error {
	stopped, err := t.config.Store.ChangeWebhook(t.ctx, t.webhook.ID, func(w *domain.Webhook) error {
		if w.Status != domain.WebhookActive || w.URL != t.webhook.URL {
			return errChanged
		}
		w.Status, w.Reason = domain.WebhookPaused, fmt.Sprintf("message %s was not taken in %d tries: %s", r.MessageID, r.Attempt, r.Failure)
		if r.gone {
			w.Status, w.Reason = domain.WebhookOff, "it answered 410 Gone"
		}
		w.Reason = shorten(w.Reason)
		w.UpdatedAt = t.config.Store.Now()
		return nil
	})
	switch {
	case errors.Is(err, errChanged), errors.Is(err, domain.ErrWebhookNotFound):
		return nil
	case err != nil:
		return err
	}
	t.mu.Lock()
	t.drop(stopped.ID)
	t.inactive++
	t.mu.Unlock()
	if t.config.Stopped != nil {
		t.config.Stopped(stopped)
	}
	return nil
}

func (t *teller) read(after ports.JournalCursor, limit int) (records []domain.Record, err error) {
	err = t.use(t.ctx, func() (err error) {
		records, err = t.config.Store.Journal(t.ctx, ports.JournalQuery{EventID: t.EventID, After: after, Limit: limit})
		return err
	})
	return records, err
}

// find finds the place in the journal of a cursor of which only the time is
// known: before the first record that is not before that. Times in a journal never
// go back.
func (t *teller) find() error {
	var event domain.Event
	err := t.use(t.ctx, func() (err error) {
		event, err = t.config.Store.Event(t.ctx, t.EventID)
		return err
	})
	if err != nil {
		return err
	}
	versions := sort.Search(int(event.Version), func(i int) bool {
		if err != nil {
			return true
		}
		var records []domain.Record
		records, err = t.read(ports.JournalCursor{Version: int64(i + 1)}, 1)
		return len(records) > 0 && !records[0].At.Before(t.ToldAt)
	})
	t.Told = ports.JournalCursor{Version: int64(versions), Number: math.MaxInt32} // all of that version
	return err
}
