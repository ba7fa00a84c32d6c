package webhook_test

import (
	"fmt"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// openCounting opens an office whose messages are all taken, and counted.
func openCounting(t *testing.T) (*office, *atomic.Int64) {
	t.Helper()
	told := new(atomic.Int64)
	return openOffice(t, transport(func(*http.Request) (*http.Response, error) {
		told.Add(1)
		return answer(http.StatusNoContent), nil
	})), told
}

func TestMessagesMakeWayForACrowdAndCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, told := openCounting(t)
		defer o.close()
		e := o.sale(domain.MaxTotalTickets)
		time.Sleep(time.Minute)
		o.hook(domain.CreateWebhook{URL: url, EventID: e.ID})
		synctest.Wait()

		perSecond := int64(50 * runtime.GOMAXPROCS(0))
		crowd := make([]domain.Record, 32) // of another event
		o.deliverer.Committed(crowd)
		for i := range 4 * perSecond {
			o.book(e, fmt.Sprint("person ", i))
		}
		for range 4 {
			o.deliverer.Committed(crowd)
			time.Sleep(time.Second / 2)
		}
		require.InDelta(t, 2*perSecond, told.Load(), 40, "half of them wait")
		time.Sleep(time.Second)
		require.Equal(t, 4*perSecond, told.Load(), "and go when the crowd has gone")
	})
}

func TestACrowdAtOneEventLeavesRoomForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, told := openCounting(t)
		defer o.close()
		const events = 20
		var all []domain.Event
		for range events {
			all = append(all, o.sale(1))
		}
		time.Sleep(time.Minute)
		o.hook(domain.CreateWebhook{URL: url, Types: []domain.Kind{domain.BookingWasBooked}})
		synctest.Wait()

		o.deliverer.Committed(make([]domain.Record, 32))
		for _, e := range all {
			o.book(e, "ada")
		}
		time.Sleep(time.Second / 2)
		require.Equal(t, int64(events), told.Load())
	})
}
