package faults_test

import (
	"bufio"
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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// binaryDir is where the binary is, once it was built.
var binaryDir string

// buildOnce builds boxoffice once, with the race detector if these tests have it.
var buildOnce = sync.OnceValues(func() (string, error) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "boxoffice"); err != nil {
		return "", err
	}
	path := filepath.Join(binaryDir, "boxoffice")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race", "-gcflags=modernc.org/sqlite/lib=-race=false") // its C has locks of its own
	}
	output, err := exec.Command("go", append(args, "github.com/boxoffice-go/boxoffice/cmd/boxoffice")...).CombinedOutput()
	if err != nil {
		return "", errors.Join(err, errors.New(string(output)))
	}
	return path, nil
})

// server is a boxoffice process. It can be started again at its address.
type server struct {
	t    testing.TB
	args []string
	addr string

	process *exec.Cmd
	ended   chan struct{}

	mu      sync.Mutex
	trouble []string // log lines that no fault excuses
}

// startServer starts a server on a database, or on a SQLite file if there is none:
// its own, unless the arguments name one. It ends with the test, and fails it if
// it logged a panic, a data race or an internal error.
func startServer(t testing.TB, dsn string, args ...string) *server {
	t.Helper()
	s := &server{t: t, addr: "127.0.0.1:0", args: append([]string{"serve", "--rate-limit=off", "--log-format=json"}, args...)}
	switch {
	case dsn != "":
		s.args = append(s.args, "--mysql-dsn="+dsn)
	case !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--sqlite-file=") }):
		s.args = append(s.args, "--sqlite-file="+filepath.Join(t.TempDir(), "boxoffice.db"))
	}
	s.start()
	t.Cleanup(func() {
		s.kill()
		assert.Empty(t, s.trouble)
	})
	return s
}

// start runs the process and returns when it listens.
func (s *server) start() {
	s.t.Helper()
	require.True(s.t, s.tryStart(), "the server ended before it listened: %s", s.trouble)
}

// tryStart is start for a server that may refuse to.
func (s *server) tryStart() bool {
	s.t.Helper()
	path, err := buildOnce()
	require.NoError(s.t, err)
	process, ended := exec.Command(path, append(s.args, "--addr="+s.addr)...), make(chan struct{})
	logs, writer := io.Pipe()
	process.Stderr = writer
	require.NoError(s.t, process.Start())
	s.process, s.ended = process, ended
	listening := make(chan string, 1)
	read := make(chan struct{})
	go func() { defer close(read); s.readLogs(logs, listening) }()
	go func() {
		defer close(ended)
		_ = process.Wait() // how it ended shows in its state
		_ = writer.Close()
		<-read
	}()
	addr, ok := <-listening
	if ok && s.addr != addr { // the first time; others may read it later
		s.addr = addr
	}
	return ok
}

func (s *server) readLogs(logs io.Reader, listening chan<- string) {
	defer close(listening)
	announced := false
	for scanner := bufio.NewScanner(logs); scanner.Scan(); {
		text := scanner.Text()
		var line struct{ Level, Addr string }
		structured := json.Unmarshal(scanner.Bytes(), &line) == nil
		if line.Addr != "" && !announced {
			listening <- line.Addr
			announced = true
		}
		if !structured || line.Level == "error" || line.Level == "fatal" || strings.Contains(text, "panic") {
			s.mu.Lock()
			s.trouble = append(s.trouble, text)
			s.mu.Unlock()
		}
	}
}

func (s *server) url() string { return "http://" + s.addr }

// only is the one server, as a load takes it.
func (s *server) only() []string { return []string{s.url()} }

func (s *server) signal(signal syscall.Signal) {
	s.t.Helper()
	require.NoError(s.t, s.process.Process.Signal(signal))
}

// kill ends the process without giving it time for anything.
func (s *server) kill() {
	_ = s.process.Process.Kill() // it may have ended already
	<-s.ended
}

// stop ends the process in order, and returns its exit code.
func (s *server) stop() int {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	<-s.ended
	return s.process.ProcessState.ExitCode()
}

// onEachStore runs a test on SQLite, which is always there and has no address, and
// on a database in MySQL.
func onEachStore(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "" },
		"MySQL":  func(tb testing.TB) string { tb.Helper(); return mysqltest.DSN(tb) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}
