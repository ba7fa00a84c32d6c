package app

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// WebhookStore is a store that keeps webhooks beside events.
type WebhookStore interface {
	ports.Store
	ports.WebhookStore
}

// Webhooks are those who are told of what happens. All its methods are safe for
// concurrent use, and may return, beside the errors that they name,
// [domain.ErrWebhookNotFound], [ports.ErrStoreUnavailable] and the context's error.
type Webhooks struct {
	store  WebhookStore
	sender ports.WebhookSender
	ids    ports.IDs
}

// NewWebhooks returns the webhooks of a store. sender tells them.
func NewWebhooks(store WebhookStore, sender ports.WebhookSender) *Webhooks {
	return &Webhooks{store: store, sender: sender, ids: ports.RandomIDs{}}
}

// Create makes a webhook with a new secret. With an idempotency key that was
// accepted before, made is false and the webhook is what became of that one.
// Refused with [domain.ErrValidation], [domain.ErrEventNotFound],
// [domain.ErrIdempotencyKeyReused].
func (s *Webhooks) Create(ctx context.Context, c domain.CreateWebhook) (w domain.Webhook, made bool, err error) {
	c.Secret = newSecret()
	w, request, err := c.Decide(domain.Stamp{At: s.store.Now(), NewID: s.ids.NewID})
	if err := domain.Invalid(err, s.CheckURL(c.URL)); err != nil {
		return domain.Webhook{}, false, err
	}
	if c.EventID != (domain.EventID{}) {
		if _, err := s.store.Event(ctx, c.EventID); err != nil {
			return domain.Webhook{}, false, err
		}
	}
	w, made, err = s.store.CreateWebhook(ctx, w, request)
	s.sender.Wake()
	return w, made, err
}

// CheckURL refuses an address that messages are not sent to; none at all is none
// to check. Refused with [domain.ErrValidation].
func (s *Webhooks) CheckURL(url string) error {
	if url == "" {
		return nil
	}
	return s.sender.CheckURL(url)
}

// newSecret is what Standard Webhooks asks for: 24 to 64 random bytes.
func newSecret() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// Webhook returns one webhook.
func (s *Webhooks) Webhook(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	return s.store.Webhook(ctx, id)
}

// List lists webhooks, the newest first. Refused with [domain.ErrValidation].
func (s *Webhooks) List(ctx context.Context, query ports.WebhookQuery) ([]domain.Webhook, error) {
	return s.store.Webhooks(ctx, query)
}

// Change changes a webhook, with a new secret if rotate is true. One that becomes
// active is told at once what it missed. Refused with [domain.ErrValidation],
// [domain.ErrPreconditionFailed].
func (s *Webhooks) Change(ctx context.Context, id domain.WebhookID, c domain.ChangeWebhook, rotate bool) (domain.Webhook, error) {
	if rotate {
		c.Secret = newSecret()
	}
	err := c.Validate()
	if c.URL != nil {
		err = domain.Invalid(err, s.CheckURL(*c.URL))
	}
	if err != nil {
		return domain.Webhook{}, err
	}
	if c.Status == domain.WebhookActive {
		w, err := s.store.Webhook(ctx, id)
		if err == nil && w.Status != domain.WebhookActive { // before it is active: nobody is at its cursors
			err = s.store.Restart(ctx, id, time.Time{})
		}
		if err != nil {
			return domain.Webhook{}, err
		}
	}
	w, err := s.store.ChangeWebhook(ctx, id, func(w *domain.Webhook) error {
		return c.Apply(w, s.store.Now())
	})
	s.sender.Wake()
	return w, err
}

// Delete forgets a webhook.
func (s *Webhooks) Delete(ctx context.Context, id domain.WebhookID) error {
	err := s.store.DeleteWebhook(ctx, id)
	s.sender.Wake()
	return err
}

// Deliveries lists the attempts to tell a webhook, the newest first. Refused with
// [domain.ErrValidation].
func (s *Webhooks) Deliveries(ctx context.Context, query ports.DeliveryQuery) ([]ports.Delivery, error) {
	return s.store.Deliveries(ctx, query)
}

// Test sends a test message, whether or not the webhook is active, and returns
// the attempt.
func (s *Webhooks) Test(ctx context.Context, id domain.WebhookID) (ports.Delivery, error) {
	w, err := s.store.Webhook(ctx, id)
	if err != nil {
		return ports.Delivery{}, err
	}
	d, err := s.sender.Test(ctx, w)
	if err != nil {
		return ports.Delivery{}, err
	}
	return d, s.store.LogDelivery(ctx, d)
}

// Resend lets a webhook be told again of all that happened after a time, also
// before it was created. What it was not told yet it is told as well.
func (s *Webhooks) Resend(ctx context.Context, id domain.WebhookID, after time.Time) (domain.Webhook, error) {
	w, err := s.store.ChangeWebhook(ctx, id, func(w *domain.Webhook) error {
		if after.Before(w.StartsAt) {
			w.StartsAt = after
		}
		return nil
	})
	if err == nil {
		err = s.store.Restart(ctx, id, after)
	}
	s.sender.Wake()
	return w, err
}
