package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// whims are receivers that do anything, but take every message in the end.
func whims(taken func(*http.Request)) transport {
	return func(r *http.Request) (*http.Response, error) {
		switch rand.IntN(30) {
		case 0:
			return answer(http.StatusInternalServerError), nil
		case 1:
			return answer(http.StatusTooManyRequests, "Retry-After", "30"), nil
		case 2:
			return answer(http.StatusMovedPermanently, "Location", "/"), nil
		case 3:
			return hang(r)
		case 4:
			return nil, errCutOff
		case 5: // taken, but nobody hears of it
			taken(r)
			return nil, errCutOff
		default:
			taken(r)
			return answer(http.StatusOK), nil
		}
	}
}

// TestEveryMessageComesInOrderFromSeveralServers has servers that book and die,
// and of which some never hear of their own commits.
func TestEveryMessageComesInOrderFromSeveralServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			events   = 5
			bookings = 40
			hooks    = 4
		)
		store := memory.New()
		var mu sync.Mutex
		got := make(map[string][]string) // by webhook and event, each message once
		again := 0
		secrets := make(map[string][]byte)
		receive := whims(func(r *http.Request) {
			hook := strings.TrimPrefix(r.URL.Path, "/")
			mu.Lock()
			defer mu.Unlock()
			m := verified(t, r, secrets[hook])
			key := hook + " " + m.Data.EventID
			if slices.Contains(got[key], m.Data.Entry.ID) {
				again++
				return
			}
			got[key] = append(got[key], m.Data.Entry.ID)
		})

		setup := &office{TB: t, store: store, deliverer: webhook.NewOver(config(store), receive)}
		setup.service = app.New(store, app.Options{})
		setup.webhooks = app.NewWebhooks(store, setup.deliverer)
		for i := range hooks {
			name := fmt.Sprint("hook", i)
			w := setup.hook(domain.CreateWebhook{URL: "http://127.0.0.1/" + name})
			secrets[name] = w.Secret
		}
		var sales []domain.Event
		for range events {
			sales = append(sales, setup.sale(bookings/2))
		}

		var servers sync.WaitGroup
		for server := range 3 {
			servers.Go(func() {
				for life := range 4 {
					o := &office{TB: t, store: store, deliverer: webhook.NewOver(config(store), receive)}
					options := app.Options{Committed: o.deliverer.Committed}
					if server == 0 {
						options.Committed = nil
					}
					o.service = app.New(store, options)
					for i := range bookings / 4 {
						for _, e := range sales {
							o.book(e, fmt.Sprintf("%d-%d-%d", server, life, i))
						}
						time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
					}
					o.close()
				}
			})
		}
		servers.Wait()
		const all = hooks * events * (3*bookings + 1)
		for range 300 {
			mu.Lock()
			told := 0
			for _, ids := range got {
				told += len(ids)
			}
			mu.Unlock()
			if told == all {
				break
			}
			time.Sleep(time.Hour)
		}
		setup.close()

		for _, e := range sales {
			journal, err := store.Journal(t.Context(), ports.JournalQuery{EventID: e.ID, Limit: 10_000})
			require.NoError(t, err)
			var want []string
			for _, r := range journal {
				want = append(want, fmt.Sprintf("%d-%d", r.Version, r.Number))
			}
			for name := range secrets {
				require.Equal(t, want, got[name+" "+e.ID.String()], "%s is told all of %s in order", name, e.ID)
			}
		}
		t.Logf("%d messages came again", again)
	})
}

// mortal is the store of a server that is killed: from then on it can't keep
// anything, nor give back what it leased.
type mortal struct {
	*memory.Store
	dead atomic.Bool
}

var errDead = errors.New("this server is dead")

func (m *mortal) Lease(ctx context.Context, w *domain.Webhook, e domain.EventID, d time.Duration) (ports.Cursor, bool, error) {
	if m.dead.Load() {
		return ports.Cursor{}, false, errDead
	}
	return m.Store.Lease(ctx, w, e, d)
}

func (m *mortal) Advance(ctx context.Context, c ports.Cursor, attempts []ports.Delivery, d time.Duration) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Advance(ctx, c, attempts, d)
}

// TestNothingIsLostWithAServer kills one between a commit and its delivery, and
// one between a delivery and what it keeps of it.
func TestNothingIsLostWithAServer(t *testing.T) {
	for name, dieAfterDelivery := range map[string]bool{"before the delivery": false, "after the delivery": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &mortal{Store: memory.New()}
				var got receiver
				receive := transport(func(r *http.Request) (*http.Response, error) {
					got.add(verified(t, r))
					store.dead.Store(dieAfterDelivery)
					return answer(http.StatusOK), nil
				})
				o := &office{TB: t, store: store.Store, deliverer: webhook.NewOver(config(store), receive)}
				o.service = app.New(store, app.Options{Committed: o.deliverer.Committed})
				o.webhooks = app.NewWebhooks(store, o.deliverer)
				e := o.sale(9)
				time.Sleep(time.Minute)
				o.hook(domain.CreateWebhook{URL: url})
				synctest.Wait()
				store.dead.Store(!dieAfterDelivery)
				o.book(e, "ada")
				o.book(e, "bob")
				time.Sleep(time.Second)
				o.close()

				other := webhook.NewOver(config(store.Store), transport(func(r *http.Request) (*http.Response, error) {
					got.add(verified(t, r))
					return answer(http.StatusOK), nil
				}))
				defer other.Close()
				time.Sleep(2 * time.Minute)
				ids := tells(got.messages())
				first, second := e.ID.String()+"-2-1", e.ID.String()+"-3-1"
				if dieAfterDelivery {
					require.Equal(t, first, ids[0])
				}
				require.Equal(t, []string{first, second}, ids[len(ids)-2:])
			})
		})
	}
}
