// Command boxoffice sells tickets over HTTP.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

// What the process ends with.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// version is stamped by the linker (see Taskfile.yml).
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Without a handler, a second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], environmentOf(os.Environ()), streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run is the whole program: it does what the arguments say, with the settings
// that the environment adds, until it is done or the context ends, and returns
// the exit code.
func run(ctx context.Context, args []string, env environment, std streams) int {
	command, err := parse(new(commandLine), args, env, std)
	if err == nil && command != nil {
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run()
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(std.stderr, "boxoffice: %v\n", err)
	usage := usageError{}
	if !errors.As(err, &usage) {
		return exitFailed
	}
	if usage.command == "" {
		usage.command = command.Selected().FullPath()
	}
	fmt.Fprintf(std.stderr, "See %s --help.\n", usage.command)
	return exitUsage
}

type loadtestCommand struct{ loadtest.Config }

// Run puts a server under load and checks its books.
func (c loadtestCommand) Run(ctx context.Context, std streams) error {
	return c.Config.Run(ctx, std.stdout, std.stderr)
}

type versionCommand struct{}

// Run prints the version of this binary.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintln(std.stdout, buildVersion())
	return err
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
