package main

import (
	"context"

	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

type loadtestCommand struct{ loadtest.Config }

// Run puts a server under load and checks its books.
func (c loadtestCommand) Run(ctx context.Context, out output) error {
	return c.Config.Run(ctx, out.stdout, out.stderr)
}
