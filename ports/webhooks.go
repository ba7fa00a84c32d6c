package ports

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// WebhookStore keeps webhooks, and how far each has been told of the journal of
// each event. Its methods are safe for concurrent use, by several servers too, and
// may return what those of [Store] may. Methods that name a webhook return
// domain.ErrWebhookNotFound if there is none.
//
// A [Cursor] belongs to one server at a time, which leases it. What a webhook was
// told is exact; who leases it last decides.
type WebhookStore interface {
	// CreateWebhook keeps a new webhook. request is the hash of what was asked for
	// under an idempotency key, else zero. If a webhook with its id is there already
	// and was created by the same request, that one is returned, and made is
	// false; domain.ErrIdempotencyKeyReused if it was created otherwise.
	CreateWebhook(ctx context.Context, w domain.Webhook, request [sha256.Size]byte) (kept domain.Webhook, made bool, err error)
	// Webhook returns one webhook.
	Webhook(ctx context.Context, id domain.WebhookID) (domain.Webhook, error)
	// Webhooks lists webhooks, the newest first: by CreatedAt, then by id, both
	// descending.
	Webhooks(ctx context.Context, query WebhookQuery) ([]domain.Webhook, error)
	// ChangeWebhook lets change work on a webhook that nobody else changes
	// meanwhile, and keeps it. An error of change is returned as it is. Its id and
	// CreatedAt stay.
	ChangeWebhook(ctx context.Context, id domain.WebhookID, change func(*domain.Webhook) error) (domain.Webhook, error)
	// DeleteWebhook forgets a webhook and its cursors.
	DeleteWebhook(ctx context.Context, id domain.WebhookID) error

	// Behind looks through some of the events, by their ids, for those of which a
	// webhook may have something to be told now, and nobody has leased the cursor.
	// It begins after an event; next is the last one that it looked at, or zero if
	// there are no more. It may find too many, but leaves out none that
	//   - has no cursor yet and changed at StartsAt or later,
	//   - has a newer version than the cursor's, which has no NextTryAt, or
	//   - has a cursor whose NextTryAt has come.
	Behind(ctx context.Context, w *domain.Webhook, after domain.EventID) (events []domain.EventID, next domain.EventID, err error)
	// Lease takes the cursor of a webhook on an event for a time, and makes it if
	// there is none: told of all before the webhook's StartsAt. leased is false if
	// somebody else has it, or if its NextTryAt has not come; then it is returned as
	// it is. From a lease on NextTryAt has come, until [WebhookStore.Advance] says
	// otherwise: if the server dies, Behind finds the event when the lease is over.
	Lease(ctx context.Context, w *domain.Webhook, event domain.EventID, d time.Duration) (c Cursor, leased bool, err error)
	// Advance keeps a leased cursor as it is now, with the attempts that were made,
	// and leases it for another time, or gives it back if d is 0. It returns
	// [ErrLeaseLost], and keeps nothing, if the lease isn't this one any more.
	Advance(ctx context.Context, c Cursor, attempts []Delivery, d time.Duration) error
	// Restart takes all leases of a webhook away, and makes every cursor that has a
	// NextTryAt due now, as if nothing had been tried. A cursor that was told of
	// anything later than after goes back to that time, unless after is zero.
	Restart(ctx context.Context, id domain.WebhookID, after time.Time) error

	// LogDelivery keeps an attempt that belongs to no cursor. It is no failure if
	// the webhook was deleted meanwhile.
	LogDelivery(ctx context.Context, d Delivery) error
	// Deliveries lists the attempts for a webhook, the newest first: by id,
	// descending.
	Deliveries(ctx context.Context, query DeliveryQuery) ([]Delivery, error)
	// ForgetDeliveries forgets attempts that began before a time, some thousand at
	// most, and returns how many.
	ForgetDeliveries(ctx context.Context, before time.Time) (int, error)
}

// Cursor is how far a webhook has been told of the journal of an event.
type Cursor struct {
	WebhookID domain.WebhookID
	EventID   domain.EventID
	// Told is the record that it was told of last, or passed over. It is zero as
	// long as only the time is known: then it was told of what is before ToldAt.
	Told     JournalCursor
	ToldAt   time.Time // the time of that record
	Attempts int       // to tell the next one, so far
	// NextTryAt is when to try that; zero if all was told that there was.
	NextTryAt time.Time
	Lease     uuid.UUID // names the lease; zero if there is none
	LeaseEnds time.Time
}

// Delivery is an attempt to tell a webhook something.
type Delivery struct {
	ID        uuid.UUID // grows with time
	WebhookID domain.WebhookID
	MessageID string // the same for every attempt
	// EventID and Record say what of; both are zero of a test message.
	EventID   domain.EventID
	Record    JournalCursor
	Attempt   int // from 1
	StartedAt time.Time
	Duration  time.Duration // whole milliseconds
	Status    int           // of the answer; 0 if there was none
	Failure   string        // empty if it was taken
	NextTryAt time.Time     // zero if there is no other try
}

// MaxFailure is how many code points [Delivery.Failure] and the Reason of a
// webhook have at most.
const MaxFailure = 255

// WebhookQuery asks for some webhooks.
type WebhookQuery struct {
	After WebhookCursor // the last one of the page before; zero is the first page
	Limit int           // at most so many; 0 is DefaultLimit
}

// WebhookCursor is a webhook's place in the list of webhooks.
type WebhookCursor struct {
	CreatedAt time.Time
	ID        domain.WebhookID
}

// CursorOfWebhook is the place of a webhook.
func CursorOfWebhook(w domain.Webhook) WebhookCursor { return WebhookCursor{w.CreatedAt, w.ID} }

// DeliveryQuery asks for some attempts.
type DeliveryQuery struct {
	WebhookID domain.WebhookID
	After     uuid.UUID // the last one of the page before; zero is the first page
	Limit     int       // at most so many; 0 is DefaultLimit
}

// WebhookSender tells webhooks.
type WebhookSender interface {
	// CheckURL refuses addresses that messages are not sent to, with
	// [domain.CodeValidation]. Where a name leads is judged when a message is sent.
	CheckURL(url string) error
	// Test sends a test message once, and returns the attempt. Its error is that of
	// a message that could not be made.
	Test(ctx context.Context, w domain.Webhook) (Delivery, error)
	// Wake says that a webhook has changed.
	Wake()
}
