package loadtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

func TestBooksOfEveryScenarioBalance(t *testing.T) {
	t.Parallel()
	for scenario, operations := range map[string][]string{
		"hot":     {"book"},
		"spread":  {"book"},
		"soldout": {"book"},
		"mixed":   {"book", "cancel", "leave", "booking", "status"},
		"onsale":  {"book", "booking", "status"},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			config := small(scenario)
			ctx, handler := interruptedAfterBookings(t, config.People, 1000, boxoffice(t, httpbase.Config{}))
			config.Target = serve(t, handler)
			r, err := run(ctx, t, config)
			require.NoError(t, err, r.Books.Examples)
			assert.True(t, r.Books.Balanced)
			assert.True(t, r.Interrupted)
			assert.Equal(t, config.Events, r.Books.EventsWhole)
			var called []string
			for _, o := range r.Operations {
				called = append(called, o.Operation)
				if o.Operation == "book" {
					assert.Equal(t, o.Count, r.Books.Bookings, "all that were accepted")
				}
			}
			assert.Subset(t, called, operations)
			if scenario == "onsale" {
				assert.Equal(t, config.People, r.Books.Bookings, "everybody books once")
			}
		})
	}
}

// In this server time runs so fast that many come too late, and those who mean to
// come too late are told that they need not wait for long.
func TestBooksWithHoldsBalance(t *testing.T) {
	t.Parallel()
	for scenario, operations := range map[string][]string{
		"soldout": {"book", "confirm", "give back"},
		"mixed":   {"book", "confirm", "give back", "booking", "status"},
		"onsale":  {"book", "confirm", "give back", "booking", "status"},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			server := altering("/book", func(answer object) {
				if answer["expiresAt"] != nil {
					answer["expiresAt"] = time.Now().Add(-time.Second + 20*time.Millisecond).UTC()
				}
			})(boxofficeAt(t, httpbase.Config{}, fastClock{time.Now()}))
			config := small(scenario)
			config.Hold = 30 * time.Second
			ctx, handler := interruptedAfterBookings(t, config.People, 2000, server)
			config.Target = serve(t, handler)
			r, err := run(ctx, t, config)
			require.NoError(t, err, r.Books.Examples)
			assert.True(t, r.Books.Balanced)
			assert.Equal(t, config.Events, r.Books.EventsWhole)
			var called []string
			late := 0
			for _, o := range r.Operations {
				called = append(called, o.Operation)
				late += o.Errors["hold_expired"]
				for code := range o.Errors {
					assert.Contains(t, []string{"hold_expired", "booking_not_waiting"}, code)
				}
			}
			assert.Subset(t, called, operations)
			assert.Positive(t, late)
		})
	}
}

func TestLoadEndsByItself(t *testing.T) {
	t.Parallel()
	config := small("spread")
	config.Duration = 50 * time.Millisecond
	config.Target = serve(t, boxoffice(t, httpbase.Config{}))
	r, err := run(t.Context(), t, config)
	require.NoError(t, err)
	assert.False(t, r.Interrupted)
}

func TestOfManyEventsASampleIsReadWholeAndEveryStatus(t *testing.T) {
	t.Parallel()
	ctx, handler := interruptedAfter(t, 1000, boxoffice(t, httpbase.Config{}))
	config := small("spread")
	config.Events = 500
	config.Target = serve(t, handler)
	r, err := run(ctx, t, config)
	require.NoError(t, err)
	assert.Equal(t, 500, r.Books.Events)
	assert.Equal(t, 200, r.Books.EventsWhole)
}

func TestReportOnPaperSaysWhatWasMeasured(t *testing.T) {
	t.Parallel()
	ctx, handler := interruptedAfter(t, 300, boxoffice(t, httpbase.Config{}))
	config := small("soldout")
	config.JSON = false
	config.Target = serve(t, handler)
	var stdout, stderr bytes.Buffer
	require.NoError(t, config.Run(ctx, &stdout, &stderr))
	assert.Regexp(t, `(?s)^soldout: 4 clients, 3 events of 20 tickets, [0-9.]+ s, interrupted

 +operation +count +rate/s +p50 ms +p90 ms +p99 ms +p99.9 ms +max ms +errors
 +book( +\d+){2}( +\d+\.\d\d){5} +0
 +total( +\d+){2} +0

The books balance: \d+ bookings of 3 events, the status of 3 events; 0 calls with an unknown outcome.
Cancelled 3 events that this load created.
$`, stdout.String())
	assert.Empty(t, stderr.String(), "only a terminal sees how far it is")
}

func TestNamesInTheJSONReportAreStable(t *testing.T) {
	t.Parallel()
	ctx, handler := interruptedAfter(t, 100, boxoffice(t, httpbase.Config{}))
	config := small("hot")
	config.Target = serve(t, handler)
	var out bytes.Buffer
	require.NoError(t, config.Run(ctx, &out, io.Discard))
	var r map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	names := func(object any) []string { return slices.Sorted(maps.Keys(object.(map[string]any))) }
	assert.Equal(t, []string{
		"books", "clients", "events", "eventsCancelled", "interrupted", "operations",
		"rateLimited", "scenario", "seconds", "target", "tickets", "total",
	}, names(r))
	book := r["operations"].([]any)[0].(map[string]any)
	assert.Equal(t, []string{"count", "errors", "latencyMs", "operation", "perSecond"}, names(book))
	assert.Equal(t, []string{"max", "p50", "p90", "p99", "p999"}, names(book["latencyMs"]))
	assert.Equal(t, []string{"count", "errors", "perSecond"}, names(r["total"]))
	assert.Equal(t, []string{
		"balanced", "bookings", "events", "eventsWhole", "examples", "unknownOutcomes", "violations",
	}, names(r["books"]))
}

func TestEventsAreCancelledAlsoAfterAnInterruption(t *testing.T) {
	t.Parallel()
	server := boxoffice(t, httpbase.Config{})
	ctx, handler := interruptedAfter(t, 300, server)
	config := small("soldout")
	config.Target = serve(t, handler)
	r, err := run(ctx, t, config)
	require.NoError(t, err)
	assert.Equal(t, config.Events, r.EventsCancelled)
	assert.Equal(t, []string{"CANCELLED", "CANCELLED", "CANCELLED"}, statuses(t, config.Target))

	// So are those that were created before the load could not begin.
	var created atomic.Int64
	config.Target = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/initialize" && created.Add(1) > 2 {
			problem(w, http.StatusServiceUnavailable, "overloaded", "try again later")
			return
		}
		server.ServeHTTP(w, r)
	}))
	var stderr bytes.Buffer
	require.ErrorContains(t, config.Run(t.Context(), io.Discard, &stderr), "an event can't be created: overloaded")
	assert.Equal(t, "Cancelled 2 events that had been created before that.\n", stderr.String())
	assert.Equal(t, slices.Repeat([]string{"CANCELLED"}, 5), statuses(t, config.Target))
}

func TestEventThatCannotBeCancelledIsNamed(t *testing.T) {
	t.Parallel()
	server := boxoffice(t, httpbase.Config{})
	ctx, handler := interruptedAfter(t, 100, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/cancel") {
			problem(w, http.StatusForbidden, "forbidden", "this key may not cancel events")
			return
		}
		server.ServeHTTP(w, r)
	}))
	config := small("hot")
	config.Target = serve(t, handler)
	r, err := run(ctx, t, config)
	require.ErrorContains(t, err, "can't be cancelled and may stay on sale: forbidden: this key may not cancel events")
	assert.True(t, r.Books.Balanced)
	assert.Zero(t, r.EventsCancelled)
}

// statuses are those of all events.
func statuses(t *testing.T, url string) (statuses []string) {
	t.Helper()
	response, err := http.Get(url + "/events")
	require.NoError(t, err)
	defer response.Body.Close()
	var list struct{ Events []struct{ Status string } }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&list))
	for _, e := range list.Events {
		statuses = append(statuses, e.Status)
	}
	return statuses
}

func TestServerThatCannotBeReachedIsNamed(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	config := small("hot")
	config.Target = gone.URL
	_, err := run(t.Context(), t, config)
	require.ErrorContains(t, err, "the server at "+gone.URL+" can't be reached")
}

func TestEventThatCannotBeCreatedIsExplained(t *testing.T) {
	t.Parallel()
	config := small("hot")
	config.Target = serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "forbidden", "this key may not create events")
	}))
	_, err := run(t.Context(), t, config)
	require.ErrorContains(t, err, "an event can't be created: forbidden: this key may not create events")
}

func TestInterruptionBeforeTheLoadIsAFailure(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	config := small("hot")
	config.Target = serve(t, boxoffice(t, httpbase.Config{}))
	_, err := run(ctx, t, config)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, loadtest.ErrBooksDontBalance)
}

func TestRateLimitIsReportedWithWhatToDo(t *testing.T) {
	t.Parallel()
	limited := boxoffice(t, httpbase.Config{RateLimit: httpbase.RateLimit{Tokens: 20, Interval: time.Hour}})
	ctx, handler := interruptedAfter(t, 30, limited)
	config := small("hot")
	config.Target = serve(t, handler)
	r, err := run(ctx, t, config)
	require.ErrorContains(t, err, "the books can't be read: rate_limited")
	require.ErrorContains(t, err, "--rate-limit=off")
	assert.True(t, r.RateLimited)
	assert.False(t, r.Books.Balanced)
	assert.Positive(t, r.Operations[0].Errors["rate_limited"])
}

func TestAPIKeyIsSentWithEveryRequest(t *testing.T) {
	t.Parallel()
	var without atomic.Int64
	server := boxoffice(t, httpbase.Config{})
	ctx, handler := interruptedAfter(t, 500, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			without.Add(1)
		}
		server.ServeHTTP(w, r)
	}))
	config := small("mixed")
	config.Target, config.APIKey = serve(t, handler), "secret"
	_, err := run(ctx, t, config)
	require.NoError(t, err)
	assert.Zero(t, without.Load())
}

func TestEveryBadSettingIsNamed(t *testing.T) {
	t.Parallel()
	err := loadtest.Config{Target: "localhost:3000", Events: -1, Tickets: -1, Hold: time.Second}.Validate()
	for _, flag := range []string{"--target", "--clients", "--duration", "--scenario", "--events", "--tickets", "--hold", "--people"} {
		require.ErrorContains(t, err, flag)
	}
	config := small("hot")
	config.Target = "https://tickets.example.com"
	require.NoError(t, config.Validate())
}
