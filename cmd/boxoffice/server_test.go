package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// serveArgs let tests run side by side, as fast as they can.
var serveArgs = []string{"serve", "--addr=127.0.0.1:0", "--rate-limit=off", "--log-format=json"}

// server is a boxoffice that serves.
type server struct {
	url    string
	stop   func()
	signal func(os.Signal) // only to a process
	code   chan int        // what it ended with
	logs   *logs
}

// argsOf are the arguments of a server, which has a SQLite file of its own unless
// they say where data is kept.
func argsOf(t *testing.T, args []string) []string {
	t.Helper()
	all := append(slices.Clone(serveArgs), args...)
	for _, storage := range []string{"--store", "--sqlite-file", "--mysql-dsn"} {
		if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, storage) }) {
			return all
		}
	}
	return append(all, "--sqlite-file", newFile(t))
}

// newFile names a file in a directory of the test's own.
func newFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "boxoffice.db")
}

// startServer runs boxoffice in this process and returns when it listens. It is
// stopped with the test.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	args = argsOf(t, args)
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{stop: cancel, code: make(chan int, 1), logs: newLogs()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		code := run(ctx, args, nil, streams{stdout: io.Discard, stderr: s.logs})
		s.logs.end()
		s.code <- code
	}()
	t.Cleanup(func() { cancel(); <-ended })
	s.url = s.logs.awaitURL(t)
	return s
}

// startProcess is startServer in a process of its own, which stop sends a
// signal to.
func startProcess(t *testing.T, args ...string) *server {
	t.Helper()
	return startProcessIn(t, nil, args...)
}

// startProcessIn is startProcess with more variables in the environment.
func startProcessIn(t *testing.T, environment []string, args ...string) *server {
	t.Helper()
	return startCommand(t, func(process *exec.Cmd) { process.Env = append(process.Env, environment...) }, argsOf(t, args)...)
}

// startCommand runs boxoffice, just as it is told to.
func startCommand(t *testing.T, prepare func(*exec.Cmd), args ...string) *server {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	s := &server{code: make(chan int, 1), logs: newLogs()}
	process := exec.CommandContext(t.Context(), binary, args...)
	process.Env = append(os.Environ(), runMain+"=yes")
	process.Stderr = s.logs
	prepare(process)
	require.NoError(t, process.Start())
	s.signal = func(signal os.Signal) { require.NoError(t, process.Process.Signal(signal)) }
	s.stop = func() { s.signal(syscall.SIGTERM) }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := process.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Error(err)
		}
		s.logs.end()
		s.code <- process.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { <-ended })
	s.url = s.logs.awaitURL(t)
	return s
}

// logs reads what a server logs.
type logs struct {
	*io.PipeWriter
	url   chan string // where it listens; closed at the end of the logs
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

func newLogs() *logs {
	r, w := io.Pipe()
	l := &logs{PipeWriter: w, url: make(chan string, 1), ended: make(chan struct{})}
	go l.read(r)
	return l
}

func (l *logs) read(r io.Reader) {
	defer close(l.ended)
	defer close(l.url)
	for scanner := bufio.NewScanner(r); scanner.Scan(); {
		l.mu.Lock()
		l.lines = append(l.lines, scanner.Text())
		l.mu.Unlock()
		var line struct{ Addr string }
		if json.Unmarshal(scanner.Bytes(), &line) == nil && line.Addr != "" {
			l.url <- "http://" + line.Addr
		}
	}
}

// end returns when the last line was read.
func (l *logs) end() {
	_ = l.Close() // it never fails
	<-l.ended
}

func (l *logs) awaitURL(t *testing.T) string {
	t.Helper()
	url, ok := <-l.url
	require.True(t, ok, "the server ended before it listened: %s", l)
	return url
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
