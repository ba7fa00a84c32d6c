// Command boxoffice sells tickets over HTTP.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
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
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is the whole program: it does what the arguments say, with the settings
// that the environment adds, until it is done or the context ends, and returns
// the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command, err := parse(new(commandLine), args, getenv, output{stdout, stderr})
	if err != nil {
		fmt.Fprintf(stderr, "boxoffice: %v\nSee boxoffice --help.\n", err)
		return exitUsage
	}
	if command == nil { // help was asked for, and given
		return exitOK
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(); err != nil {
		fmt.Fprintf(stderr, "boxoffice: %v\n", err)
		if errors.As(err, new(usageError)) {
			return exitUsage
		}
		return exitFailed
	}
	return exitOK
}

// usageError is a setting that turned out to be wrong only when it was used.
type usageError struct{ error }

type versionCommand struct{}

// Run prints the version of this binary.
func (versionCommand) Run(out output) error {
	_, err := fmt.Fprintln(out.stdout, buildVersion())
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
