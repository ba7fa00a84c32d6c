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
	service := app.New(memory.New(), app.DefaultOptions())
	defer service.Close()
	handler, err := httpbase.New(httpbase.Config{Ready: service.Ready})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = handler.Close() }()
	web.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=UTF-8
}
