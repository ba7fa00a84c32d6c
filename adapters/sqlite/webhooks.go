package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.WebhookStore = (*Store)(nil)

const (
	selectWebhooks = "SELECT id, event_id, url, types, links, status, reason, secret, old_secret, old_secret_ends, starts_at, created_at, updated_at" +
		" FROM webhooks"
	selectWebhook = selectWebhooks + " WHERE id = ?"
	selectCursor  = "SELECT version, number, told_at, attempts, next_try_at, lease, lease_ends FROM webhook_cursors" +
		" WHERE event_id = ? AND webhook_id = ?"
	insertDelivery = "INSERT INTO webhook_deliveries (webhook_id, id, message_id, event_id, version, number, attempt," +
		" started_at, milliseconds, status, failure, next_try_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

func scanWebhook(scan func(...any) error) (w domain.Webhook, err error) {
	var event, types []byte
	err = scan(&w.ID.UUID, &event, &w.URL, &types, &w.Links, &w.Status, &w.Reason, &w.Secret, &w.OldSecret, moment{&w.OldSecretEnds},
		moment{&w.StartsAt}, moment{&w.CreatedAt}, moment{&w.UpdatedAt})
	copy(w.EventID.UUID[:], event)
	if err == nil && types != nil {
		err = json.Unmarshal(types, &w.Types)
	}
	return w, err
}

func webhookOf(ctx context.Context, q queryer, id domain.WebhookID) (domain.Webhook, error) {
	w, err := domain.Webhook{}, error(domain.ErrWebhookNotFound)
	readErr := each(ctx, q, selectWebhook, []any{id.UUID[:]}, func(scan func(...any) error) (bool, error) {
		w, err = scanWebhook(scan)
		return false, err
	})
	if readErr != nil {
		err = readErr
	}
	return w, err
}

// webhookValues are what changes of a webhook.
func webhookValues(w *domain.Webhook) ([]any, error) {
	var types any
	if len(w.Types) > 0 {
		text, err := json.Marshal(w.Types)
		if err != nil {
			return nil, err
		}
		types = string(text)
	}
	return []any{
		w.URL, types, w.Links, string(w.Status), w.Reason, w.Secret, bytesOrNull(w.OldSecret), micros(w.OldSecretEnds),
		micros(w.StartsAt), micros(w.UpdatedAt),
	}, nil
}

func bytesOrNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func idOrNull(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id[:]
}

// change runs a transaction on webhooks, which leaves nothing in a journal.
func (s *Store) change(ctx context.Context, run func(w *connection) error) error {
	return s.transact(ctx, func(w *connection) (*ports.JournalRow, error) {
		err := run(w)
		if errors.Is(err, domain.ErrWebhookNotFound) {
			err = answer{err}
		}
		return nil, err
	})
}

// CreateWebhook implements [ports.WebhookStore].
func (s *Store) CreateWebhook(ctx context.Context, hook domain.Webhook, request [sha256.Size]byte) (domain.Webhook, bool, error) {
	values, err := webhookValues(&hook)
	if err != nil {
		return domain.Webhook{}, false, err
	}
	var hash any
	if request != ([sha256.Size]byte{}) {
		hash = request[:]
	}
	kept, made := hook, true
	err = s.change(ctx, func(w *connection) error {
		var first []byte
		err := get(ctx, w, "SELECT request_hash FROM webhooks WHERE id = ?", []any{&first}, hook.ID.UUID[:])
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return w.exec("INSERT INTO webhooks (url, types, links, status, reason, secret, old_secret, old_secret_ends, starts_at, updated_at,"+
				" id, event_id, request_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				append(values, hook.ID.UUID[:], idOrNull(hook.EventID.UUID), hash, micros(hook.CreatedAt))...)
		case err != nil:
			return err
		case !bytes.Equal(first, request[:]):
			return answer{domain.ErrIdempotencyKeyReused}
		}
		made = false
		kept, err = webhookOf(ctx, w, hook.ID)
		return err
	})
	if err != nil {
		return domain.Webhook{}, false, err
	}
	return kept, made, nil
}

// Webhook implements [ports.WebhookStore].
func (s *Store) Webhook(ctx context.Context, id domain.WebhookID) (w domain.Webhook, err error) {
	err = s.borrow(ctx, func(c *connection) error {
		w, err = webhookOf(ctx, c, id)
		return err
	})
	return w, readError(ctx, err)
}

// Webhooks implements [ports.WebhookStore].
func (s *Store) Webhooks(ctx context.Context, query ports.WebhookQuery) (found []domain.Webhook, err error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var c conditions
	if after := query.After; after != (ports.WebhookCursor{}) {
		c.add("(created_at, id) < (?, ?)", micros(after.CreatedAt), after.ID.UUID[:])
	}
	text := selectWebhooks + c.where() + " ORDER BY created_at DESC, id DESC LIMIT ?"
	err = s.borrow(ctx, func(conn *connection) error {
		return each(ctx, conn, text, append(c.args, limit), func(scan func(...any) error) (bool, error) {
			w, err := scanWebhook(scan)
			found = append(found, w)
			return true, err
		})
	})
	return found, storeError(ctx, err)
}

// ChangeWebhook implements [ports.WebhookStore].
func (s *Store) ChangeWebhook(ctx context.Context, id domain.WebhookID, change func(*domain.Webhook) error) (changed domain.Webhook, err error) {
	err = s.change(ctx, func(w *connection) error {
		hook, err := webhookOf(ctx, w, id)
		if err != nil {
			return err
		}
		if err := change(&hook); err != nil {
			return answer{err}
		}
		values, err := webhookValues(&hook)
		if err != nil {
			return answer{err}
		}
		changed = hook
		return w.exec("UPDATE webhooks SET url = ?, types = ?, links = ?, status = ?, reason = ?, secret = ?, old_secret = ?, old_secret_ends = ?,"+
			" starts_at = ?, updated_at = ? WHERE id = ?", append(values, id.UUID[:])...)
	})
	if err != nil {
		return domain.Webhook{}, err
	}
	return changed, nil
}

// DeleteWebhook implements [ports.WebhookStore].
func (s *Store) DeleteWebhook(ctx context.Context, id domain.WebhookID) error {
	return s.change(ctx, func(w *connection) error {
		if _, err := webhookOf(ctx, w, id); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM webhook_cursors WHERE webhook_id = ?", id.UUID[:]); err != nil {
			return err
		}
		return w.exec("DELETE FROM webhooks WHERE id = ?", id.UUID[:])
	})
}

// behindPage is how many events are looked at in one statement.
const behindPage = 1000

// Behind implements [ports.WebhookStore].
func (s *Store) Behind(ctx context.Context, w *domain.Webhook, after domain.EventID) (behind []domain.EventID, next domain.EventID, err error) {
	const (
		before = "SELECT e.id, CASE WHEN c.event_id IS NULL THEN e.updated_at >= ? WHEN c.next_try_at IS NULL THEN c.version < e.version" +
			" ELSE c.next_try_at <= ? AND (c.lease IS NULL OR c.lease_ends <= ?) END FROM (SELECT id, version, updated_at FROM events WHERE "
		behindEnd   = " LEFT JOIN webhook_cursors AS c ON c.event_id = e.id AND c.webhook_id = ? ORDER BY e.id"
		behindAfter = before + "id > ? ORDER BY id LIMIT ?) AS e" + behindEnd
		behindOf    = before + "id = ? LIMIT ?) AS e" + behindEnd
	)
	statement, bound := behindAfter, after
	if w.EventID != (domain.EventID{}) {
		statement, bound = behindOf, w.EventID
	}
	now := micros(s.Now())
	looked := 0
	args := []any{micros(w.StartsAt), now, now, bound.UUID[:], behindPage, w.ID.UUID[:]}
	err = s.borrow(ctx, func(conn *connection) error {
		return each(ctx, conn, statement, args, func(scan func(...any) error) (bool, error) {
			looked++
			var is bool
			err := scan(&next.UUID, &is)
			if is {
				behind = append(behind, next)
			}
			return true, err
		})
	})
	if looked < behindPage {
		next = domain.EventID{}
	}
	return behind, next, storeError(ctx, err)
}

func cursorOf(ctx context.Context, q queryer, webhook domain.WebhookID, event domain.EventID) (ports.Cursor, error) {
	c := ports.Cursor{WebhookID: webhook, EventID: event}
	var lease []byte
	err := get(ctx, q, selectCursor, []any{
		&c.Told.Version, &c.Told.Number, moment{&c.ToldAt}, &c.Attempts, moment{&c.NextTryAt}, &lease, moment{&c.LeaseEnds},
	}, event.UUID[:], webhook.UUID[:])
	copy(c.Lease[:], lease)
	return c, err
}

// Lease implements [ports.WebhookStore].
func (s *Store) Lease(ctx context.Context, hook *domain.Webhook, event domain.EventID, d time.Duration) (c ports.Cursor, leased bool, err error) {
	err = s.change(ctx, func(w *connection) error {
		now := s.Now()
		c, err = cursorOf(ctx, w, hook.ID, event)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			if _, err := webhookOf(ctx, w, hook.ID); err != nil {
				return err
			}
			c.ToldAt = hook.StartsAt
		case err != nil:
			return err
		case c.NextTryAt.After(now), c.Lease != uuid.Nil && c.LeaseEnds.After(now):
			leased = false
			return nil
		}
		if c.NextTryAt.IsZero() {
			c.NextTryAt = now
		}
		c.Lease, c.LeaseEnds, leased = uuid.New(), now.Add(d), true
		return w.exec("INSERT INTO webhook_cursors (event_id, webhook_id, version, number, told_at, attempts, next_try_at, lease, lease_ends)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET next_try_at = excluded.next_try_at, lease = excluded.lease,"+
			" lease_ends = excluded.lease_ends",
			event.UUID[:], hook.ID.UUID[:], c.Told.Version, c.Told.Number, micros(c.ToldAt), c.Attempts, micros(c.NextTryAt), c.Lease[:], micros(c.LeaseEnds))
	})
	return c, leased && err == nil, err
}

// Advance implements [ports.WebhookStore].
func (s *Store) Advance(ctx context.Context, c ports.Cursor, attempts []ports.Delivery, d time.Duration) error {
	return s.change(ctx, func(w *connection) error {
		there, err := cursorOf(ctx, w, c.WebhookID, c.EventID)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && there.Lease != c.Lease:
			return answer{ports.ErrLeaseLost}
		case err != nil:
			return err
		}
		var lease, ends any
		if d > 0 {
			lease, ends = c.Lease[:], micros(s.Now().Add(d))
		}
		err = w.exec("UPDATE webhook_cursors SET version = ?, number = ?, told_at = ?, attempts = ?, next_try_at = ?, lease = ?, lease_ends = ?"+
			" WHERE event_id = ? AND webhook_id = ?", c.Told.Version, c.Told.Number, micros(c.ToldAt), c.Attempts, micros(c.NextTryAt), lease, ends,
			c.EventID.UUID[:], c.WebhookID.UUID[:])
		if err != nil {
			return err
		}
		return logDeliveries(w, attempts)
	})
}

// Restart implements [ports.WebhookStore].
func (s *Store) Restart(ctx context.Context, id domain.WebhookID, after time.Time) error {
	return s.change(ctx, func(w *connection) error {
		if _, err := webhookOf(ctx, w, id); err != nil {
			return err
		}
		if !after.IsZero() {
			err := w.exec("UPDATE webhook_cursors SET version = 0, number = 0, told_at = ?1, next_try_at = 0 WHERE webhook_id = ?2 AND told_at > ?1",
				micros(after), id.UUID[:])
			if err != nil {
				return err
			}
		}
		return w.exec("UPDATE webhook_cursors SET next_try_at = CASE WHEN next_try_at IS NOT NULL THEN ? END, attempts = 0, lease = NULL,"+
			" lease_ends = NULL WHERE webhook_id = ?", micros(s.Now()), id.UUID[:])
	})
}

// LogDelivery implements [ports.WebhookStore].
func (s *Store) LogDelivery(ctx context.Context, d ports.Delivery) error {
	return s.change(ctx, func(w *connection) error { return logDeliveries(w, []ports.Delivery{d}) })
}

func logDeliveries(w *connection, attempts []ports.Delivery) error {
	for i := range attempts {
		d := &attempts[i]
		err := w.exec(insertDelivery, d.WebhookID.UUID[:], d.ID[:], d.MessageID, idOrNull(d.EventID.UUID), d.Record.Version, d.Record.Number, d.Attempt,
			micros(d.StartedAt), d.Duration.Milliseconds(), d.Status, d.Failure, micros(d.NextTryAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// Deliveries implements [ports.WebhookStore].
func (s *Store) Deliveries(ctx context.Context, query ports.DeliveryQuery) (found []ports.Delivery, err error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	var c conditions
	c.add("webhook_id = ?", query.WebhookID.UUID[:])
	if query.After != uuid.Nil {
		c.add("id < ?", query.After[:])
	}
	err = s.read(ctx, func(q queryer) error {
		if _, err := webhookOf(ctx, q, query.WebhookID); err != nil {
			return err
		}
		const selectDeliveries = "SELECT id, message_id, event_id, version, number, attempt, started_at, milliseconds, status, failure, next_try_at" +
			" FROM webhook_deliveries"
		return each(ctx, q, selectDeliveries+c.where()+" ORDER BY id DESC LIMIT ?", append(c.args, limit), func(scan func(...any) error) (bool, error) {
			d := ports.Delivery{WebhookID: query.WebhookID}
			var event []byte
			var milliseconds int64
			err := scan(&d.ID, &d.MessageID, &event, &d.Record.Version, &d.Record.Number, &d.Attempt, moment{&d.StartedAt}, &milliseconds,
				&d.Status, &d.Failure, moment{&d.NextTryAt})
			copy(d.EventID.UUID[:], event)
			d.Duration = time.Duration(milliseconds) * time.Millisecond
			found = append(found, d)
			return true, err
		})
	})
	return found, readError(ctx, err)
}

// forgottenAtOnce is how many attempts are forgotten in one transaction.
const forgottenAtOnce = 2000

// ForgetDeliveries implements [ports.WebhookStore].
func (s *Store) ForgetDeliveries(ctx context.Context, before time.Time) (forgotten int, err error) {
	err = s.change(ctx, func(w *connection) error {
		err := w.exec("DELETE FROM webhook_deliveries WHERE (webhook_id, id) IN (SELECT webhook_id, id FROM webhook_deliveries"+
			" INDEXED BY webhook_deliveries_by_time WHERE started_at < ? LIMIT ?)", micros(before), forgottenAtOnce)
		if err != nil {
			return err
		}
		return get(ctx, w, "SELECT changes()", []any{&forgotten})
	})
	return forgotten, err
}
