package mysql

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var _ ports.WebhookStore = (*Store)(nil)

var webhookColumns = []string{
	"id", "event_id", "url", "types", "links", "status", "reason", "secret", "old_secret", "old_secret_ends",
	"starts_at", "created_at", "updated_at",
}

func scanWebhook(scan func(...any) error) (w domain.Webhook, err error) {
	var event, types []byte
	var oldSecretEnds sql.NullTime
	err = scan(&w.ID.UUID, &event, &w.URL, &types, &w.Links, &w.Status, &w.Reason, &w.Secret, &w.OldSecret, &oldSecretEnds,
		&w.StartsAt, &w.CreatedAt, &w.UpdatedAt)
	w.OldSecretEnds = oldSecretEnds.Time
	copy(w.EventID.UUID[:], event)
	if err == nil && types != nil {
		err = json.Unmarshal(types, &w.Types)
	}
	return w, err
}

// webhookValues are what changes of a webhook, by column.
func webhookValues(w *domain.Webhook) (map[string]any, error) {
	var types any
	if len(w.Types) > 0 {
		text, err := json.Marshal(w.Types)
		if err != nil {
			return nil, err
		}
		types = string(text)
	}
	return map[string]any{
		"url": w.URL, "types": types, "links": w.Links, "status": string(w.Status), "reason": w.Reason, "secret": w.Secret,
		"old_secret": bytesOrNull(w.OldSecret), "old_secret_ends": timeArg(w.OldSecretEnds), "starts_at": w.StartsAt, "updated_at": w.UpdatedAt,
	}, nil
}

// bytesOrNull is needed as a nil slice is an empty text to the driver.
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

// CreateWebhook keeps a webhook; see [ports.WebhookStore].
func (s *Store) CreateWebhook(ctx context.Context, w domain.Webhook, request [sha256.Size]byte) (domain.Webhook, bool, error) {
	values, err := webhookValues(&w)
	if err != nil {
		return domain.Webhook{}, false, err
	}
	values["id"], values["event_id"], values["created_at"] = w.ID.UUID[:], idOrNull(w.EventID.UUID), w.CreatedAt
	if request != ([sha256.Size]byte{}) {
		values["request_hash"] = request[:]
	}
	_, err = s.run(ctx, sq.Insert("webhooks").SetMap(values))
	switch {
	case err == nil:
		return w, true, nil
	case !is(err, errDuplicateEntry):
		return domain.Webhook{}, false, storeError(ctx, err)
	}
	var first []byte
	err = s.reads.QueryRowContext(ctx, "SELECT request_hash FROM webhooks WHERE id = ?", w.ID.UUID[:]).Scan(&first)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return domain.Webhook{}, false, storeError(ctx, err)
	case !bytes.Equal(first, request[:]):
		return domain.Webhook{}, false, domain.ErrIdempotencyKeyReused
	}
	there, err := s.Webhook(ctx, w.ID)
	return there, false, err
}

// run runs a statement that changes rows, and returns how many it found.
func (s *Store) run(ctx context.Context, statement sq.Sqlizer) (int64, error) {
	text, args, err := statement.ToSql()
	if err != nil {
		return 0, err
	}
	result, err := s.reads.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Webhook returns a webhook; see [ports.WebhookStore].
func (s *Store) Webhook(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	found, err := s.queryWebhooks(ctx, s.reads, sq.Select(webhookColumns...).From("webhooks").Where(sq.Eq{"id": id.UUID[:]}))
	switch {
	case err != nil:
		return domain.Webhook{}, storeError(ctx, err)
	case len(found) == 0:
		return domain.Webhook{}, domain.ErrWebhookNotFound
	}
	return found[0], nil
}

// Webhooks lists webhooks; see [ports.WebhookStore].
func (s *Store) Webhooks(ctx context.Context, query ports.WebhookQuery) ([]domain.Webhook, error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	list := sq.Select(webhookColumns...).From("webhooks").OrderBy("created_at DESC", "id DESC").Limit(uint64(limit))
	if after := query.After; after != (ports.WebhookCursor{}) {
		list = list.Where(sq.Or{
			sq.Lt{"created_at": after.CreatedAt},
			sq.And{sq.Eq{"created_at": after.CreatedAt}, sq.Lt{"id": after.ID.UUID[:]}},
		})
	}
	found, err := s.queryWebhooks(ctx, s.reads, list)
	return found, storeError(ctx, err)
}

func (s *Store) queryWebhooks(ctx context.Context, db querier, list sq.SelectBuilder) (found []domain.Webhook, err error) {
	err = read(ctx, db, list, func(rows *sql.Rows) error {
		w, err := scanWebhook(rows.Scan)
		found = append(found, w)
		return err
	})
	return found, err
}

// ChangeWebhook changes a webhook; see [ports.WebhookStore].
func (s *Store) ChangeWebhook(ctx context.Context, id domain.WebhookID, change func(*domain.Webhook) error) (domain.Webhook, error) {
	changed, err := s.changeWebhook(ctx, id, change)
	if own, ok := errors.AsType[answer](err); ok {
		return domain.Webhook{}, own.error
	}
	return changed, storeError(ctx, err)
}

func (s *Store) changeWebhook(ctx context.Context, id domain.WebhookID, change func(*domain.Webhook) error) (domain.Webhook, error) {
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return domain.Webhook{}, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	found, err := s.queryWebhooks(ctx, tx, sq.Select(webhookColumns...).From("webhooks").Where(sq.Eq{"id": id.UUID[:]}).Suffix("FOR UPDATE"))
	switch {
	case err != nil:
		return domain.Webhook{}, err
	case len(found) == 0:
		return domain.Webhook{}, answer{domain.ErrWebhookNotFound}
	}
	w := found[0]
	if err := change(&w); err != nil {
		return domain.Webhook{}, answer{err}
	}
	values, err := webhookValues(&w)
	if err != nil {
		return domain.Webhook{}, answer{err}
	}
	text, args, err := sq.Update("webhooks").SetMap(values).Where(sq.Eq{"id": id.UUID[:]}).ToSql()
	if err != nil {
		return domain.Webhook{}, answer{err}
	}
	if _, err := tx.ExecContext(ctx, text, args...); err != nil {
		return domain.Webhook{}, err
	}
	return w, tx.Commit()
}

// DeleteWebhook forgets a webhook; see [ports.WebhookStore].
func (s *Store) DeleteWebhook(ctx context.Context, id domain.WebhookID) error {
	found, err := s.run(ctx, sq.Delete("webhooks").Where(sq.Eq{"id": id.UUID[:]}))
	if err == nil { // those of a deletion that was cut off, too
		_, err = s.run(ctx, sq.Delete("webhook_cursors").Where(sq.Eq{"webhook_id": id.UUID[:]}))
	}
	if err == nil && found == 0 {
		return domain.ErrWebhookNotFound
	}
	return storeError(ctx, err)
}

// behindPage is how many events are looked at in one statement.
const behindPage = 1000

// Behind looks for events that a webhook has something to be told of; see
// [ports.WebhookStore].
func (s *Store) Behind(ctx context.Context, w *domain.Webhook, after domain.EventID) (behind []domain.EventID, next domain.EventID, err error) {
	page := sq.Select("id", "version", "updated_at").From("events FORCE INDEX (PRIMARY)").OrderBy("id").Limit(behindPage)
	if w.EventID == (domain.EventID{}) {
		page = page.Where(sq.Gt{"id": after.UUID[:]})
	} else {
		page = page.Where(sq.Eq{"id": w.EventID.UUID[:]})
	}
	now := s.Now()
	flag := sq.Expr("CASE WHEN c.event_id IS NULL THEN e.updated_at >= ? WHEN c.next_try_at IS NULL THEN c.version < e.version"+
		" ELSE c.next_try_at <= ? AND (c.lease IS NULL OR c.lease_ends <= ?) END", w.StartsAt, now, now)
	looked := 0
	statement := sq.Select("e.id").Column(flag).FromSelect(page, "e").
		LeftJoin("webhook_cursors AS c ON c.event_id = e.id AND c.webhook_id = ?", w.ID.UUID[:]).OrderBy("e.id")
	err = read(ctx, s.reads, statement, func(rows *sql.Rows) error {
		looked++
		var is bool
		err := rows.Scan(&next.UUID, &is)
		if is {
			behind = append(behind, next)
		}
		return err
	})
	if looked < behindPage {
		next = domain.EventID{}
	}
	return behind, next, storeError(ctx, err)
}

const selectCursor = "SELECT version, number, told_at, attempts, next_try_at, lease, lease_ends FROM webhook_cursors" +
	" WHERE event_id = ? AND webhook_id = ?"

// Lease takes a cursor; see [ports.WebhookStore].
func (s *Store) Lease(ctx context.Context, w *domain.Webhook, event domain.EventID, d time.Duration) (ports.Cursor, bool, error) {
	c, err := s.lease(ctx, w, event, d)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.Webhook(ctx, w.ID); err != nil {
			return ports.Cursor{}, false, err
		}
		// Of several servers that make it at once, one does.
		const insert = "INSERT INTO webhook_cursors (event_id, webhook_id, version, number, told_at, attempts, next_try_at)" +
			" VALUES (?, ?, 0, 0, ?, 0, ?) ON DUPLICATE KEY UPDATE version = webhook_cursors.version"
		if _, err = s.reads.ExecContext(ctx, insert, event.UUID[:], w.ID.UUID[:], w.StartsAt, s.Now()); err == nil {
			c, err = s.lease(ctx, w, event, d)
		}
	}
	if err != nil {
		return ports.Cursor{}, false, storeError(ctx, err)
	}
	return c.Cursor, c.leased, nil
}

type leased struct {
	ports.Cursor
	leased bool
}

func (s *Store) lease(ctx context.Context, w *domain.Webhook, event domain.EventID, d time.Duration) (c leased, err error) {
	now, name := s.Now(), uuid.New()
	const take = "UPDATE webhook_cursors SET lease = ?, lease_ends = ?, next_try_at = COALESCE(next_try_at, ?)" +
		" WHERE event_id = ? AND webhook_id = ? AND (next_try_at IS NULL OR next_try_at <= ?) AND (lease IS NULL OR lease_ends <= ?)"
	if _, err := s.reads.ExecContext(ctx, take, name[:], now.Add(d), now, event.UUID[:], w.ID.UUID[:], now, now); err != nil {
		return c, err
	}
	c.WebhookID, c.EventID = w.ID, event
	var owner []byte
	var nextTryAt, ends sql.NullTime
	err = s.reads.QueryRowContext(ctx, selectCursor, event.UUID[:], w.ID.UUID[:]).
		Scan(&c.Told.Version, &c.Told.Number, &c.ToldAt, &c.Attempts, &nextTryAt, &owner, &ends)
	copy(c.Cursor.Lease[:], owner)
	c.NextTryAt, c.LeaseEnds, c.leased = nextTryAt.Time, ends.Time, c.Cursor.Lease == name
	return c, err
}

// Advance keeps a cursor; see [ports.WebhookStore]. Vitess may keep attempts on
// another shard, so that they are a transaction of their own.
func (s *Store) Advance(ctx context.Context, c ports.Cursor, attempts []ports.Delivery, d time.Duration) error {
	values := map[string]any{
		"version": c.Told.Version, "number": c.Told.Number, "told_at": c.ToldAt, "attempts": c.Attempts, "next_try_at": timeArg(c.NextTryAt),
		"lease": nil, "lease_ends": nil,
	}
	if d > 0 {
		values["lease"], values["lease_ends"] = c.Lease[:], s.Now().Add(d)
	}
	found, err := s.run(ctx, sq.Update("webhook_cursors").SetMap(values).
		Where(sq.Eq{"event_id": c.EventID.UUID[:], "webhook_id": c.WebhookID.UUID[:], "lease": c.Lease[:]}))
	switch {
	case err != nil:
		return storeError(ctx, err)
	case found == 0:
		return ports.ErrLeaseLost
	}
	return s.log(ctx, attempts)
}

// Restart makes cursors due; see [ports.WebhookStore].
func (s *Store) Restart(ctx context.Context, id domain.WebhookID, after time.Time) error {
	if after.IsZero() {
		after = lastTime
	}
	// MySQL assigns from left to right.
	const restart = "UPDATE webhook_cursors SET next_try_at = CASE WHEN told_at > ? OR next_try_at IS NOT NULL THEN ? END," +
		" version = IF(told_at > ?, 0, version), number = IF(told_at > ?, 0, number), told_at = LEAST(told_at, ?)," +
		" attempts = 0, lease = NULL, lease_ends = NULL WHERE webhook_id = ?"
	result, err := s.reads.ExecContext(ctx, restart, after, s.Now(), after, after, after, id.UUID[:])
	if err != nil {
		return storeError(ctx, err)
	}
	if found, err := result.RowsAffected(); err != nil || found > 0 {
		return storeError(ctx, err)
	}
	_, err = s.Webhook(ctx, id) // it was told nothing yet, or isn't there
	return err
}

// LogDelivery keeps an attempt; see [ports.WebhookStore].
func (s *Store) LogDelivery(ctx context.Context, d ports.Delivery) error {
	return s.log(ctx, []ports.Delivery{d})
}

var deliveryColumns = []string{
	"webhook_id", "id", "message_id", "event_id", "version", "number", "attempt", "started_at", "milliseconds", "status", "failure", "next_try_at",
}

func (s *Store) log(ctx context.Context, attempts []ports.Delivery) error {
	if len(attempts) == 0 {
		return nil
	}
	insert := sq.Insert("webhook_deliveries").Columns(deliveryColumns...)
	for i := range attempts {
		d := &attempts[i]
		insert = insert.Values(d.WebhookID.UUID[:], d.ID[:], d.MessageID, idOrNull(d.EventID.UUID), d.Record.Version, d.Record.Number, d.Attempt,
			d.StartedAt, d.Duration.Milliseconds(), d.Status, d.Failure, timeArg(d.NextTryAt))
	}
	_, err := s.run(ctx, insert)
	return storeError(ctx, err)
}

// Deliveries lists attempts; see [ports.WebhookStore].
func (s *Store) Deliveries(ctx context.Context, query ports.DeliveryQuery) (found []ports.Delivery, err error) {
	limit, err := ports.LimitOf(query.Limit)
	if err != nil {
		return nil, err
	}
	if _, err := s.Webhook(ctx, query.WebhookID); err != nil {
		return nil, err
	}
	list := sq.Select(deliveryColumns...).From("webhook_deliveries").Where(sq.Eq{"webhook_id": query.WebhookID.UUID[:]}).
		OrderBy("id DESC").Limit(uint64(limit))
	if query.After != uuid.Nil {
		list = list.Where(sq.Lt{"id": query.After[:]})
	}
	err = read(ctx, s.reads, list, func(rows *sql.Rows) error {
		var d ports.Delivery
		var event []byte
		var milliseconds int64
		var nextTryAt sql.NullTime
		err := rows.Scan(&d.WebhookID.UUID, &d.ID, &d.MessageID, &event, &d.Record.Version, &d.Record.Number, &d.Attempt,
			&d.StartedAt, &milliseconds, &d.Status, &d.Failure, &nextTryAt)
		copy(d.EventID.UUID[:], event)
		d.Duration, d.NextTryAt = time.Duration(milliseconds)*time.Millisecond, nextTryAt.Time
		found = append(found, d)
		return err
	})
	return found, storeError(ctx, err)
}

// forgottenAtOnce is about how many attempts are forgotten in one statement.
const forgottenAtOnce = 2000

// ForgetDeliveries forgets attempts; see [ports.WebhookStore]. A DELETE with a limit
// is for vtgate to spread, which it can only after it has learned of a new table.
func (s *Store) ForgetDeliveries(ctx context.Context, before time.Time) (int, error) {
	oldest := sq.Select("started_at").From("webhook_deliveries FORCE INDEX (old)").Where(sq.Lt{"started_at": before}).
		OrderBy("started_at").Limit(1).Offset(forgottenAtOnce)
	err := read(ctx, s.reads, oldest, func(rows *sql.Rows) error { return rows.Scan(&before) })
	if err != nil {
		return 0, storeError(ctx, err)
	}
	forgotten, err := s.run(ctx, sq.Delete("webhook_deliveries").Where(sq.Lt{"started_at": before}))
	return int(forgotten), storeError(ctx, err)
}
