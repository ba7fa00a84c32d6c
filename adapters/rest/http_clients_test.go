package rest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// httpCall is what clients ask for. The i-th body is made of one event after
// the other, and i.
type httpCall struct {
	Method, Path, Body string
	Events             []string
}

func (c httpCall) body(i int) string { return fmt.Sprintf(c.Body, c.Events[i%len(c.Events)], i) }

// clientsJob is what clients do, and clientsReport how that went.
type (
	clientsJob struct {
		Address        string
		Clients, Calls int
		Call           httpCall
	}
	clientsReport struct{ Took, P99 time.Duration }
)

// measure makes b.N calls from so many clients, each over a connection of its
// own, and returns how many were answered in a second.
func measure(b *testing.B, url string, clients int, call httpCall) float64 {
	b.Helper()
	job, err := json.Marshal(clientsJob{url[len("http://"):], clients, b.N, call})
	require.NoError(b, err)
	process := exec.CommandContext(b.Context(), os.Args[0]) //nolint:gosec // this test
	process.Env = append(os.Environ(), clientsVariable+"=1")
	process.Stdin, process.Stderr = bytes.NewReader(job), os.Stderr
	b.ResetTimer()
	output, err := process.Output()
	b.StopTimer()
	require.NoError(b, err)

	var report clientsReport
	require.NoError(b, json.Unmarshal(output, &report))
	rate := float64(b.N) / report.Took.Seconds()
	b.ReportMetric(rate, "calls/s")
	b.ReportMetric(float64(report.P99.Microseconds())/1000, "p99-ms")
	return rate
}

// runClients does the job that it reads, and writes its report.
func runClients(in io.Reader, out io.Writer) error {
	var job clientsJob
	if err := json.NewDecoder(in).Decode(&job); err != nil {
		return err
	}
	var next atomic.Int64
	var running errgroup.Group
	took := make([][]time.Duration, min(job.Clients, job.Calls))
	start := time.Now()
	for i := range took {
		running.Go(func() (err error) {
			took[i], err = drive(job, &next)
			return err
		})
	}
	if err := running.Wait(); err != nil {
		return err
	}
	report := clientsReport{Took: time.Since(start)}
	all := slices.Concat(took...)
	slices.Sort(all)
	report.P99 = all[len(all)*99/100]
	return json.NewEncoder(out).Encode(report)
}

// drive is one client, a lean one.
func drive(job clientsJob, next *atomic.Int64) ([]time.Duration, error) {
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
	request.SetRequestURI(job.Call.Path)
	request.Header.SetContentType("application/json")
	var took []time.Duration
	for i := int(next.Add(1)) - 1; i < job.Calls; i = int(next.Add(1)) - 1 {
		if job.Call.Body != "" {
			request.SetBodyString(job.Call.body(i))
		}
		start := time.Now()
		if err := request.Write(writer); err != nil {
			return took, err
		}
		if err := writer.Flush(); err != nil {
			return took, err
		}
		if err := response.Read(reader); err != nil {
			return took, err
		}
		took = append(took, time.Since(start))
		if code := response.StatusCode(); code != http.StatusOK && code != http.StatusCreated {
			return took, fmt.Errorf("%s %s answered %d: %s", job.Call.Method, job.Call.Path, code, response.Body())
		}
	}
	return took, nil
}
