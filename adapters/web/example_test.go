package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/web"
	"github.com/boxoffice-go/boxoffice/app"
)

// The pages are mounted on a base, which may have the API beside them.
func Example() {
	store := memory.New()
	service := app.New(store, app.DefaultOptions())
	defer service.Close()
	handler, err := httpbase.New(httpbase.Config{Ready: service.Ready})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = handler.Close() }()
	links := httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") })
	webhooks := app.NewWebhooks(store, nil) // an adapters/webhook sends what is to be told
	web.Mount(handler, service, links, webhooks)

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=UTF-8
}
