package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

// Receivers do whatever they like, while the servers that tell them are killed,
// and MySQL too. In the end each has been told all, in order.
func TestWebhooksAreToldAllInOrder(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		tellThroughFaults(t, []*server{startServer(t, "", allowLoopback)}, nil)
	})
	t.Run("MySQL", func(t *testing.T) {
		t.Parallel()
		m := startMySQL(t)
		servers := []*server{startServer(t, m.DSN(), allowLoopback), startServer(t, m.DSN(), allowLoopback)}
		tellThroughFaults(t, servers, func() { m.Kill(); m.Restart() })
	})
}

const allowLoopback = "--webhook-networks=127.0.0.0/8"

// tellThroughFaults lets people book on servers and kills one server after
// another, and now and then the database, if it can be killed.
func tellThroughFaults(t *testing.T, servers []*server, killDatabase func()) {
	t.Helper()
	trial := &trial{T: t, began: time.Now()}
	url := servers[0].url()
	receivers := []*receiver{
		newReceiver(t, url, nil),
		newReceiver(t, url, nil),
		newReceiver(t, url, map[string]any{"types": []string{"booking.joined", "event.created"}}),
	}
	events := []string{createEvent(t, url, 50), createEvent(t, url, 50), createEvent(t, url, 50)}
	receivers = append(receivers, newReceiver(t, url, map[string]any{"eventId": events[0], "types": []string{"booking.booked", "booking.joined"}}))
	over := make(chan struct{})
	var running sync.WaitGroup
	var calls atomic.Int64
	for caller := range 4 {
		running.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				person := fmt.Sprint(caller, "-", i)
				_, _ = post(client, servers[i%len(servers)].url()+"/book", "", bookingBody(events[i%len(events)], person, 1), nil) // or not
				calls.Add(1)
				time.Sleep(rand.N(200 * time.Millisecond))
			}
		})
	}
	running.Go(func() { // the days that tries take pass at once
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-time.After(rand.N(600 * time.Millisecond)):
				_ = receivers[i%len(receivers)].startAgain(servers[i%len(servers)].url()) // or not
			}
		}
	})

	for round := range *rounds {
		awaitMessages(t, receivers, 5)
		s := servers[round%len(servers)]
		s.kill()
		if killDatabase != nil && round%4 == 1 {
			killDatabase()
			trial.faults++
		}
		s.start()
		trial.faults++
	}
	close(over)
	running.Wait()
	for _, s := range servers {
		requireRecovery(t, "", s.url())
	}
	url = servers[0].url()
	for _, r := range receivers {
		r.tame.Store(true)
		close(r.released)
		require.NoError(t, r.startAgain(url))
	}

	messages := 0
	for _, event := range events {
		journal := journalOf(t, url, event)
		for i, r := range receivers {
			want := r.wants(event, journal)
			require.Eventually(t, func() bool { return len(r.told(event)) >= len(want) }, patient.Timeout, poll,
				"webhook %d is told all of %s", i, event)
			require.Equal(t, want, r.told(event), "webhook %d", i)
			messages += len(want)
		}
	}
	again := 0
	for _, r := range receivers {
		again += r.again
	}
	t.Logf("%d messages were told through %d faults, %d of them more than once", messages, trial.faults, again)
	trial.record(history.Figures{Calls: int(calls.Load()), Events: len(events)})
}

// awaitMessages returns when each webhook was told so many more.
func awaitMessages(t *testing.T, receivers []*receiver, more int) {
	t.Helper()
	for _, r := range receivers {
		before := r.count()
		require.Eventually(t, func() bool { return r.count() >= before+more }, patient.Timeout, poll)
	}
}

// entry is one of an event's journal.
type entry struct {
	ID, Type, BookingID string
	At, ExpiresAt       time.Time
}

func journalOf(t *testing.T, url, event string) (all []entry) {
	t.Helper()
	for after := ""; ; {
		var page struct {
			Entries []entry
			Next    string
		}
		status, err := get(url+"/events/"+event+"/journal?limit=200"+after, &page)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		if len(page.Entries) == 0 {
			return all
		}
		all = append(all, page.Entries...)
		after = "&after=" + page.Next
	}
}

// receiver is a webhook's, and does whatever it likes until it is tame.
type receiver struct {
	*testing.T
	id, event string
	types     []string
	verifier  *standardwebhooks.Webhook
	tame      atomic.Bool
	released  chan struct{} // closed: nothing hangs any more

	mu    sync.Mutex
	ids   map[string][]string // of entries, by event, each once
	again int
}

// newReceiver makes a webhook with these settings, and what receives it.
func newReceiver(t *testing.T, url string, settings map[string]any) *receiver {
	t.Helper()
	r := &receiver{T: t, released: make(chan struct{}), ids: make(map[string][]string)}
	where := httptest.NewServer(r)
	t.Cleanup(where.Close)
	body := map[string]any{"url": where.URL}
	maps.Copy(body, settings)
	r.event, _ = settings["eventId"].(string)
	r.types, _ = settings["types"].([]string)
	var made struct{ ID, Secret string }
	status, err := post(client, url+"/webhooks", "", body, &made)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	r.id = made.ID
	r.verifier, err = standardwebhooks.NewWebhook(made.Secret)
	require.NoError(t, err)
	return r
}

// startAgain makes the webhook active, as if it had been switched off, so that all
// that waits for another try is due.
func (r *receiver) startAgain(url string) error {
	for _, status := range []string{"PAUSED", "ACTIVE"} {
		request, err := http.NewRequest(http.MethodPatch, url+"/webhooks/"+r.id, strings.NewReader(`{"status":"`+status+`"}`))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		if code, err := finish(client, request, nil); err != nil || code != http.StatusOK {
			return fmt.Errorf("it was answered %d: %w", code, err)
		}
	}
	return nil
}

// wants are the entries of an event's journal that the webhook is to be told.
func (r *receiver) wants(event string, journal []entry) (ids []string) {
	for _, e := range journal {
		if (r.event == "" || r.event == event) && (r.types == nil || slices.Contains(r.types, e.Type)) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func (r *receiver) told(event string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ids[event])
}

func (r *receiver) count() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ids := range r.ids {
		n += len(ids)
	}
	return n
}

// take keeps a message, if all of it came.
func (r *receiver) take(request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the server was killed meanwhile
	}
	assert.NoError(r, r.verifier.Verify(body, request.Header))
	var message struct {
		Data struct {
			EventID string
			Entry   entry
		}
	}
	assert.NoError(r, json.Unmarshal(body, &message))
	event, id := message.Data.EventID, message.Data.Entry.ID
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.ids[event], id) {
		r.again++
		return
	}
	r.ids[event] = append(r.ids[event], id)
}

// ServeHTTP answers as no receiver should, half of the time.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	whim := rand.IntN(32)
	if r.tame.Load() {
		whim = -1
	}
	switch whim {
	case 0:
		w.WriteHeader(http.StatusInternalServerError)
	case 1:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case 2:
		http.Redirect(w, request, "/elsewhere", http.StatusMovedPermanently)
	case 3:
		w.WriteHeader(http.StatusGone)
	case 4: // hang, and never answer
		select {
		case <-r.released:
		case <-request.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case 5: // cut off before it is taken
		panic(http.ErrAbortHandler)
	case 6: // taken, but nobody hears of it
		r.take(request)
		panic(http.ErrAbortHandler)
	case 7:
		r.take(request)
		part := make([]byte, 1<<20)
		for range 10 {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	default:
		r.take(request)
	}
}
