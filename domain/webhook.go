package domain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Webhook is an address that is told of what happens: it gets the records of
// journals as messages, which it knows to be true by their signatures.
type Webhook struct {
	ID      WebhookID
	URL     string
	EventID EventID // zero: all events
	Types   []Kind  // that it is told of; none: all
	Links   bool    // messages carry the links of bookings
	Status  WebhookStatus
	Reason  string // why it isn't active; may be empty

	Secret []byte // that messages are signed with
	// OldSecret signs beside it until OldSecretEnds; there is none if that is zero.
	OldSecret     []byte
	OldSecretEnds time.Time

	// StartsAt is since when the webhook is told of events that it has not been
	// told of yet.
	StartsAt  time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// WebhookStatus says whether a webhook is told of anything.
type WebhookStatus string

// A webhook that isn't active misses nothing: once it is again, it is told all.
const (
	WebhookActive WebhookStatus = "ACTIVE"
	WebhookPaused WebhookStatus = "PAUSED" // by somebody, or after the last try
	WebhookOff    WebhookStatus = "OFF"    // its address said that it is gone
)

const (
	// MaxURL is how many bytes the address of a webhook has at most.
	MaxURL = 2048
	// secretOverlap is how long the secret from before signs too.
	secretOverlap = 24 * time.Hour
	// startsBefore is how far before its creation a webhook starts: what the clocks
	// of two servers may differ by, so that nothing that comes later is left out.
	startsBefore = 2 * time.Second
)

// Wants reports whether the webhook is to be told of a record.
func (w *Webhook) Wants(r *Record) bool {
	return (w.EventID == EventID{} || w.EventID == r.EventID) && (len(w.Types) == 0 || slices.Contains(w.Types, r.Kind))
}

// Clone returns a copy that shares nothing with the webhook.
func (w Webhook) Clone() Webhook {
	w.Types, w.Secret, w.OldSecret = slices.Clone(w.Types), slices.Clone(w.Secret), slices.Clone(w.OldSecret)
	return w
}

// CreateWebhook asks for a new webhook.
type CreateWebhook struct {
	URL     string
	EventID EventID // zero: all events
	Types   []Kind  // none: all
	Links   bool
	Secret  []byte // random
	Key     IdempotencyKey
}

// Validate names every field that is out of range, with [CodeValidation]. Where
// addresses may lead is not the domain's to say.
func (c CreateWebhook) Validate() error { return Invalid(validURL(c.URL), validTypes(c.Types)) }

// Decide makes the webhook, and the hash of what was asked for, which is zero
// without an idempotency key. Under one, its id follows from the key. Refused with
// [ErrValidation].
func (c CreateWebhook) Decide(s Stamp) (Webhook, [sha256.Size]byte, error) {
	if err := c.Validate(); err != nil {
		return Webhook{}, [sha256.Size]byte{}, err
	}
	var record KeyRecord
	var id WebhookID
	if c.Key.IsZero() {
		id.UUID = s.NewID()
	} else {
		request := []string{c.URL, c.EventID.String(), fmt.Sprint(c.Links)}
		for _, kind := range c.Types {
			request = append(request, string(kind))
		}
		record = about{key: c.Key, operation: "create webhook", request: request}.record()
		id.UUID = record.newID()
	}
	return Webhook{
		ID: id, URL: c.URL, EventID: c.EventID, Types: c.Types, Links: c.Links, Status: WebhookActive, Secret: c.Secret,
		StartsAt: s.At.Add(-startsBefore), CreatedAt: s.At, UpdatedAt: s.At,
	}, record.Request, nil
}

// ChangeWebhook changes what is named, and nothing else.
type ChangeWebhook struct {
	URL    *string
	Types  *[]Kind
	Links  *bool
	Status WebhookStatus // WebhookActive or WebhookPaused; empty is as it is
	Secret []byte        // signs from now on; the one from before does too for 24 h
	// IfUpdatedAt is when the webhook must have been changed last; zero is whenever.
	IfUpdatedAt time.Time
}

// Validate names every field that is out of range, with [CodeValidation].
func (c ChangeWebhook) Validate() error {
	var url, types, status error
	if c.URL != nil {
		url = validURL(*c.URL)
	}
	if c.Types != nil {
		types = validTypes(*c.Types)
	}
	if c.Status != "" && c.Status != WebhookActive && c.Status != WebhookPaused {
		status = InvalidField("status", "must be %s or %s", WebhookActive, WebhookPaused)
	}
	return Invalid(url, types, status)
}

// Apply changes the webhook. Refused with [ErrPreconditionFailed].
func (c ChangeWebhook) Apply(w *Webhook, at time.Time) error {
	if !c.IfUpdatedAt.IsZero() && !c.IfUpdatedAt.Equal(w.UpdatedAt) {
		return ErrPreconditionFailed
	}
	if c.URL != nil {
		w.URL = *c.URL
	}
	if c.Types != nil {
		w.Types = *c.Types
	}
	if c.Links != nil {
		w.Links = *c.Links
	}
	if c.Status != "" && c.Status != w.Status {
		w.Status, w.Reason = c.Status, ""
	}
	if c.Secret != nil {
		w.OldSecret, w.OldSecretEnds, w.Secret = w.Secret, at.Add(secretOverlap), c.Secret
	}
	w.UpdatedAt = at
	return nil
}

func validURL(url string) error {
	if url == "" || len(url) > MaxURL {
		return InvalidField("url", "must be an address like https://shop.example.com/hooks, of at most %d bytes", MaxURL)
	}
	return nil
}

func validTypes(types []Kind) error {
	for i, kind := range types {
		if !slices.Contains(Kinds, kind) {
			known := make([]string, len(Kinds))
			for j, k := range Kinds {
				known[j] = string(k)
			}
			return InvalidField("types", "must be some of %s", strings.Join(known, ", "))
		}
		if slices.Contains(types[:i], kind) {
			return InvalidField("types", "must name %s once", kind)
		}
	}
	return nil
}
