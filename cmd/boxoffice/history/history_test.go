package history_test

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load is small enough to be proved in a moment, and finds every mistake below.
func load(servers func() []string) history.Load {
	return history.Load{Servers: servers, Events: 8, Calls: 120}
}

const proofLimit = 30 * time.Second

func TestHealthyStorePasses(t *testing.T) {
	for name, store := range map[string]ports.Store{
		"memory":        memory.New(),
		"not so broken": &brokenStore{events: make(map[domain.EventID]*kept)},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := history.Start(load(serve(t, store)))
			recorder.Wait()
			figures, err := recorder.Check(proofLimit)
			require.NoError(t, err)
			require.Equal(t, 8, figures.Linearizable)
			require.Greater(t, figures.Calls, 8*100)
			t.Log(figures)
		})
	}
}

// holdingLoad is load on a store whose holds, of half a minute, end all the time.
func holdingLoad(servers func() []string) history.Load {
	return history.Load{Servers: servers, Events: 4, Calls: 200, HoldTime: domain.MinHoldSeconds * time.Second, Pause: time.Millisecond}
}

func TestHoldsThatEndDuringTheLoadPass(t *testing.T) {
	store := &brokenStore{events: make(map[domain.EventID]*kept), speed: 1000}
	recorder := history.Start(holdingLoad(serve(t, store)))
	recorder.Wait()
	_, err := recorder.Check(0)
	require.NoError(t, err)
	expired := 0
	store.mu.Lock()
	defer store.mu.Unlock()
	for _, e := range store.events {
		for _, b := range e.bookings {
			if b.Status == domain.BookingExpired {
				expired++
			}
		}
	}
	require.Greater(t, expired, 5, "a load in which few holds end proves nothing")
}

func TestHoldsThatAreProlongedAreFound(t *testing.T) {
	store := &brokenStore{events: make(map[domain.EventID]*kept), speed: 1000, prolongs: true}
	store.mistake = func() bool { return true } // few holds are confirmed when they are over
	recorder := history.Start(holdingLoad(serve(t, store)))
	recorder.Wait()
	_, err := recorder.Check(0)
	require.ErrorContains(t, err, "hold: #")
	t.Log(err)
}

// Each mistake is made once in a while, as a race would make it.
func TestBrokenStoreIsFound(t *testing.T) {
	for name, store := range map[string]*brokenStore{
		"oversells":            {oversells: true},
		"lets people overtake": {overtakes: true},
		"loses commits":        {losesCommits: true},
		"forgets keys":         {forgetsKeys: true},
		"reads old states":     {readsOld: true},
	} {
		t.Run(name, func(t *testing.T) {
			store.events = make(map[domain.EventID]*kept)
			store.mistake = func() bool { return rand.IntN(5) == 0 }
			recorder := history.Start(load(serve(t, store)))
			recorder.Wait()
			_, err := recorder.Check(proofLimit)
			require.Error(t, err)
			t.Log(err)
		})
	}
}

// serve runs two servers on one store.
func serve(t *testing.T, store ports.Store) func() []string {
	t.Helper()
	var urls []string
	for range 2 {
		service := app.New(store, app.Options{})
		handler, err := httpbase.New(httpbase.Config{})
		require.NoError(t, err)
		rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))
		server := httptest.NewServer(handler)
		t.Cleanup(func() {
			server.Close()
			require.NoError(t, handler.Close())
			service.Close()
		})
		urls = append(urls, server.URL)
	}
	return func() []string { return urls }
}
