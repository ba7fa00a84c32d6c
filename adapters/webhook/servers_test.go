package webhook_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/sqlite"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// TestServersOfOneStoreShareTheWork has real stores and receivers, and changes of
// the same events by all servers at once.
func TestServersOfOneStoreShareTheWork(t *testing.T) {
	t.Parallel()
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		dsn := mysqltest.DSN(t)
		stores := make([]app.WebhookStore, 2)
		for i := range stores {
			store, err := mysql.Open(mysql.Config{DSN: dsn})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			stores[i] = store
		}
		shareTheWork(t, stores)
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		store, err := sqlite.Open(sqlite.Config{File: filepath.Join(t.TempDir(), "boxoffice.db")})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		shareTheWork(t, []app.WebhookStore{store, store})
	})
}

func shareTheWork(t *testing.T, stores []app.WebhookStore) {
	t.Helper()
	const events, bookings, hooks = 10, 15, 4
	var mu sync.Mutex
	got := make(map[string][]string) // by webhook and event, each message once
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m := verified(t, r)
		mu.Lock()
		defer mu.Unlock()
		if key := r.URL.Path + m.Data.EventID; !slices.Contains(got[key], m.Data.Entry.ID) {
			got[key] = append(got[key], m.Data.Entry.ID)
		}
	}))
	defer receiver.Close()

	var offices []*office
	for _, store := range stores {
		o := &office{TB: t, deliverer: webhook.New(config(store))}
		o.service = app.New(store, app.Options{Committed: o.deliverer.Committed})
		o.webhooks = app.NewWebhooks(store, o.deliverer)
		defer o.close()
		offices = append(offices, o)
	}
	for i := range hooks {
		offices[0].hook(domain.CreateWebhook{URL: fmt.Sprint(receiver.URL, "/", i, "/")})
	}
	var sales []domain.Event
	for range events {
		sales = append(sales, offices[0].sale(bookings))
	}
	var all sync.WaitGroup
	for i, o := range offices {
		for _, e := range sales {
			all.Go(func() {
				for n := range bookings {
					o.book(e, fmt.Sprint(i, "-", n))
				}
			})
		}
	}
	all.Wait()

	want := make(map[string][]string)
	for _, e := range sales {
		journal, err := stores[0].Journal(t.Context(), ports.JournalQuery{EventID: e.ID, Limit: 1000})
		require.NoError(t, err)
		for _, r := range journal {
			for i := range hooks {
				key := fmt.Sprint("/", i, "/", e.ID)
				want[key] = append(want[key], fmt.Sprintf("%d-%d", r.Version, r.Number))
			}
		}
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		told := 0
		for _, ids := range got {
			told += len(ids)
		}
		return told == events*hooks*(2*bookings+1)
	}, 2*time.Minute, 10*time.Millisecond)
	require.Equal(t, want, got)
}
