package mysql_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

var keepJournal = flag.Bool("journal", true, "keep a journal in BenchmarkStore")

func BenchmarkStore(b *testing.B) {
	store := openStore(b, mysql.Config{DSN: mysqltest.DSN(b)})
	measure := func() { porttest.Benchmark(b, func(*testing.B) ports.Store { return store }) }
	if *keepJournal {
		measure()
	} else {
		mysql.WithoutJournal(measure)
	}
}

// BenchmarkJournal books in transactions of 256, with and without a journal in
// turn: x-without is which part of the speed without it is left.
func BenchmarkJournal(b *testing.B) {
	const batch = 256
	for _, events := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			store := openStore(b, mysql.Config{DSN: mysqltest.DSN(b)})
			sale := func() func() {
				all := make([]domain.Event, events)
				var creating errgroup.Group
				creating.SetLimit(16)
				for i := range all {
					creating.Go(func() (err error) {
						all[i], err = store.Create(b.Context(), creation(b, domain.MaxTotalTickets))
						return err
					})
				}
				require.NoError(b, creating.Wait())
				next := 0
				return func() {
					some := all[next:min(next+batch, events)]
					next = (next + len(some)) % events
					_, err := run(b.Context(), store, books(batch, some...)...)
					require.NoError(b, err)
				}
			}
			journaled, plain := sale(), sale()
			var with, without time.Duration
			timed := func(total *time.Duration, do func()) {
				began := time.Now()
				do()
				*total += time.Since(began)
			}
			turns := []func(){
				func() { timed(&with, journaled) },
				func() { timed(&without, func() { mysql.WithoutJournal(plain) }) },
			}
			for b.Loop() {
				turns[0]()
				turns[1]()
				slices.Reverse(turns) // whatever comes second has a small advantage
			}
			b.ReportMetric(float64(b.N*batch)/with.Seconds(), "bookings/s")
			b.ReportMetric(without.Seconds()/with.Seconds(), "x-without")
		})
	}
}

// BenchmarkUpdate is what one lane can do by itself.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range []struct{ bookings, events int }{{1, 1}, {256, 1}, {256, 256}} {
		b.Run(fmt.Sprintf("bookings=%d/events=%d", size.bookings, size.events), func(b *testing.B) {
			store := openStore(b, mysql.Config{DSN: mysqltest.DSN(b)})
			var events []domain.Event
			for range size.events {
				events = append(events, newEvent(b, store, domain.MaxTotalTickets))
			}
			for b.Loop() {
				_, err := run(b.Context(), store, books(size.bookings, events...)...)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N*size.bookings)/b.Elapsed().Seconds(), "bookings/s")
		})
	}
}
