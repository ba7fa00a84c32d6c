package porttest

import (
	"crypto/sha256"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// WebhookStore is a store that keeps webhooks too.
type WebhookStore interface {
	ports.Store
	ports.WebhookStore
}

// RunWebhooks holds a store to the rules of [ports.WebhookStore]. open is as that
// of [Run].
func RunWebhooks(t *testing.T, open func(t *testing.T) WebhookStore) {
	t.Helper()
	for _, rule := range []struct {
		name  string
		check func(f *hooks)
	}{
		{"are kept as they are, changed, and forgotten", webhooksAreKept},
		{"are made once under a key", webhooksAreMadeOnce},
		{"are listed, the newest first", webhooksAreListed},
		{"change one after another", webhooksChangeInTurn},
		{"are behind on what changed since they started", behindWithoutCursor},
		{"are behind on what they were not told", behindWithCursor},
		{"are looked for on all events", behindOnMany},
		{"have cursors that one at a time leases", leaseIsOnes},
		{"lose a lease when it is over, or taken away", leaseIsLost},
		{"start again", webhooksRestart},
		{"have their attempts listed", deliveriesAreListed},
		{"forget old attempts", deliveriesAreForgotten},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			rule.check(&hooks{&fixture{tb: t, store: store}, store})
		})
	}
}

// hooks is a fixture with webhooks.
type hooks struct {
	*fixture
	hooks WebhookStore
}

const minute = time.Minute

// hook keeps a webhook; change makes it another one before.
func (f *hooks) hook(change ...func(*domain.CreateWebhook)) domain.Webhook {
	f.Helper()
	c := domain.CreateWebhook{URL: "https://shop.example.com/hooks", Secret: []byte("a secret")}
	for _, change := range change {
		change(&c)
	}
	w, request, err := c.Decide(f.now())
	require.NoError(f, err)
	kept, made, err := f.hooks.CreateWebhook(f.Context(), w, request)
	require.NoError(f, err)
	require.True(f, made)
	same(f, w, kept, "CreateWebhook keeps a new webhook")
	return kept
}

// of makes a webhook that of one event.
func of(e domain.Event) func(*domain.CreateWebhook) {
	return func(c *domain.CreateWebhook) { c.EventID = e.ID }
}

func webhooksAreKept(f *hooks) {
	e := f.sale(1)
	w := f.hook(of(e), func(c *domain.CreateWebhook) {
		c.URL, c.Links = `https://shop.example.com/?q="ü'\`, true
		c.Types = []domain.Kind{domain.BookingWasPromoted, domain.EventWasChanged}
	})
	read := func() domain.Webhook {
		f.Helper()
		there, err := f.hooks.Webhook(f.Context(), w.ID)
		require.NoError(f, err)
		return there
	}
	same(f, w, read(), "Webhook finds a webhook as it is")

	at := f.store.Now()
	changed, err := f.hooks.ChangeWebhook(f.Context(), w.ID, func(there *domain.Webhook) error {
		same(f, w, *there, "change works on it as it is")
		there.URL, there.Types, there.Links, there.Status, there.Reason = "http://other", nil, false, domain.WebhookOff, "it's gone: 🎻"
		there.Secret, there.OldSecret, there.OldSecretEnds = []byte{0, 1}, there.Secret, at.Add(time.Hour)
		there.StartsAt, there.UpdatedAt = at.Add(-time.Hour), at
		w = there.Clone()
		return nil
	})
	require.NoError(f, err)
	same(f, w, changed, "ChangeWebhook returns it as it is now")
	same(f, w, read(), "Webhook finds a webhook as it is")

	_, err = f.hooks.ChangeWebhook(f.Context(), w.ID, func(there *domain.Webhook) error {
		there.URL = "never"
		return errUndo
	})
	require.Equal(f, errUndo, err, "an error of change is returned as it is")
	same(f, w, read(), "nothing is kept then")

	c := f.lease(w, e, minute)
	require.NoError(f, f.hooks.DeleteWebhook(f.Context(), w.ID))
	_, err = f.hooks.Webhook(f.Context(), w.ID)
	require.ErrorIs(f, err, domain.ErrWebhookNotFound)
	_, err = f.hooks.ChangeWebhook(f.Context(), w.ID, func(*domain.Webhook) error { return nil })
	require.ErrorIs(f, err, domain.ErrWebhookNotFound)
	require.ErrorIs(f, f.hooks.DeleteWebhook(f.Context(), w.ID), domain.ErrWebhookNotFound)
	require.ErrorIs(f, f.hooks.Restart(f.Context(), w.ID, at), domain.ErrWebhookNotFound)
	require.NoError(f, f.hooks.LogDelivery(f.Context(), ports.Delivery{ID: newID(), WebhookID: w.ID, StartedAt: at}))
	_, err = f.hooks.Deliveries(f.Context(), ports.DeliveryQuery{WebhookID: w.ID})
	require.ErrorIs(f, err, domain.ErrWebhookNotFound)
	_, _, err = f.hooks.Lease(f.Context(), &w, e.ID, minute)
	require.ErrorIs(f, err, domain.ErrWebhookNotFound)
	require.ErrorIs(f, f.hooks.Advance(f.Context(), c, nil, 0), ports.ErrLeaseLost)
}

func webhooksAreMadeOnce(f *hooks) {
	c := domain.CreateWebhook{URL: "https://one", Secret: []byte("first"), Key: domain.NewIdempotencyKey("caller", uuid.NewString())}
	create := func() (domain.Webhook, bool, error) {
		w, request, err := c.Decide(f.now())
		require.NoError(f, err)
		return f.hooks.CreateWebhook(f.Context(), w, request)
	}
	first, made, err := create()
	require.NoError(f, err)
	require.True(f, made)
	c.Secret = []byte("second")
	again, made, err := create()
	require.NoError(f, err)
	require.False(f, made)
	same(f, first, again, "a repeat is told of the first")
	c.URL = "https://two"
	_, _, err = create()
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused)
	_, _, err = f.hooks.CreateWebhook(f.Context(), first, [sha256.Size]byte{})
	require.ErrorIs(f, err, domain.ErrIdempotencyKeyReused, "one with that id was made otherwise")
}

func webhooksAreListed(f *hooks) {
	var made []domain.WebhookID
	for range 5 {
		made = append(made, f.hook().ID)
	}
	var found []domain.WebhookID
	for after := (ports.WebhookCursor{}); ; {
		page, err := f.hooks.Webhooks(f.Context(), ports.WebhookQuery{After: after, Limit: 2})
		require.NoError(f, err)
		for _, w := range page {
			if slices.Contains(made, w.ID) {
				found = append(found, w.ID)
			}
		}
		if len(page) < 2 {
			break
		}
		require.Positive(f, page[0].CreatedAt.Compare(page[1].CreatedAt)*2+slices.Compare(page[0].ID.UUID[:], page[1].ID.UUID[:]))
		after = ports.CursorOfWebhook(page[1])
	}
	slices.Reverse(found)
	require.ElementsMatch(f, made, found)
	_, err := f.hooks.Webhooks(f.Context(), ports.WebhookQuery{Limit: -1})
	require.ErrorIs(f, err, domain.ErrValidation)
}

func webhooksChangeInTurn(f *hooks) {
	const changes = 20
	w := f.hook()
	var all sync.WaitGroup
	errs := make([]error, changes)
	for i := range changes {
		all.Go(func() {
			_, errs[i] = f.hooks.ChangeWebhook(f.Context(), w.ID, func(there *domain.Webhook) error {
				there.Reason += "x"
				return nil
			})
		})
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(f, err)
	}
	there, err := f.hooks.Webhook(f.Context(), w.ID)
	require.NoError(f, err)
	require.Len(f, there.Reason, changes)
}

func (f *hooks) delivery(w domain.Webhook, e domain.Event, n int) ports.Delivery {
	return ports.Delivery{
		ID: newID(), WebhookID: w.ID, MessageID: "message", EventID: e.ID, Record: ports.JournalCursor{Version: 5, Number: 2},
		Attempt: n, StartedAt: f.store.Now(), Duration: 1234 * time.Millisecond, Status: 503, Failure: `it "fails" 🎻`,
		NextTryAt: f.store.Now().Add(minute),
	}
}

func (f *hooks) deliveries(w domain.Webhook, after uuid.UUID, limit int) []ports.Delivery {
	f.Helper()
	found, err := f.hooks.Deliveries(f.Context(), ports.DeliveryQuery{WebhookID: w.ID, After: after, Limit: limit})
	require.NoError(f, err)
	return found
}

func deliveriesAreListed(f *hooks) {
	e := f.sale(9)
	w := f.hook()
	test := ports.Delivery{ID: newID(), WebhookID: w.ID, MessageID: "test", Attempt: 1, StartedAt: f.store.Now()}
	require.NoError(f, f.hooks.LogDelivery(f.Context(), test))
	all := []ports.Delivery{test, f.delivery(w, e, 1), f.delivery(w, e, 2), f.delivery(w, e, 3)}
	f.advance(f.lease(w, e, minute), 0, all[1:]...)
	slices.Reverse(all)
	sameList(f, all, f.deliveries(w, uuid.Nil, 10), "Deliveries lists attempts")
	sameList(f, all[:2], f.deliveries(w, uuid.Nil, 2), "Deliveries lists attempts")
	sameList(f, all[2:], f.deliveries(w, all[1].ID, 2), "Deliveries lists attempts")
	require.Empty(f, f.deliveries(f.hook(), uuid.Nil, 10))
	_, err := f.hooks.Deliveries(f.Context(), ports.DeliveryQuery{WebhookID: w.ID, Limit: -1})
	require.ErrorIs(f, err, domain.ErrValidation)
}

func deliveriesAreForgotten(f *hooks) {
	w := f.hook()
	old := ports.Delivery{ID: newID(), WebhookID: w.ID, MessageID: "test", Attempt: 1, StartedAt: f.store.Now().Add(-100 * 24 * time.Hour)}
	recent := old
	recent.ID, recent.StartedAt = newID(), f.store.Now()
	for _, d := range []ports.Delivery{old, recent} {
		require.NoError(f, f.hooks.LogDelivery(f.Context(), d))
	}
	forgotten, err := f.hooks.ForgetDeliveries(f.Context(), f.store.Now().Add(-50*24*time.Hour))
	require.NoError(f, err)
	require.Positive(f, forgotten)
	sameList(f, []ports.Delivery{recent}, f.deliveries(w, uuid.Nil, 10), "Deliveries lists attempts")
}
