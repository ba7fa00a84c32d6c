package rest_test

import (
	"context"
	"crypto/sha256"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// secretiveStore is one whose secrets can't be read.
type secretiveStore struct{ app.WebhookStore }

func (secretiveStore) Secret(context.Context, string) ([]byte, error) {
	return nil, ports.ErrStoreUnavailable
}

// brokenStore fails reads and writes with the errors that it has for them.
type brokenStore struct {
	app.WebhookStore
	read, write error
}

func (s brokenStore) Event(ctx context.Context, id domain.EventID) (domain.Event, error) {
	return orFail(s.read, func() (domain.Event, error) { return s.WebhookStore.Event(ctx, id) })
}

func (s brokenStore) Events(ctx context.Context, q ports.EventQuery) ([]domain.Event, error) {
	return orFail(s.read, func() ([]domain.Event, error) { return s.WebhookStore.Events(ctx, q) })
}

func (s brokenStore) Booking(ctx context.Context, event domain.EventID, id domain.BookingID) (domain.Booking, error) {
	return orFail(s.read, func() (domain.Booking, error) { return s.WebhookStore.Booking(ctx, event, id) })
}

func (s brokenStore) Bookings(ctx context.Context, q ports.BookingQuery) ([]domain.Booking, error) {
	return orFail(s.read, func() ([]domain.Booking, error) { return s.WebhookStore.Bookings(ctx, q) })
}

func (s brokenStore) BookingsByID(ctx context.Context, event domain.EventID, ids []domain.BookingID) (e domain.Event, all []domain.Booking, err error) {
	if s.read != nil {
		return e, nil, s.read
	}
	return s.WebhookStore.BookingsByID(ctx, event, ids)
}

func (s brokenStore) Ready(context.Context) error { return s.read }

func (s brokenStore) PersonBookings(ctx context.Context, q ports.PersonQuery) ([]domain.Booking, error) {
	return orFail(s.read, func() ([]domain.Booking, error) { return s.WebhookStore.PersonBookings(ctx, q) })
}

func (s brokenStore) Journal(ctx context.Context, q ports.JournalQuery) ([]domain.Record, error) {
	return orFail(s.read, func() ([]domain.Record, error) { return s.WebhookStore.Journal(ctx, q) })
}

func (s brokenStore) Create(context.Context, domain.Creation) (domain.Event, error) {
	return domain.Event{}, s.write
}

func (s brokenStore) Update(context.Context, []domain.EventID, ports.Need, ports.Decide) error {
	return s.write
}

func (s brokenStore) Webhook(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	return orFail(s.read, func() (domain.Webhook, error) { return s.WebhookStore.Webhook(ctx, id) })
}

func (s brokenStore) Webhooks(ctx context.Context, q ports.WebhookQuery) ([]domain.Webhook, error) {
	return orFail(s.read, func() ([]domain.Webhook, error) { return s.WebhookStore.Webhooks(ctx, q) })
}

func (s brokenStore) Deliveries(ctx context.Context, q ports.DeliveryQuery) ([]ports.Delivery, error) {
	return orFail(s.read, func() ([]ports.Delivery, error) { return s.WebhookStore.Deliveries(ctx, q) })
}

func (s brokenStore) CreateWebhook(context.Context, domain.Webhook, [sha256.Size]byte) (domain.Webhook, bool, error) {
	return domain.Webhook{}, false, s.write
}

func (s brokenStore) ChangeWebhook(context.Context, domain.WebhookID, func(*domain.Webhook) error) (domain.Webhook, error) {
	return domain.Webhook{}, s.write
}

func (s brokenStore) DeleteWebhook(context.Context, domain.WebhookID) error { return s.write }

func (s brokenStore) LogDelivery(context.Context, ports.Delivery) error { return s.write }

func orFail[T any](err error, read func() (T, error)) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return read()
}
