package metrics_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/metrics"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start returns a service that is measured.
func start(tb testing.TB, store ports.Store) (*metrics.Metrics, *app.Service) {
	tb.Helper()
	m := metrics.New("v1.2.3")
	service := app.New(store, app.Options{Observe: m.ObserveTransaction})
	tb.Cleanup(service.Close)
	m.AddService(service, app.DefaultOptions().MaxPending)
	m.AddStreams(func() metrics.StreamStats {
		return metrics.StreamStats{Open: 1, Limit: 2, Sent: 3, Conflated: 4, Dropped: 5}
	})
	return m, service
}

// sell makes every kind of change once or more. Of one event it books 2 and 1
// tickets of 3 for ada and bob, cid and dan wait for 2 and 1, dan leaves, ada
// gives both of hers back, so that cid is promoted. Of another one, with 3 tickets
// as well, ada and bob hold 2 and 1, cid, dan and eve wait for 1 each; ada confirms and
// gives one back, which cid claims; cid gives it back, dan claims it; and bob's
// booking becomes fay's. Eve waits on.
func sell(tb testing.TB, service *app.Service) {
	tb.Helper()
	ctx := context.Background()
	for _, holdSeconds := range []int{0, 600} {
		event, err := service.CreateEvent(ctx, domain.CreateEvent{Settings: domain.Settings{
			Name: "Concert", TotalTickets: 3, HoldSeconds: holdSeconds, ClaimSeconds: holdSeconds,
		}})
		require.NoError(tb, err)
		book := func(who string, quantity int) domain.BookingID {
			booking, err := service.Book(ctx, domain.Book{EventID: event.ID, Person: person(tb, who), Quantity: quantity})
			require.NoError(tb, err)
			return booking.ID
		}
		cancel := func(who string) {
			_, err := service.CancelTickets(ctx, domain.CancelTickets{EventID: event.ID, Person: person(tb, who)})
			require.NoError(tb, err)
		}
		ada, bob := book("ada", 2), book("bob", 1)
		if holdSeconds == 0 {
			book("cid", 2)
			require.NoError(tb, service.LeaveWaitlist(ctx, domain.LeaveWaitlist{EventID: event.ID, BookingID: book("dan", 1)}))
			cancel("ada")
			cancel("ada")
			continue
		}
		cid := book("cid", 1)
		book("dan", 1)
		book("eve", 1)
		_, err = service.Confirm(ctx, domain.Confirm{EventID: event.ID, BookingID: ada})
		require.NoError(tb, err)
		cancel("ada")
		_, err = service.GiveBack(ctx, domain.GiveBack{EventID: event.ID, BookingID: cid})
		require.NoError(tb, err)
		_, err = service.Transfer(ctx, domain.Transfer{EventID: event.ID, BookingID: bob, Person: person(tb, "fay")})
		require.NoError(tb, err)
	}
}

func person(tb testing.TB, identifier string) domain.Person {
	tb.Helper()
	p, err := domain.NewPerson(identifier)
	require.NoError(tb, err)
	return p
}

// scrape reads all metrics as Prometheus does.
func scrape(tb testing.TB, m *metrics.Metrics) map[string]*dto.MetricFamily {
	tb.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(tb, http.StatusOK, recorder.Code)
	require.True(tb, strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/plain"))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(recorder.Body)
	require.NoError(tb, err)
	return families
}

// value returns a counter, a gauge or the count of a histogram; labels are names
// and values in turn.
func value(tb testing.TB, families map[string]*dto.MetricFamily, name string, labels ...string) int {
	tb.Helper()
	require.Contains(tb, families, name)
	for _, metric := range families[name].Metric {
		if hasLabels(metric, labels) {
			switch families[name].GetType() {
			case dto.MetricType_COUNTER:
				return int(metric.Counter.GetValue())
			case dto.MetricType_HISTOGRAM:
				return int(metric.Histogram.GetSampleCount())
			default:
				return int(metric.Gauge.GetValue())
			}
		}
	}
	require.Fail(tb, "no such metric", "%s %v", name, labels)
	return 0
}

func hasLabels(metric *dto.Metric, labels []string) bool {
	found := make(map[string]string)
	for _, l := range metric.Label {
		found[l.GetName()] = l.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if found[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// exercised returns metrics in which everything has happened.
func exercised(tb testing.TB) *metrics.Metrics {
	tb.Helper()
	m, service := start(tb, memory.New())
	sell(tb, service)
	for _, r := range []metrics.Request{
		{Method: "POST", Route: "/book", Status: http.StatusCreated, Duration: time.Millisecond},
		{Method: "POST", Route: "/book", Status: http.StatusServiceUnavailable, Code: "store_unavailable", Duration: time.Second},
	} {
		m.ObserveRequest(r)
	}
	observe := m.AddWebhooks(func() metrics.WebhookStats {
		return metrics.WebhookStats{Pending: 6, Oldest: 7 * time.Second, Inactive: 8}
	})
	observe(ports.Delivery{})
	observe(ports.Delivery{Failure: "it answered 500"})
	m.AddPools(map[string]*sql.DB{"writes": noDatabase(tb)})
	m.AddShards(func(context.Context) (map[string]bool, error) { return map[string]bool{"-80": true, "80-": false}, nil })
	m.AddTroubles(func() metrics.Troubles {
		return metrics.Troubles{Deadlocks: 1, LockWaits: 2, LostConnections: 3, LostCommits: 4, Spread: 6, GivenUp: 5}
	})
	return m
}

func noDatabase(tb testing.TB) *sql.DB {
	tb.Helper()
	db := sql.OpenDB(unreachable{})
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}

type unreachable struct{}

func (unreachable) Driver() driver.Driver { return nil }

func (unreachable) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("there is no database")
}
