package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/metrics"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestWhatIsSoldIsCounted(t *testing.T) {
	t.Parallel()
	m, service := start(t, memory.New())
	sell(t, service)

	found := scrape(t, m)
	for outcome, n := range map[string]int{"booked": 2, "held": 2, "waitlisted": 5} {
		require.Equal(t, n, value(t, found, "boxoffice_bookings_total", "outcome", outcome), outcome)
	}
	for outcome, n := range map[string]int{"confirmed": 1, "given_back": 1, "expired": 0} {
		require.Equal(t, n, value(t, found, "boxoffice_holds_total", "outcome", outcome), outcome)
	}
	for what, n := range map[string]int{
		"tickets_booked": 5 + 2, "tickets_held": 3 + 2, "tickets_cancelled": 2 + 2, "promotions": 1 + 2, "waitlist_left": 1, "transfers": 1,
	} {
		require.Equal(t, n, value(t, found, "boxoffice_"+what+"_total"), what)
	}
	for _, histogram := range []string{"transaction_duration_seconds", "transaction_commands", "transaction_events", "command_wait_seconds"} {
		require.Equal(t, 7+9, value(t, found, "boxoffice_"+histogram), histogram)
	}
	require.Zero(t, value(t, found, "boxoffice_commands_pending"))
	require.Equal(t, app.DefaultOptions().MaxPending, value(t, found, "boxoffice_commands_pending_limit"))
	require.Equal(t, 1, value(t, found, "boxoffice_store_ready"))
	require.Equal(t, 1, value(t, found, "boxoffice_build_info", "version", "v1.2.3"))
}

func TestExpiriesAreCountedWithTheirLateness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, service := start(t, memory.New())
		sell(t, service)
		time.Sleep(time.Hour)
		before := scrape(t, m)
		require.Equal(t, 3, value(t, before, "boxoffice_holds_total", "outcome", "expired"), "fay's, dan's, and eve's, whose turn came then")
		require.Equal(t, 4+3, value(t, before, "boxoffice_tickets_cancelled_total"))
		require.Equal(t, 3, value(t, before, "boxoffice_expiry_lateness_seconds"))

		due := time.Now()
		m.ObserveTransaction(app.Transaction{Records: []domain.Record{{
			Kind: domain.BookingHasExpired, At: due.Add(3 * time.Second), Booking: &domain.Booking{ExpiresAt: due},
		}}})
		sum := func(found map[string]*dto.MetricFamily) float64 {
			return found["boxoffice_expiry_lateness_seconds"].Metric[0].Histogram.GetSampleSum()
		}
		require.InDelta(t, 3, sum(scrape(t, m))-sum(before), 1e-9)
		require.Less(t, sum(before), 3*2.0)
	})
}

func TestBatchesAreMeasured(t *testing.T) {
	t.Parallel()
	m := metrics.New("")
	now := time.Now()
	m.ObserveTransaction(app.Transaction{
		Commands: []app.Command{{Arrived: now.Add(-time.Second)}, {Arrived: now.Add(-3 * time.Second)}},
		Events:   2, Start: now, Duration: 2 * time.Second,
	})
	found := scrape(t, m)
	for name, sum := range map[string]float64{
		"transaction_commands": 2, "transaction_events": 2, "command_wait_seconds": 4, "transaction_duration_seconds": 2,
	} {
		require.InDelta(t, sum, found["boxoffice_"+name].Metric[0].Histogram.GetSampleSum(), 1e-9, name)
	}
}

func TestTransactionsAreCountedByTheirOutcome(t *testing.T) {
	t.Parallel()
	for outcome, err := range map[string]error{
		"committed":   nil,
		"unavailable": ports.ErrStoreUnavailable,
		"unknown":     ports.ErrOutcomeUnknown,
		"failed":      errors.New("a defect"),
	} {
		m, service := start(t, failingStore{memory.New(), err})
		event, creating := service.CreateEvent(t.Context(), domain.CreateEvent{Settings: domain.Settings{Name: "Concert", TotalTickets: 3}})
		require.NoError(t, creating)
		_, booking := service.Book(t.Context(), domain.Book{EventID: event.ID, Person: person(t, "ada"), Quantity: 1})
		require.ErrorIs(t, booking, err)

		found := scrape(t, m)
		for _, o := range []string{"committed", "unavailable", "unknown", "failed"} {
			var want int
			if o == outcome {
				want = 1
			}
			require.Equal(t, want, value(t, found, "boxoffice_transaction_duration_seconds", "outcome", o))
		}
		require.Equal(t, err == nil, value(t, found, "boxoffice_tickets_booked_total") == 1, "what was not committed is not counted")
		require.Equal(t, err == nil, value(t, found, "boxoffice_store_ready") == 1)
	}
}

// failingStore creates events and fails otherwise, if it has an error.
type failingStore struct {
	ports.Store
	err error
}

func (s failingStore) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	return errors.Join(s.err, s.Store.Update(ctx, ids, need, decide))
}

func (s failingStore) Ready(context.Context) error { return s.err }

func TestRequestsAreCountedByWhatTheyAre(t *testing.T) {
	t.Parallel()
	m := metrics.New("")
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 10 {
				m.ObserveRequest(metrics.Request{Method: "POST", Route: "/book", Status: http.StatusCreated, Duration: 20 * time.Millisecond})
				m.ObserveRequest(metrics.Request{Method: "POST", Route: "/book", Status: http.StatusConflict, Code: "waitlist_full"})
				m.ObserveRequest(metrics.Request{Method: "POST", Route: "/cancel", Status: http.StatusConflict, Code: "event_cancelled"})
				m.ObserveRequest(metrics.Request{Method: "GET", Status: http.StatusNotFound, Code: "route_not_found"})
			}
		})
	}
	callers.Wait()

	found := scrape(t, m)
	requests := func(labels ...string) int { return value(t, found, "boxoffice_http_requests_total", labels...) }
	require.Equal(t, 80, requests("method", "POST", "route", "/book", "status", "201"))
	require.Equal(t, 80, requests("method", "POST", "route", "/book", "status", "409"))
	require.Equal(t, 80, requests("method", "POST", "route", "/cancel", "status", "409"))
	require.Equal(t, 80, requests("method", "GET", "route", "none", "status", "404"))
	require.Equal(t, 160, value(t, found, "boxoffice_http_request_duration_seconds", "method", "POST", "route", "/book"))
	require.Equal(t, 80, value(t, found, "boxoffice_refusals_total", "code", "waitlist_full"))
	require.Equal(t, 80, value(t, found, "boxoffice_refusals_total", "code", "event_cancelled"))
}

func TestNamesAreByPrometheusConventions(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	exercised(t).Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	problems, err := promlint.New(recorder.Body).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestCountingARequestAllocatesNothing(t *testing.T) {
	m := metrics.New("")
	request := metrics.Request{Method: "POST", Route: "/book", Status: http.StatusConflict, Code: "waitlist_full", Duration: time.Millisecond}
	require.Zero(t, testing.AllocsPerRun(100, func() { m.ObserveRequest(request) }))
}

func TestCallersCannotMakeMetricsGrow(t *testing.T) {
	t.Parallel()
	m := metrics.New("")
	for i := range 1000 {
		m.ObserveRequest(metrics.Request{Method: "M" + strconv.Itoa(i), Status: http.StatusNotFound, Code: "route_not_found"})
	}
	found := scrape(t, m)
	require.Len(t, found["boxoffice_http_requests_total"].Metric, 1)
	require.Equal(t, 1000, value(t, found, "boxoffice_http_requests_total", "method", "other"))
}

func TestEachShardServesOrDoesNot(t *testing.T) {
	t.Parallel()
	found := scrape(t, exercised(t))
	require.Equal(t, 1, value(t, found, "boxoffice_shard_serving", "shard", "-80"))
	require.Zero(t, value(t, found, "boxoffice_shard_serving", "shard", "80-"))

	m := metrics.New("")
	m.AddShards(func(context.Context) (map[string]bool, error) { return nil, errors.New("the database is away") })
	require.NotContains(t, scrape(t, m), "boxoffice_shard_serving")
}

func TestTroublesOfTheDatabaseAreCounted(t *testing.T) {
	t.Parallel()
	found := scrape(t, exercised(t))
	for cause, count := range map[string]int{"deadlock": 1, "lock_wait": 2, "lost_connection": 3, "spread": 6} {
		require.Equal(t, count, value(t, found, "boxoffice_transaction_retries_total", "cause", cause))
	}
	require.Equal(t, 4, value(t, found, "boxoffice_lost_commits_total"))
	require.Equal(t, 5, value(t, found, "boxoffice_transactions_given_up_total"))
	require.Zero(t, value(t, found, "go_sql_in_use_connections", "db_name", "writes"))
}

func BenchmarkObserveRequest(b *testing.B) {
	m := metrics.New("")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.ObserveRequest(metrics.Request{Method: "POST", Route: "/book", Status: http.StatusCreated, Duration: time.Millisecond})
		}
	})
}

func BenchmarkObserveTransaction(b *testing.B) {
	const batch = 64
	m := metrics.New("")
	now := time.Now()
	t := app.Transaction{Events: 1, Start: now, Duration: time.Millisecond}
	for range batch {
		t.Commands = append(t.Commands, app.Command{Arrived: now})
		t.Records = append(t.Records, domain.Record{Kind: domain.BookingWasBooked, Booking: &domain.Booking{Quantity: 1}})
	}
	b.ReportAllocs()
	for b.Loop() {
		m.ObserveTransaction(t)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/command")
}
