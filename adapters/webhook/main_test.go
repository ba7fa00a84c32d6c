package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { mysqltest.Main(tidy{m}) }

// tidy are tests that leave nothing running.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	code := t.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// office sells tickets and has webhooks.
type office struct {
	testing.TB
	store     *memory.Store
	service   *app.Service
	deliverer *webhook.Deliverer
	webhooks  *app.Webhooks
}

func config(store webhook.Store) webhook.Config {
	return webhook.Config{
		Store:    store,
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Link:     func(_ context.Context, b *domain.Booking) (string, error) { return "link-of-" + b.ID.String(), nil },
	}
}

// openOffice opens one whose messages go over a transport, or into the network if
// that is nil. It must be closed before a bubble of synctest ends.
func openOffice(tb testing.TB, transport http.RoundTripper) *office {
	tb.Helper()
	o := &office{TB: tb, store: memory.New()}
	if transport == nil {
		o.deliverer = webhook.New(config(o.store))
	} else {
		o.deliverer = webhook.NewOver(config(o.store), transport)
	}
	o.service = app.New(o.store, app.Options{Committed: o.deliverer.Committed})
	o.webhooks = app.NewWebhooks(o.store, o.deliverer)
	tb.Cleanup(o.close)
	return o
}

func (o *office) close() {
	o.service.Close()
	o.deliverer.Close()
}

func (o *office) sale(tickets int) domain.Event {
	o.Helper()
	e, err := o.service.CreateEvent(o.Context(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: tickets}})
	require.NoError(o, err)
	return e
}

func (o *office) book(e domain.Event, who string) domain.Booking {
	o.Helper()
	person, err := domain.NewPerson(who)
	require.NoError(o, err)
	b, err := o.service.Book(o.Context(), domain.Book{EventID: e.ID, Person: person, Quantity: 1})
	require.NoError(o, err)
	return b
}

func (o *office) hook(c domain.CreateWebhook) domain.Webhook {
	o.Helper()
	w, made, err := o.webhooks.Create(o.Context(), c)
	require.NoError(o, err)
	require.True(o, made)
	return w
}

func (o *office) read(w domain.Webhook) domain.Webhook {
	o.Helper()
	w, err := o.webhooks.Webhook(o.Context(), w.ID)
	require.NoError(o, err)
	return w
}

// deliveries are all attempts, the first of them first.
func (o *office) deliveries(w domain.Webhook) []ports.Delivery {
	o.Helper()
	found, err := o.webhooks.Deliveries(o.Context(), ports.DeliveryQuery{WebhookID: w.ID, Limit: 10_000})
	require.NoError(o, err)
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i]
	}
	return found
}

// told is a message as a receiver reads it.
type told struct {
	id        string
	Type      string
	Timestamp time.Time
	Data      struct {
		WebhookID, EventID string
		Entry              struct {
			ID      string
			Version int64
		}
		Booking map[string]any
	}
}

// verified checks a message with somebody else's library, for each of some
// secrets.
func verified(tb testing.TB, r *http.Request, secrets ...[]byte) told {
	tb.Helper()
	body, err := io.ReadAll(r.Body)
	assert.NoError(tb, err)
	for _, secret := range secrets {
		theirs, err := standardwebhooks.NewWebhookRaw(secret)
		assert.NoError(tb, err)
		assert.NoError(tb, theirs.VerifyIgnoringTimestamp(body, r.Header), "the signature is right")
	}
	assert.Equal(tb, "application/json", r.Header.Get("Content-Type"))
	m := told{id: r.Header.Get("webhook-id")}
	assert.NoError(tb, json.Unmarshal(body, &m))
	return m
}

// transport answers requests without a network.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func answer(status int, header ...string) *http.Response {
	r := &http.Response{StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader("so be it"))}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// hang answers nothing.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

var errCutOff = errors.New("connection reset by peer")

// receiver remembers what it was told.
type receiver struct {
	mu  sync.Mutex
	all []told
}

func (r *receiver) add(m told) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, m)
	return len(r.all)
}

func (r *receiver) messages() []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]told(nil), r.all...)
}

// tells are the ids of messages, in order.
func tells(messages []told) []string {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.id
	}
	return ids
}
