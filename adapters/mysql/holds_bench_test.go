package mysql_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// BenchmarkHolds makes bookings that are booked at once, bookings that are held,
// confirmations and cancellations, each from 256 callers, in turns: machines are
// not as fast all the time. What each does a second is also told as a share of the
// bookings, and the confirmations as one of the cancellations.
func BenchmarkHolds(b *testing.B) {
	const callers, calls = 256, 10_000
	service, _ := openService(b, app.Options{})
	took := make(map[string]time.Duration)
	measure := func(what string, do func(i int) error) {
		began := time.Now()
		atOnce(b, callers, calls, do)
		took[what] += time.Since(began)
	}
	for b.Loop() {
		booking, holding := createSale(b, service, 0), createSale(b, service, domain.MaxHoldSeconds)
		people := make([]domain.Person, calls)
		for i := range people {
			people[i] = newPerson()
		}
		held := make([]domain.Booking, calls)
		measure("book", func(i int) error {
			_, err := service.Book(b.Context(), domain.Book{EventID: booking.ID, Person: people[i], Quantity: 1})
			return err
		})
		measure("hold", func(i int) (err error) {
			held[i], err = service.Book(b.Context(), domain.Book{EventID: holding.ID, Person: people[i], Quantity: 1})
			return err
		})
		measure("confirm", func(i int) error {
			_, err := service.Confirm(b.Context(), domain.Confirm{EventID: holding.ID, BookingID: held[i].ID})
			return err
		})
		measure("cancel", func(i int) error {
			_, err := service.CancelTickets(b.Context(), domain.CancelTickets{EventID: booking.ID, Person: people[i]})
			return err
		})
	}
	for what, d := range took {
		b.ReportMetric(float64(b.N*calls)/d.Seconds(), what+"s/s")
	}
	share := func(of, what string) float64 { return took[what].Seconds() / took[of].Seconds() }
	b.ReportMetric(share("hold", "book"), "holds/book")
	b.ReportMetric(share("confirm", "book"), "confirms/book")
	b.ReportMetric(share("confirm", "cancel"), "confirms/cancel")
}

// BenchmarkExpiry lets 10,000 holds fall due in one second, of one event with
// twice as many people in its line, and of as many events with one hold each,
// while 64 callers go on booking. It tells how long it takes until all of them
// have expired, and all tickets are the line's, and how long a booking takes
// meanwhile.
func BenchmarkExpiry(b *testing.B) {
	const holds, waiting, soon = 10_000, 20_000, 20 * time.Second
	b.Run("one-event", func(b *testing.B) {
		rush := newRush(b)
		for b.Loop() {
			b.StopTimer()
			event := rush.create(holds)
			due := rush.store.Now().Add(soon)
			rush.bookAt(due.Add(-holdTime), holds+waiting, event)
			b.StartTimer()
			rush.await(due, holds, holds, event)
		}
		rush.report()
	})
	b.Run("10000-events", func(b *testing.B) {
		rush := newRush(b)
		for b.Loop() {
			b.StopTimer()
			events := make([]domain.Event, holds)
			atOnce(b, 64, holds, func(i int) error { events[i] = rush.create(1); return nil })
			due := rush.store.Now().Add(soon)
			rush.bookAt(due.Add(-holdTime), holds, events...)
			b.StartTimer()
			rush.await(due, holds, 0, rush.create(domain.MaxTotalTickets))
		}
		rush.report()
	})
}

const holdTime = time.Minute

// rush is a service in which many holds fall due at once.
type rush struct {
	*testing.B
	service *app.Service
	store   *mysql.Store

	expired, promoted atomic.Int64
	changed           chan struct{}

	took     []time.Duration // until all was over
	bookings []time.Duration // that callers made meanwhile
}

func newRush(b *testing.B) *rush {
	b.Helper()
	r := &rush{B: b, changed: make(chan struct{}, 1)}
	r.service, r.store = openService(b, app.Options{Committed: r.count})
	return r
}

func (r *rush) count(records []domain.Record) {
	for i := range records {
		switch records[i].Kind {
		case domain.BookingHasExpired:
			r.expired.Add(1)
		case domain.BookingWasPromoted:
			r.promoted.Add(1)
		default:
		}
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// create makes an event that began to sell an hour ago.
func (r *rush) create(tickets int) domain.Event {
	r.Helper()
	command := domain.CreateEvent{Settings: domain.Settings{
		Name: "Concert", TotalTickets: tickets, HoldSeconds: int(holdTime.Seconds()), ClaimSeconds: domain.MaxClaimSeconds,
	}}
	made, err := command.Decide(domain.Stamp{At: r.store.Now().Add(-time.Hour), NewID: ports.RandomIDs{}.NewID})
	require.NoError(r, err)
	event, err := r.store.Create(r.Context(), made)
	require.NoError(r, err)
	return event
}

// bookAt makes so many bookings, all at one time, of the events in turn.
func (r *rush) bookAt(at time.Time, n int, events ...domain.Event) {
	r.Helper()
	const batch = 500
	for commands := range slices.Chunk(books(n, events...), batch) {
		_, err := runAt(r.Context(), r.store, domain.Stamp{At: at, NewID: ports.RandomIDs{}.NewID}, commands...)
		require.NoError(r, err)
	}
}

// await returns when so many holds have expired that are due at a time, and so
// many of the line are promoted. Until then 64 callers book an event.
func (r *rush) await(due time.Time, expired, promoted int64, event domain.Event) {
	r.Helper()
	const callers = 64
	wait := due.Sub(r.store.Now())
	require.Positive(r, wait, "the preparations took too long")
	began := time.Now().Add(wait)
	time.Sleep(wait - time.Second)
	r.expired.Store(0)
	r.promoted.Store(0)
	var over atomic.Bool
	var running sync.WaitGroup
	took := make([][]time.Duration, callers)
	for i := range callers {
		running.Go(func() {
			for !over.Load() {
				start := time.Now()
				_, err := r.service.Book(r.Context(), domain.Book{EventID: event.ID, Person: newPerson(), Quantity: 1})
				assert.NoError(r, err)
				if start.After(began) {
					took[i] = append(took[i], time.Since(start))
				}
			}
		})
	}
	for r.expired.Load() < expired || r.promoted.Load() < promoted {
		<-r.changed
	}
	r.took = append(r.took, time.Since(began))
	over.Store(true)
	running.Wait()
	r.bookings = append(r.bookings, slices.Concat(took...)...)
}

func (r *rush) report() {
	slices.Sort(r.bookings)
	r.ReportMetric(slices.Max(r.took).Seconds(), "s-until-over")
	r.ReportMetric(float64(len(r.bookings))/sum(r.took).Seconds(), "bookings/s")
	r.ReportMetric(float64(r.bookings[len(r.bookings)*99/100].Microseconds())/1000, "p99-ms")
	r.ReportMetric(0, "ns/op") // with what it waits for before
}

func sum(durations []time.Duration) (all time.Duration) {
	for _, d := range durations {
		all += d
	}
	return all
}

func openService(b *testing.B, options app.Options) (*app.Service, *mysql.Store) {
	b.Helper()
	store := openStore(b, mysql.Config{DSN: mysqltest.DSN(b)})
	service := app.New(store, options)
	b.Cleanup(service.Close)
	return service, store
}

func createSale(b *testing.B, service *app.Service, holdSeconds int) domain.Event {
	b.Helper()
	event, err := service.CreateEvent(b.Context(), domain.CreateEvent{Settings: domain.Settings{
		Name: "Concert", TotalTickets: domain.MaxTotalTickets, HoldSeconds: holdSeconds, ClaimSeconds: holdSeconds,
	}})
	require.NoError(b, err)
	return event
}

// atOnce does n things from so many callers.
func atOnce(b *testing.B, callers, n int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				assert.NoError(b, do(i))
			}
		})
	}
	running.Wait()
}
