package memory

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.WebhookStore = (*Store)(nil)

// maxDeliveries is how many attempts of a webhook are kept at least, and half of
// what are kept at most: all of them would fill the memory.
const maxDeliveries = 10_000

// webhooks are all webhooks of a store.
type webhooks struct {
	sync.Mutex
	byID map[domain.WebhookID]*webhook
}

type webhook struct {
	domain.Webhook
	request    [sha256.Size]byte
	cursors    map[domain.EventID]ports.Cursor
	deliveries []ports.Delivery // by id
}

// find returns a webhook. Whoever calls it holds the lock.
func (w *webhooks) find(ctx context.Context, id domain.WebhookID) (*webhook, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found, ok := w.byID[id]
	if !ok {
		return nil, domain.ErrWebhookNotFound
	}
	return found, nil
}

// CreateWebhook implements [ports.WebhookStore].
func (s *Store) CreateWebhook(ctx context.Context, w domain.Webhook, request [sha256.Size]byte) (domain.Webhook, bool, error) {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	if there, err := s.webhooks.find(ctx, w.ID); err == nil {
		if request == ([sha256.Size]byte{}) || there.request != request {
			return domain.Webhook{}, false, domain.ErrIdempotencyKeyReused
		}
		return there.Clone(), false, nil
	} else if ctx.Err() != nil {
		return domain.Webhook{}, false, err
	}
	put(&s.webhooks.byID, w.ID, &webhook{Webhook: w.Clone(), request: request})
	return w.Clone(), true, nil
}

// Webhook implements [ports.WebhookStore].
func (s *Store) Webhook(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	w, err := s.webhooks.find(ctx, id)
	if err != nil {
		return domain.Webhook{}, err
	}
	return w.Clone(), nil
}

// Webhooks implements [ports.WebhookStore].
func (s *Store) Webhooks(ctx context.Context, query ports.WebhookQuery) ([]domain.Webhook, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	var found []domain.Webhook
	for _, w := range s.webhooks.byID {
		if query.After == (ports.WebhookCursor{}) || newerWebhook(query.After, ports.CursorOfWebhook(w.Webhook)) < 0 {
			found = append(found, w.Clone())
		}
	}
	slices.SortFunc(found, func(a, b domain.Webhook) int {
		return newerWebhook(ports.CursorOfWebhook(a), ports.CursorOfWebhook(b))
	})
	return found[:min(limit, len(found))], nil
}

func newerWebhook(a, b ports.WebhookCursor) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID.UUID[:], a.ID.UUID[:]))
}

// ChangeWebhook implements [ports.WebhookStore].
func (s *Store) ChangeWebhook(ctx context.Context, id domain.WebhookID, change func(*domain.Webhook) error) (domain.Webhook, error) {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	w, err := s.webhooks.find(ctx, id)
	if err != nil {
		return domain.Webhook{}, err
	}
	changed := w.Clone()
	if err := change(&changed); err != nil {
		return domain.Webhook{}, err
	}
	w.Webhook = changed.Clone()
	return changed, nil
}

// DeleteWebhook implements [ports.WebhookStore].
func (s *Store) DeleteWebhook(ctx context.Context, id domain.WebhookID) error {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	_, err := s.webhooks.find(ctx, id)
	if err == nil {
		delete(s.webhooks.byID, id)
	}
	return err
}

// Behind implements [ports.WebhookStore]. It looks at all events.
func (s *Store) Behind(ctx context.Context, w *domain.Webhook, _ domain.EventID) ([]domain.EventID, domain.EventID, error) {
	if err := ctx.Err(); err != nil {
		return nil, domain.EventID{}, err
	}
	s.mu.RLock()
	events := slices.Clone(s.newest)
	s.mu.RUnlock()
	now := s.Now()
	var behind []domain.EventID
	for _, e := range events {
		if w.EventID != (domain.EventID{}) && w.EventID != e.id {
			continue
		}
		e.RLock()
		version, updatedAt := e.head.Version, e.head.UpdatedAt
		e.RUnlock()
		if s.webhooks.isBehind(w, e.id, version, updatedAt, now) {
			behind = append(behind, e.id)
		}
	}
	return behind, domain.EventID{}, nil
}

func (w *webhooks) isBehind(hook *domain.Webhook, event domain.EventID, version int64, updatedAt, now time.Time) bool {
	w.Lock()
	defer w.Unlock()
	there, ok := w.byID[hook.ID]
	if !ok {
		return false
	}
	c, ok := there.cursors[event]
	switch {
	case !ok:
		return !updatedAt.Before(hook.StartsAt)
	case c.NextTryAt.IsZero():
		return c.Told.Version < version
	default:
		return isFree(&c, now)
	}
}

// isFree reports whether a cursor can be leased.
func isFree(c *ports.Cursor, now time.Time) bool {
	return !c.NextTryAt.After(now) && (c.Lease == uuid.Nil || !c.LeaseEnds.After(now))
}

// Lease implements [ports.WebhookStore].
func (s *Store) Lease(ctx context.Context, w *domain.Webhook, event domain.EventID, d time.Duration) (ports.Cursor, bool, error) {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	hook, err := s.webhooks.find(ctx, w.ID)
	if err != nil {
		return ports.Cursor{}, false, err
	}
	c, ok := hook.cursors[event]
	if !ok {
		c = ports.Cursor{WebhookID: w.ID, EventID: event, ToldAt: w.StartsAt}
	}
	now := s.Now()
	if !isFree(&c, now) {
		return c, false, nil
	}
	if c.NextTryAt.IsZero() {
		c.NextTryAt = now
	}
	c.Lease, c.LeaseEnds = uuid.New(), now.Add(d)
	put(&hook.cursors, event, c)
	return c, true, nil
}

// Advance implements [ports.WebhookStore].
func (s *Store) Advance(ctx context.Context, c ports.Cursor, attempts []ports.Delivery, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	hook, ok := s.webhooks.byID[c.WebhookID]
	if !ok || hook.cursors[c.EventID].Lease != c.Lease {
		return ports.ErrLeaseLost
	}
	c.LeaseEnds = s.Now().Add(d)
	if d == 0 {
		c.Lease, c.LeaseEnds = uuid.Nil, time.Time{}
	}
	hook.cursors[c.EventID] = c
	hook.log(attempts...)
	return nil
}

// Restart implements [ports.WebhookStore].
func (s *Store) Restart(ctx context.Context, id domain.WebhookID, after time.Time) error {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	hook, err := s.webhooks.find(ctx, id)
	if err != nil {
		return err
	}
	now := s.Now()
	for event, c := range hook.cursors {
		if !after.IsZero() && c.ToldAt.After(after) {
			c.Told, c.ToldAt, c.NextTryAt = ports.JournalCursor{}, after, now
		} else if !c.NextTryAt.IsZero() {
			c.NextTryAt = now
		}
		c.Attempts, c.Lease, c.LeaseEnds = 0, uuid.Nil, time.Time{}
		hook.cursors[event] = c
	}
	return nil
}

// LogDelivery implements [ports.WebhookStore].
func (s *Store) LogDelivery(ctx context.Context, d ports.Delivery) error {
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	hook, err := s.webhooks.find(ctx, d.WebhookID)
	if errors.Is(err, domain.ErrWebhookNotFound) {
		return nil // nobody will ask for it
	}
	if err == nil {
		hook.log(d)
	}
	return err
}

func (w *webhook) log(attempts ...ports.Delivery) {
	for _, d := range attempts { // mostly it belongs at the end
		i, _ := slices.BinarySearchFunc(w.deliveries, d, byDeliveryID)
		w.deliveries = slices.Insert(w.deliveries, i, d)
	}
	if more := len(w.deliveries) - maxDeliveries; more > maxDeliveries {
		w.deliveries = slices.Delete(w.deliveries, 0, more)
	}
}

func byDeliveryID(a, b ports.Delivery) int { return bytes.Compare(a.ID[:], b.ID[:]) }

// Deliveries implements [ports.WebhookStore].
func (s *Store) Deliveries(ctx context.Context, query ports.DeliveryQuery) ([]ports.Delivery, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	hook, err := s.webhooks.find(ctx, query.WebhookID)
	if err != nil {
		return nil, err
	}
	older := hook.deliveries
	if query.After != uuid.Nil {
		i, _ := slices.BinarySearchFunc(older, ports.Delivery{ID: query.After}, byDeliveryID)
		older = older[:i]
	}
	found := slices.Clone(older[max(0, len(older)-limit):])
	slices.Reverse(found)
	return found, nil
}

// ForgetDeliveries implements [ports.WebhookStore].
func (s *Store) ForgetDeliveries(ctx context.Context, before time.Time) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.webhooks.Lock()
	defer s.webhooks.Unlock()
	forgotten := 0
	for _, hook := range s.webhooks.byID {
		kept := slices.DeleteFunc(hook.deliveries, func(d ports.Delivery) bool { return d.StartedAt.Before(before) })
		forgotten += len(hook.deliveries) - len(kept)
		hook.deliveries = kept
	}
	return forgotten, nil
}
