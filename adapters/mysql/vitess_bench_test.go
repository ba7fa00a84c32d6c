package mysql_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

var vtgate = flag.String("vtgate", "", "DSN of a Vitess keyspace, for BenchmarkVitess")

// BenchmarkVitess books on a MySQL and, right after, through the vtgate that -vtgate
// names, and says what part of the bookings of the one the other makes: "x-direct".
// Where the processes of both can be seen, it says what processors' time a booking
// takes of each.
func BenchmarkVitess(b *testing.B) {
	if *vtgate == "" {
		b.Skip("-vtgate names no Vitess")
	}
	offices := map[string]*app.Service{
		"direct": app.New(openStore(b, mysql.Config{DSN: mysqltest.DSN(b)}), app.Options{}),
		"vtgate": app.New(openStore(b, mysql.Config{DSN: *vtgate}), app.Options{}),
	}
	for _, service := range offices {
		b.Cleanup(service.Close)
	}
	for _, s := range []struct {
		name            string
		events, clients int
	}{{"hot", 1, 256}, {"two-clients", 1, 2}, {"2000-events", 2000, 256}} {
		b.Run(s.name, func(b *testing.B) {
			rates := make(map[string]float64)
			for _, where := range []string{"direct", "vtgate"} {
				service := offices[where]
				events := newEvents(b, service, s.events)
				b.Run(where, func(b *testing.B) {
					rates[where] = bookAtOnce(b, service, events, s.clients)
					if where == "vtgate" {
						b.ReportMetric(rates["vtgate"]/rates["direct"], "x-direct")
					}
				})
			}
		})
	}
}

func newEvents(b *testing.B, service *app.Service, n int) []domain.EventID {
	b.Helper()
	const atOnce = 16
	events := make([]domain.EventID, n)
	var creating errgroup.Group
	creating.SetLimit(atOnce)
	for i := range events {
		creating.Go(func() error {
			settings := domain.Settings{Name: "Concert", TotalTickets: domain.MaxTotalTickets}
			e, err := service.CreateEvent(context.Background(), domain.CreateEvent{Settings: settings})
			events[i] = e.ID
			return err
		})
	}
	require.NoError(b, creating.Wait())
	return events
}

// bookAtOnce returns how many bookings were made a second, on one event after
// another.
func bookAtOnce(b *testing.B, service *app.Service, events []domain.EventID, clients int) float64 {
	b.Helper()
	before := processorTime(b)
	b.ResetTimer()
	var next atomic.Int64
	var booking sync.WaitGroup
	for range clients {
		booking.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if _, err := service.Book(context.Background(), domain.Book{EventID: events[i%len(events)], Person: newPerson()}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	booking.Wait()
	b.StopTimer()
	spent := make(map[string]float64)
	for p, after := range processorTime(b) {
		if from, ok := before[p]; ok {
			spent[p.name] += after - from
		}
	}
	for name, seconds := range spent {
		b.ReportMetric(seconds*1e6/float64(b.N), name+"-µs/op")
	}
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "bookings/s")
	return rate
}

type process struct{ id, name string }

// processorTime returns the seconds that this process and those of databases have
// taken of the processors, as far as Linux tells.
func processorTime(b *testing.B) map[process]float64 {
	b.Helper()
	const ticks = 100 // a second, in Linux's /proc
	const user, system = 11, 12
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(b, err)
	spent := make(map[process]float64)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		id, rest, _ := strings.Cut(string(text), " (")
		name, rest, _ := strings.Cut(rest, ") ")
		fields := strings.Fields(rest)
		switch {
		case id == strconv.Itoa(os.Getpid()):
			name = "server"
		case name != "mysqld" && name != "vtgate" && name != "vttablet":
			continue
		}
		for _, field := range []int{user, system} {
			n, err := strconv.ParseFloat(fields[field], 64)
			require.NoError(b, err)
			spent[process{id, name}] += n / ticks
		}
	}
	return spent
}
