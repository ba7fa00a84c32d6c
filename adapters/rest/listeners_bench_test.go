package rest_test

import (
	"encoding/gob"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

var (
	benchWaiting = flag.Int("waiting", 1_000_000, "how many wait in BenchmarkPlaces")
	benchStreams = flag.Int("streams", 10_000, "how many streams BenchmarkStreams opens")
	benchRate    = flag.Int("rate", backgroundRate, "how many book in a second beside them")
)

// BenchmarkPlaces reads places in a long line, of which 2 % are gone from the
// middle, over MySQL. "x-status" is its rate beside that of the event's status, and
// "x-beside-status" what is booked beside those who read places, beside what is
// booked beside those who read the status, each in the same run.
func BenchmarkPlaces(b *testing.B) {
	o := scene{b, newBenchOffice(b, openMySQL(b), app.Options{})}
	event, line := o.longLine(*benchWaiting)
	calls := map[string]httpCall{"status": getEach("/status/" + event.String()), "place": getEach(line...)}

	var status, booked float64
	for _, name := range []string{"status", "place"} {
		b.Run(name, func(b *testing.B) {
			rate := measure(b, o.server.URL, clients, calls[name])
			if name == "status" {
				status = rate
			} else {
				b.ReportMetric(rate/status, "x-status")
			}
		})
	}
	for _, name := range []string{"status", "place"} {
		b.Run("beside-"+name, func(b *testing.B) {
			defer keepCalling(b, o.server.URL, clients, calls[name])()
			b.Run("book", func(b *testing.B) {
				const bookers = 64
				rate := measure(b, o.server.URL, bookers, bookEach(event))
				if name == "status" {
					booked = rate
				} else {
					b.ReportMetric(rate/booked, "x-beside-status")
				}
			})
		})
	}
}

// longLine makes a line and lets 2 % of it leave, from its middle, and returns the
// paths of some of the others.
func (o scene) longLine(waiting int) (domain.EventID, []string) {
	o.Helper()
	const sample = 10_000
	event := o.soldOut(1, 0)
	gone := waiting / 50
	bookings := make([]domain.BookingID, waiting+gone)
	atOnce(len(bookings), func(i int) { bookings[i] = o.book(event, fmt.Sprint("waiting ", i)).ID })
	quarter := len(bookings) / 4
	leaves := make(map[int]bool, gone)
	for _, i := range rand.Perm(2 * quarter)[:gone] {
		leaves[quarter+i] = true
	}
	var leaving []domain.BookingID
	var paths []string
	for i, id := range bookings {
		if leaves[i] {
			leaving = append(leaving, id)
		} else {
			paths = append(paths, pathOf(event.String(), id.String()))
		}
	}
	atOnce(len(leaving), func(i int) {
		err := o.service.LeaveWaitlist(o.B.Context(), domain.LeaveWaitlist{EventID: event, BookingID: leaving[i]})
		require.NoError(o, err)
	})
	rand.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return event, paths[:min(sample, len(paths))]
}

// BenchmarkStreams opens many streams of one hot event, half of them of bookings
// that wait, beside 2,000 bookings a second over MySQL and ten promotions, each of
// which changes all places. It reports how long after its commit the oldest change
// was that a message had in it, how long bookings took, what one stream takes of
// the server's memory, and how long it took to forget all when they hung up at once.
func BenchmarkStreams(b *testing.B) {
	const seconds = 10
	defer runtime.KeepAlive(make([]byte, 24<<20)) // as boxoffice serve does
	commits := &commits{at: make(map[int64]commit)}
	o := scene{b, newBenchOffice(b, openConfiguredMySQL(b, mysql.Config{DSN: mysqltest.DSN(b)}), app.Options{Committed: commits.add})}
	const promotions = 1000
	event := o.soldOut(promotions, promotions)
	paths := make([]string, *benchStreams)
	atOnce(len(paths), func(i int) {
		paths[i] = "/events/" + event.String() + "/stream"
		if i%2 == 1 {
			paths[i] = pathOf(event.String(), o.book(event, fmt.Sprint("listens ", i)).ID.String()) + "/stream"
		}
	})
	goroutines, memory := runtime.NumGoroutine(), memoryInUse()

	process, err := newClients(b.Context(), clientsJob{Address: addressOf(o.server.URL), Clients: clients, Streams: paths})
	require.NoError(b, err)
	out, err := process.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, process.Start())
	_, err = io.ReadFull(out, make([]byte, 1))
	require.NoError(b, err)
	require.Equal(b, int64(len(paths)), o.handler.StreamStats().Open)
	memory = memoryInUse() - memory

	stop := o.promoteInBackground(event)
	job := clientsJob{Address: addressOf(o.server.URL), Clients: clients, Rate: *benchRate, Calls: 2 * *benchRate, Call: bookEach(event)}
	measureJob(b, job) // once the memory is taken again that was given back to be measured
	job.Calls = seconds * *benchRate
	measureJob(b, job)
	stop()
	time.Sleep(2 * time.Second) // until the last state is there
	before := o.handler.StreamStats()
	require.NoError(b, process.Process.Signal(os.Interrupt))
	var receipts [][]receipt
	require.NoError(b, gob.NewDecoder(out).Decode(&receipts))
	require.NoError(b, process.Wait())
	hungUp := time.Now()
	require.Eventually(b, func() bool { return o.handler.StreamStats().Open == 0 && runtime.NumGoroutine() <= goroutines+clients }, patience, time.Millisecond)
	b.ReportMetric(float64(time.Since(hungUp).Milliseconds()), "hang-up-ms")
	require.Zero(b, before.Dropped)

	var events, bookings []time.Duration
	for i := range receipts {
		if i%2 == 0 {
			events = append(events, commits.delays(b, receipts[i], false)...)
		} else {
			bookings = append(bookings, commits.delays(b, receipts[i], true)...)
		}
	}
	b.ReportMetric(float64(memory)/float64(len(paths))/1000, "kB/stream")
	b.ReportMetric(float64(before.Sent)/seconds, "messages/s")
	b.ReportMetric(float64(p99(events).Milliseconds()), "event-delay-p99-ms")
	b.ReportMetric(float64(p99(bookings).Milliseconds()), "place-delay-p99-ms")
}

// promoteInBackground gives tickets back, ten a second, until stop.
func (o scene) promoteInBackground(event domain.EventID) (stop func()) {
	const pause = 100 * time.Millisecond
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticks := time.NewTicker(pause)
		defer ticks.Stop()
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-ticks.C:
				person, err := domain.NewPerson(fmt.Sprint("user ", i))
				require.NoError(o, err)
				_, err = o.service.CancelTickets(o.B.Context(), domain.CancelTickets{EventID: event, Person: person})
				require.NoError(o, err)
			}
		}
	})
	return func() { close(over); running.Wait() }
}

// memoryInUse is what this process keeps of the system's memory.
func memoryInUse() int64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// commits remember when an event's versions were committed.
type commits struct {
	mu sync.Mutex
	at map[int64]commit
}

type commit struct {
	at     time.Time
	places bool // it changed those of all who wait
}

func (c *commits) add(records []domain.Record) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range records {
		r := &records[i]
		c.at[r.Version] = commit{now, c.at[r.Version].places || r.Kind == domain.BookingWasPromoted}
	}
}

// delays are how late each message told the oldest of what it told, and requires
// that the last one told the last change.
func (c *commits) delays(b *testing.B, receipts []receipt, places bool) (delays []time.Duration) {
	b.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	told := receipts[0].Version
	for _, r := range receipts[1:] {
		for v := told + 1; v <= r.Version; v++ {
			if at, known := c.at[v]; known && (at.places || !places) {
				delays = append(delays, r.At.Sub(at.at))
				break
			}
		}
		told = r.Version
	}
	for v := told + 1; c.at[v] != (commit{}); v++ {
		require.True(b, places && !c.at[v].places, "version %d is told", v)
	}
	return delays
}

// BenchmarkOtherServer is how long it takes until what one server commits comes
// out of a stream of another one, from the call on.
func BenchmarkOtherServer(b *testing.B) {
	dsn := mysqltest.DSN(b)
	one := scene{b, newBenchOffice(b, openConfiguredMySQL(b, mysql.Config{DSN: dsn}), app.Options{})}
	other := newBenchOffice(b, openConfiguredMySQL(b, mysql.Config{DSN: dsn}), app.Options{})
	event := one.event(domain.MaxTotalTickets)
	states, err := other.service.WatchEvent(b.Context(), event, nil)
	require.NoError(b, err)
	available := (<-states).AvailableTickets
	for b.Loop() {
		one.book(event, "somebody")
		available--
		for (<-states).AvailableTickets != available {
		}
	}
}
