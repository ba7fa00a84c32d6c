package tracing_test

import (
	"context"
	"log"
	"os"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/tracing"
	"github.com/boxoffice-go/boxoffice/app"
)

// A service whose transactions are traced where the environment asks for it.
func Example() {
	ctx := context.Background()
	var options app.Options
	if tracing.IsOn(os.Getenv) {
		provider, err := tracing.NewProvider(ctx, "1.2.3")
		if err != nil {
			log.Fatal(err)
		}
		defer func() { _ = provider.Shutdown(ctx) }()
		options.Observe = tracing.Transactions(provider)
	}
	service := app.New(memory.New(), options)
	defer service.Close()
	// Output:
}
