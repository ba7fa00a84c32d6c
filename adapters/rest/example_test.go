package rest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/rest"
	"github.com/boxoffice-go/boxoffice/app"
)

// The API is mounted on a base, and that in a server of one's own, which has the
// timeouts, and may have other routes beside it.
func Example() {
	service := app.New(memory.New(), app.DefaultOptions())
	defer service.Close()
	handler, err := httpbase.New(httpbase.Config{
		Ready:          service.Ready,
		RateLimit:      httpbase.RateLimit{Tokens: 100, Interval: time.Minute},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = handler.Close() }()
	rest.Mount(handler, service, httpbase.NewLinks(func(ctx context.Context) ([]byte, error) { return service.Secret(ctx, "links") }))

	mux := http.NewServeMux()
	mux.Handle("/tickets/", http.StripPrefix("/tickets", handler))
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	defer func() { _ = server.Close() }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() { _ = server.Serve(listener) }()

	answer, err := http.Post("http://"+listener.Addr().String()+"/tickets/initialize", "application/json",
		strings.NewReader(`{"name":"Concert 2025","totalTickets":100}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	fmt.Println(answer.Status)
	// Output: 201 Created
}
