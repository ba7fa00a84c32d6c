package faults_test

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

var (
	rounds = flag.Int("rounds", 4, "faults that each test injects")
	rush   = flag.Duration("rush", 3*time.Second, "how long TestRush goes on")
	soak   = flag.Duration("soak", 5*time.Second, "how long TestSoak goes on")

	undisturbed = flag.Duration("undisturbed", 0, "what the 99th of 100 bookings may take while another shard is away; 0 is anything")

	pictures = flag.String("pictures", "", "an absolute directory for pictures of histories that are not linearizable")
)

const (
	// recovery is how soon the service has to answer after a fault is over.
	recovery = 10 * time.Second
	// proofLimit bounds the search for an order of one event's operations, which a
	// race detector and a busy machine slow down about tenfold.
	proofLimit = 5 * time.Minute
	// reportVariable names a file that the figures are written to as well.
	reportVariable = "BOXOFFICE_TEST_FAULTS_REPORT"
	// poll is how often a condition is looked at.
	poll = 20 * time.Millisecond
)

func TestMain(m *testing.M) { mysqltest.Main(reporting{m}) }

// reporting runs tests and then tells what they have proved.
type reporting struct{ *testing.M }

func (r reporting) Run() int {
	code := r.M.Run()
	_ = os.RemoveAll(binaryDir) // it is a temporary one
	report.print(os.Stdout)
	if path := os.Getenv(reportVariable); path != "" {
		if err := report.write(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return cmp.Or(code, 1)
		}
	}
	return code
}

// report collects the figures of all tests.
var report reports

type reports struct {
	mu    sync.Mutex
	lines []reportLine
}

type reportLine struct {
	test     string
	faults   int
	duration time.Duration
	figures  history.Figures
}

func (r *reports) add(l reportLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
}

// write prints the figures into a file, since go test shows what a package
// printed only if it is the only one, or has failed.
func (r *reports) write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	r.print(file)
	return file.Close()
}

func (r *reports) print(to io.Writer) {
	if len(r.lines) == 0 {
		return
	}
	slices.SortFunc(r.lines, func(a, b reportLine) int { return cmp.Compare(a.test, b.test) })
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	defer func() { _ = out.Flush() }() // figures are lost at worst
	var all reportLine
	fmt.Fprintln(out, "test\tfaults\tcalls answered\tunknown\tbookings\tevents\tlinearizable\ttime")
	for _, l := range r.lines {
		l.print(out)
		all.faults += l.faults
		all.figures = all.figures.Add(l.figures)
		all.duration += l.duration
	}
	all.test = "all"
	all.print(out)
}

func (l reportLine) print(out *tabwriter.Writer) {
	fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", l.test, l.faults, l.figures.Calls, l.figures.Unknown,
		l.figures.Bookings, l.figures.Events, l.figures.Linearizable, l.duration.Round(time.Second/10))
}

// trial is one test's load and the faults that it went through.
type trial struct {
	*testing.T
	*history.Recorder
	began  time.Time
	faults int
}

// begin starts a load on servers, which goes on until prove.
func begin(t *testing.T, servers func() []string) *trial {
	t.Helper()
	return beginLoad(t, history.Load{Servers: servers, Pause: 3 * time.Millisecond, Seed: uint64(time.Now().UnixNano())})
}

// beginOn is begin for one server on SQLite, or on MySQL if there is an address.
func beginOn(t *testing.T, dsn string, s *server) *trial {
	t.Helper()
	return beginLoad(t, history.Load{Servers: s.only, Pause: 3 * time.Millisecond, Seed: uint64(time.Now().UnixNano()), Local: dsn == ""})
}

func beginLoad(t *testing.T, load history.Load) *trial {
	t.Helper()
	load.Pictures = *pictures
	r := &trial{T: t, Recorder: history.Start(load), began: time.Now()}
	t.Cleanup(r.Stop)
	return r
}

// await returns when n more calls were answered.
func (r *trial) await(n int) {
	r.Helper()
	const limit = time.Minute
	require.NoError(r, r.Await(n, limit))
}

// prove ends the load, and checks its history.
func (r *trial) prove() {
	r.Helper()
	figures, err := r.Check(proofLimit)
	require.NoError(r, err)
	require.Equal(r, figures.Events, figures.Linearizable)
	require.NotZero(r, figures.Events)
	r.record(figures)
}

func (r *trial) record(figures history.Figures) {
	report.add(reportLine{r.Name(), r.faults, time.Since(r.began), figures})
}
