package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// BenchmarkMillion asks for what an event with a million bookings makes dear, and
// a person with bookings on 10,000 events; -short makes both a hundred times
// smaller.
func BenchmarkMillion(b *testing.B) {
	bookings, events := 1_000_000, spreadEvents
	if testing.Short() {
		bookings, events = bookings/100, events/100
	}
	for name, open := range map[string]func(testing.TB) ports.Store{"sqlite": openSQLite, "mysql": openMySQL} {
		b.Run(name, func(b *testing.B) {
			store := open(b)
			o := scene{b, newBenchOffice(b, store, app.Options{})}
			event := o.event(domain.MaxTotalTickets)
			for first := 0; first < bookings; first += 1000 {
				bookMany(b, store, event, first, 1000)
			}
			sold := make([]domain.EventID, events)
			atOnce(events, func(i int) {
				sold[i] = o.event(domain.MaxTotalTickets)
				o.book(sold[i], "collector")
			})
			b.Run("list/first-page", func(b *testing.B) {
				for b.Loop() {
					getPage(b, o.server.URL, "")
				}
			})
			b.Run("list/all", func(b *testing.B) {
				for b.Loop() {
					listed := 0
					for cursor, more := "", true; more; more = cursor != "" {
						page := getPage(b, o.server.URL, cursor)
						listed += len(page.Bookings)
						cursor = page.NextCursor
					}
					require.Equal(b, events, listed)
				}
			})
			b.Run("csv", func(b *testing.B) {
				benchmarkCSV(b, o.server.URL+"/events/"+event.String()+"/bookings?format=csv", bookings)
			})
			next := 0
			b.Run("erase/one-event", func(b *testing.B) {
				for b.Loop() {
					require.Equal(b, 1, o.erase(fmt.Sprint("person ", next)))
					next++
				}
			})
			b.Run("erase/all-events", func(b *testing.B) {
				for b.Loop() {
					require.Equal(b, events, o.erase("collector"))
					b.StopTimer()
					atOnce(events, func(i int) { o.book(sold[i], "collector") })
					b.StartTimer()
				}
			})
		})
	}
}

// bookMany books for people who are counted, in one transaction.
func bookMany(b *testing.B, store ports.Store, event domain.EventID, first, n int) {
	b.Helper()
	commands := make([]domain.Command, n)
	for i := range commands {
		person, err := domain.NewPerson(fmt.Sprint("person ", first+i))
		require.NoError(b, err)
		commands[i] = domain.Book{EventID: event, Person: person}
	}
	var stamp domain.Stamp
	err := store.Update(b.Context(), []domain.EventID{event}, func(events []domain.Event) []domain.Need {
		stamp = domain.Stamp{At: store.Now(), NewID: ports.RandomIDs{}.NewID}
		return domain.NeedsOf(stamp.At, events, commands)
	}, func(batch *domain.Batch) error {
		for _, c := range commands {
			if _, err := batch.Decide(c, stamp); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(b, err)
}

type personPage struct {
	Bookings   []struct{ ID string }
	NextCursor string
}

func getPage(b *testing.B, server, cursor string) (page personPage) {
	b.Helper()
	query := url.Values{"identifier": {"collector"}, "limit": {"200"}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	answer, err := http.Get(server + "/bookings?" + query.Encode())
	require.NoError(b, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(b, http.StatusOK, answer.StatusCode)
	require.NoError(b, json.NewDecoder(answer.Body).Decode(&page))
	return page
}

func (o scene) erase(identifier string) int {
	o.Helper()
	person, err := domain.NewPerson(identifier)
	require.NoError(o, err)
	erased, err := o.service.ErasePerson(context.Background(), person, true, "")
	require.NoError(o, err)
	return erased
}

// benchmarkCSV reports, beside the time for all rows, how long the first one takes,
// and how much the heap grows meanwhile at most.
func benchmarkCSV(b *testing.B, address string, rows int) {
	b.Helper()
	var first []time.Duration
	var most uint64
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before := heap()
	for b.Loop() {
		began := time.Now()
		answer, err := http.Get(address)
		require.NoError(b, err)
		lines := bufio.NewScanner(answer.Body)
		require.True(b, lines.Scan(), "the header")
		read := 0
		for lines.Scan() {
			if read++; read == 1 {
				first = append(first, time.Since(began))
			}
			if read%5_000 == 0 {
				most = max(most, heap())
			}
		}
		require.NoError(b, lines.Err())
		require.NoError(b, answer.Body.Close())
		require.Equal(b, rows, read)
	}
	b.ReportMetric(float64(slices.Max(first).Milliseconds()), "ms-to-first-row")
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(max(most, before)-before)/(1<<20), "MB-heap-growth")
}
