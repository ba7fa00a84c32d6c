package rest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"
)

// clientsVariable makes a process of this test the clients of another one: a
// server has its processors in common with others in life too, but not its
// scheduler and its garbage collector.
const clientsVariable = "BOXOFFICE_TEST_CLIENTS"

// httpCall is what clients ask for: the i-th time one path after the other, with
// a body that is made of one event after the other, and i.
type httpCall struct {
	Method, Body  string
	Paths, Events []string
}

func (c httpCall) path(i int) string { return c.Paths[i%len(c.Paths)] }

func (c httpCall) body(i int) string { return fmt.Sprintf(c.Body, c.Events[i%len(c.Events)], i) }

// clientsJob is what clients do, and clientsReport how that went.
type (
	clientsJob struct {
		Address        string
		Clients, Calls int
		// Rate is how many calls begin in a second, if so many clients can; 0 is as
		// many as can. A call takes as long as it is since it was to begin.
		Rate int
		Call httpCall
		// Streams are read instead, each over a connection of its own.
		Streams []string
	}
	clientsReport struct{ Took, P99 time.Duration }
)

// newClients are a process that has not been started.
func newClients(ctx context.Context, job clientsJob) (*exec.Cmd, error) {
	text, err := json.Marshal(job)
	process := exec.CommandContext(ctx, os.Args[0]) //nolint:gosec // this test
	process.Env = append(os.Environ(), clientsVariable+"=1")
	process.Stdin, process.Stderr = bytes.NewReader(text), os.Stderr
	return process, err
}

// measure makes b.N calls from so many clients, each over a connection of its
// own, and returns how many were answered in a second.
func measure(b *testing.B, url string, clients int, call httpCall) float64 {
	b.Helper()
	return measureJob(b, clientsJob{Address: addressOf(url), Clients: clients, Calls: b.N, Call: call})
}

func addressOf(url string) string { return url[len("http://"):] }

func measureJob(b *testing.B, job clientsJob) float64 {
	b.Helper()
	process, err := newClients(b.Context(), job)
	require.NoError(b, err)
	b.ResetTimer()
	output, err := process.Output()
	b.StopTimer()
	require.NoError(b, err)

	var report clientsReport
	require.NoError(b, json.Unmarshal(output, &report))
	rate := float64(job.Calls) / report.Took.Seconds()
	b.ReportMetric(rate, "calls/s")
	b.ReportMetric(float64(report.P99.Microseconds())/1000, "p99-ms")
	return rate
}

// keepCalling lets clients make calls until stop, as fast as they can.
func keepCalling(b *testing.B, url string, clients int, call httpCall) (stop func()) {
	b.Helper()
	process, err := newClients(b.Context(), clientsJob{Address: addressOf(url), Clients: clients, Calls: math.MaxInt, Call: call})
	require.NoError(b, err)
	require.NoError(b, process.Start())
	return func() {
		require.NoError(b, process.Process.Kill(), "the clients have ended early")
		_ = process.Wait() // it was killed
	}
}

// runClients does the job that it reads, and writes its report.
func runClients(in io.Reader, out io.Writer) error {
	var job clientsJob
	if err := json.NewDecoder(in).Decode(&job); err != nil {
		return err
	}
	if len(job.Streams) > 0 {
		return readStreams(job, out)
	}
	var next atomic.Int64
	var running errgroup.Group
	took := make([][]time.Duration, min(job.Clients, job.Calls))
	start := time.Now()
	for i := range took {
		running.Go(func() (err error) {
			took[i], err = drive(job, start, &next)
			return err
		})
	}
	if err := running.Wait(); err != nil {
		return err
	}
	report := clientsReport{Took: time.Since(start), P99: p99(slices.Concat(took...))}
	return json.NewEncoder(out).Encode(report)
}

func p99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}

// drive is one client, a lean one.
func drive(job clientsJob, start time.Time, next *atomic.Int64) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", job.Address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	reader, writer := bufio.NewReader(conn), bufio.NewWriter(conn)
	var request fasthttp.Request
	var response fasthttp.Response
	request.Header.SetMethod(job.Call.Method)
	request.Header.SetHost(job.Address)
	request.Header.SetContentType("application/json")
	var took []time.Duration
	for i := int(next.Add(1)) - 1; i < job.Calls; i = int(next.Add(1)) - 1 {
		request.SetRequestURI(job.Call.path(i))
		if job.Call.Body != "" {
			request.SetBodyString(job.Call.body(i))
		}
		began := time.Now()
		if job.Rate > 0 {
			began = start.Add(time.Duration(i) * time.Second / time.Duration(job.Rate))
			time.Sleep(time.Until(began))
		}
		if err := request.Write(writer); err != nil {
			return took, err
		}
		if err := writer.Flush(); err != nil {
			return took, err
		}
		if err := response.Read(reader); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
		if code := response.StatusCode(); code != http.StatusOK && code != http.StatusCreated {
			return took, fmt.Errorf("%s %s answered %d: %s", job.Call.Method, job.Call.path(i), code, response.Body())
		}
	}
	return took, nil
}
