package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/webhook"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// A deliverer works beside a service, which tells it what was committed. Here it
// sends one test message.
func Example() {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.Header.Get("Content-Type"))
	}))
	defer receiver.Close()

	store := memory.New()
	deliverer := webhook.New(webhook.Config{
		Store:    store,
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Link:     func(context.Context, *domain.Booking) (string, error) { return "", nil },
	})
	defer deliverer.Close()
	service := app.New(store, app.Options{Committed: deliverer.Committed})
	defer service.Close()

	attempt, err := deliverer.Test(context.Background(), domain.Webhook{URL: receiver.URL, Secret: make([]byte, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(attempt.Status)
	// Output:
	// POST application/json
	// 200
}
