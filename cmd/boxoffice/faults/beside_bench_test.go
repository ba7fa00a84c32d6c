package faults_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

// BenchmarkBeside books on 100 events with 32 clients for ten seconds while others
// do to the same server what costs it most. p99 and max are of those bookings,
// MB is the most memory that the server has had, and failed are others' requests that
// were not accepted, as they all should be: "nothing" is what to compare with.
func BenchmarkBeside(b *testing.B) {
	const seconds = 10
	for store, open := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "" },
		"MySQL":  func(tb testing.TB) string { tb.Helper(); return mysqltest.DSN(tb) },
	} {
		b.Run(store, func(b *testing.B) {
			for _, trouble := range []struct {
				name    string
				prepare func(s *besides)
			}{
				{"nothing", func(*besides) {}},
				{"16 clients that ask for long lists and hang up", (*besides).longLists},
				{"a locked event", (*besides).lockedEvent},
				{"2,000 idle connections", (*besides).idleConnections},
				{"300 of the largest requests at once", (*besides).largestRequests},
				{"300 of the largest requests at once, and 60 slow readers", (*besides).slowReaders},
			} {
				b.Run(trouble.name, func(b *testing.B) {
					s := &besides{B: b, dsn: open(b)}
					s.server = startServer(b, s.dsn)
					trouble.prepare(s)
					over, stop := context.WithCancel(b.Context())
					var running sync.WaitGroup
					for _, do := range s.troubles {
						running.Go(func() {
							for over.Err() == nil {
								do(over)
							}
						})
					}
					config := loadtest.Config{
						Target: s.server.url(), Clients: 32, Duration: seconds * time.Second,
						Scenario: "spread", Events: 100, People: 1, Seed: 1, JSON: true,
					}
					for b.Loop() {
						s.measure(config)
					}
					stop()
					running.Wait()
				})
			}
		})
	}
}

// besides is a server, and what is done to it.
type besides struct {
	*testing.B
	dsn      string
	server   *server
	troubles []func(over context.Context) // each over and over again
	failed   atomic.Int64                 // of the largest requests
}

func (s *besides) measure(config loadtest.Config) {
	s.Helper()
	var out bytes.Buffer
	require.NoError(s, config.Run(s.Context(), &out, io.Discard))
	var report struct {
		Operations []struct {
			PerSecond float64
			Errors    map[string]int
			LatencyMs struct{ P50, P99, Max float64 }
		}
	}
	require.NoError(s, json.Unmarshal(out.Bytes(), &report))
	books := report.Operations[0]
	require.Empty(s, books.Errors)
	s.ReportMetric(books.PerSecond, "bookings/s")
	s.ReportMetric(books.LatencyMs.P50, "p50-ms")
	s.ReportMetric(books.LatencyMs.P99, "p99-ms")
	s.ReportMetric(books.LatencyMs.Max, "max-ms")
	s.ReportMetric(s.server.mostMemory(), "MB")
	s.ReportMetric(float64(s.failed.Load()), "failed")
	s.ReportMetric(0, "ns/op") // it is always as long
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// mostMemory is the most that the process has had so far, in megabytes; 0 where the
// system doesn't tell.
func (s *server) mostMemory() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	kilobytes, _ := strconv.Atoi(string(peak.FindSubmatch(status)[1]))
	return float64(kilobytes) / 1000
}

// longLists are those of an event of which nearly all bookings are over, of a long
// line, and of a person with many bookings.
func (s *besides) longLists() {
	const bookings = 10_000
	s.Helper()
	url := s.server.url()
	over, line := createEvent(s, url, bookings), createEvent(s, url, 1)
	var filling sync.WaitGroup
	const fillers = 64
	for filler := range fillers {
		filling.Go(func() {
			for i := filler; i < bookings; i += fillers {
				var made booked
				for _, body := range []any{bookingBody(over, "the person with many bookings", 1), bookingBody(line, fmt.Sprint("person ", i), 1)} {
					if _, err := post(patient, url+"/book", "", body, &made); err != nil {
						s.Error(err)
						return
					}
				}
				if i%100 > 0 {
					body := map[string]any{"eventId": over, "identifier": "the person with many bookings"}
					if _, err := post(patient, url+"/cancel", "", body, nil); err != nil {
						s.Error(err)
						return
					}
				}
			}
		})
	}
	filling.Wait()
	lists := []string{
		"/events/" + over + "/bookings?limit=200&status=BOOKED",
		"/events/" + over + "/bookings?limit=200&status=CANCELLED",
		"/events/" + over + "/bookings?format=csv",
		"/events/" + line + "/bookings?limit=200&status=WAITING",
		"/events/" + over + "/journal?limit=200",
		"/bookings?limit=200&identifier=the+person+with+many+bookings",
	}
	const clients = 16
	for range clients {
		s.troubles = append(s.troubles, func(over context.Context) {
			ctx, cancel := context.WithTimeout(over, rand.N(100*time.Millisecond))
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+lists[rand.IntN(len(lists))], nil)
			if err != nil {
				s.Error(err)
				return
			}
			_, _ = finish(patient, request, nil) // it hangs up
		})
	}
}

// lockedEvent is one that somebody's transaction keeps hold of, while others want
// to book it.
func (s *besides) lockedEvent() {
	s.Helper()
	if s.dsn == "" {
		s.Skip("nobody else can lock an event of a SQLite file")
	}
	event := createEvent(s, s.server.url(), 1000)
	db, err := sql.Open("mysql", s.dsn)
	require.NoError(s, err)
	s.Cleanup(func() { require.NoError(s, db.Close()) })
	tx, err := db.BeginTx(s.Context(), nil)
	require.NoError(s, err)
	id := uuid.MustParse(event)
	_, err = tx.ExecContext(s.Context(), "UPDATE events SET name = name WHERE id = ?", id[:])
	require.NoError(s, err)
	const clients = 8
	for range clients {
		s.troubles = append(s.troubles, func(over context.Context) {
			s.postOver(over, map[string]any{"eventId": event, "identifier": "somebody"})
		})
	}
}

// postOver books until it is answered or all is over.
func (s *besides) postOver(over context.Context, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		s.Error(err)
		return
	}
	request, err := http.NewRequestWithContext(over, http.MethodPost, s.server.url()+"/book", bytes.NewReader(encoded))
	if err != nil {
		s.Error(err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	_, _ = finish(patient, request, nil) // it may be refused
}

func (s *besides) idleConnections() {
	const connections = 2000
	for i := range connections {
		conn, err := net.Dial("tcp", s.server.addr)
		require.NoError(s, err)
		s.Cleanup(func() { _ = conn.Close() })
		if i%2 == 0 { // half of them have been used
			_, err = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
			require.NoError(s, err)
		}
	}
}

// largest books as many tickets as can be, with the longest texts, in a body that
// is filled up.
func largest(event string, who int) json.RawMessage {
	const bodyLimit = 64 << 10
	name := fmt.Sprintf("%08d", who) + strings.Repeat("𝔞", 247)
	body := fmt.Sprintf(`{"eventId":%q,"identifier":%q,"quantity":100,"reference":%q}`, event, name+strings.Repeat(" ", 145), strings.Repeat("𝔟", 100))
	return json.RawMessage(body + strings.Repeat(" ", bodyLimit-len(body)))
}

func (s *besides) largestRequests() {
	event := createEvent(s, s.server.url(), 10_000_000)
	const requests = 300
	s.troubles = append(s.troubles, func(over context.Context) {
		var sending sync.WaitGroup
		for i := range requests {
			sending.Go(func() { s.sendLargest(over, event, i) })
		}
		sending.Wait()
		select { // the next ones come later
		case <-over.Done():
		case <-time.After(time.Second):
		}
	})
}

func (s *besides) sendLargest(over context.Context, event string, who int) {
	request, err := http.NewRequestWithContext(over, http.MethodPost, s.server.url()+"/book", bytes.NewReader(largest(event, who)))
	if err != nil {
		s.Error(err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	status, err := finish(patient, request, nil)
	if over.Err() == nil && (err != nil || status != http.StatusCreated) {
		s.failed.Add(1)
	}
}

// slowReaders ask for pages of the largest bookings, and take them a byte at a time.
func (s *besides) slowReaders() {
	s.Helper()
	s.largestRequests()
	event := createEvent(s, s.server.url(), 10_000_000)
	const bookings, readers = 200, 60
	for i := range bookings {
		s.sendLargest(s.Context(), event, i)
	}
	for range readers {
		s.troubles = append(s.troubles, func(over context.Context) {
			conn, err := net.Dial("tcp", s.server.addr)
			if err != nil {
				s.Error(err)
				return
			}
			defer func() { _ = conn.Close() }() // also before the server has sent all
			_ = conn.(*net.TCPConn).SetReadBuffer(1 << 12)
			_, err = fmt.Fprintf(conn, "GET /events/%s/bookings?limit=200 HTTP/1.1\r\nHost: localhost\r\n\r\n", event)
			for one := make([]byte, 1); err == nil && over.Err() == nil; _, err = conn.Read(one) {
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}
