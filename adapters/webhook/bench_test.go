package webhook_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

var (
	benchEvents  = flag.Int("events", 1000, "events of BenchmarkDeadWebhook")
	benchChanges = flag.Int("changes", 100, "changes of each of them")
)

// BenchmarkDeadWebhook tells 19 webhooks of all that changes in many events,
// beside another one that takes its messages too, or that hangs. "x-alive" is how
// long the 19 had to wait for their last message, beside what they waited when all
// were alive, in the same run. No message leaves the process.
func BenchmarkDeadWebhook(b *testing.B) {
	var alive time.Duration
	for _, dead := range []bool{false, true} {
		b.Run(fmt.Sprint("dead=", dead), func(b *testing.B) {
			for b.Loop() {
				took := tellMany(b, dead)
				if !dead {
					alive = took
				}
				b.ReportMetric(float64(took)/float64(alive), "x-alive")
			}
		})
	}
}

func tellMany(b *testing.B, dead bool) time.Duration {
	b.Helper()
	const others = 19
	var told atomic.Int64
	all := int64(others * *benchEvents * (*benchChanges + 1))
	done := make(chan struct{})
	o := openOffice(b, transport(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/last" {
			if dead {
				return hang(r)
			}
		} else if told.Add(1) == all {
			close(done)
		}
		return answer(http.StatusNoContent), nil
	}))
	for i := range others {
		o.hook(domain.CreateWebhook{URL: fmt.Sprint("http://127.0.0.1/", i)})
	}
	o.hook(domain.CreateWebhook{URL: "http://127.0.0.1/last"})

	start := time.Now()
	var sales sync.WaitGroup
	const sellers = 8
	for seller := range sellers {
		sales.Go(func() {
			for range *benchEvents / sellers {
				e := o.sale(*benchChanges)
				for i := range *benchChanges {
					o.book(e, fmt.Sprint(seller, i))
				}
			}
		})
	}
	sales.Wait()
	<-done
	took := time.Since(start)
	o.close()
	b.ReportMetric(float64(all)/took.Seconds(), "messages/s")
	return took
}

// BenchmarkBookBesideWebhooks books on one hot event over MySQL from 256 callers,
// without webhooks and with five, whose receivers answer after a time. "x-without"
// is the rate beside that without, in the same run; "behind-s" how old the oldest
// was in the end that was not told.
func BenchmarkBookBesideWebhooks(b *testing.B) {
	var without float64
	for _, c := range []struct {
		hooks int
		after time.Duration
	}{{0, 0}, {5, 10 * time.Millisecond}, {5, 0}} {
		b.Run(fmt.Sprintf("webhooks=%d/after=%v", c.hooks, c.after), func(b *testing.B) {
			rate := bookBeside(b, c.hooks, c.after)
			if c.hooks == 0 {
				without = rate
			}
			b.ReportMetric(rate/without, "x-without")
		})
	}
}

func bookBeside(b *testing.B, hooks int, after time.Duration) (rate float64) {
	b.Helper()
	const callers = 256
	var told atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // nothing is done with it
		time.Sleep(after)
		told.Add(1)
	}))
	defer receiver.Close()
	store, err := mysql.Open(mysql.Config{DSN: mysqltest.DSN(b)})
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	o := &office{TB: b, deliverer: webhook.New(config(store))}
	o.service = app.New(store, app.Options{Committed: o.deliverer.Committed})
	o.webhooks = app.NewWebhooks(store, o.deliverer)
	defer o.close()
	e := o.sale(domain.MaxTotalTickets)
	for i := range hooks {
		o.hook(domain.CreateWebhook{URL: fmt.Sprint(receiver.URL, "/", i)})
	}

	b.ResetTimer()
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				person, err := domain.NewPerson(fmt.Sprint("person ", i))
				assert.NoError(b, err)
				_, err = o.service.Book(b.Context(), domain.Book{EventID: e.ID, Person: person, Quantity: 1})
				assert.NoError(b, err)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	rate = float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "bookings/s")
	b.ReportMetric(float64(told.Load())/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(o.deliverer.Stats().Oldest.Seconds(), "behind-s")
	return rate
}
