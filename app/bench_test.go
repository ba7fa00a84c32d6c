package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// BenchmarkBook books from many callers at once, on one hot event and over
// 10,000 events.
func BenchmarkBook(b *testing.B) {
	people := crowd(b, 10_000)
	for _, events := range []int{1, 10_000} {
		for _, callers := range []int{1, 64, 1000} {
			b.Run(fmt.Sprintf("events=%d/callers=%d", events, callers), func(b *testing.B) {
				service := start(b, memory.New(), app.Options{})
				ids := make([]domain.EventID, events)
				for i := range ids {
					ids[i] = createEvent(b, service, domain.MaxTotalTickets).ID
				}
				b.ReportAllocs()
				b.ResetTimer()
				parallel(b, callers, func(i int) error {
					_, err := service.Book(context.Background(), domain.Book{
						EventID: ids[i%len(ids)], Person: people[i%len(people)], Quantity: 1,
					})
					return err
				})
			})
		}
	}
}

// BenchmarkLine does what a long line must not make dear, with a thousand and
// with a million people waiting: the figures should be much the same.
func BenchmarkLine(b *testing.B) {
	people := crowd(b, 10_000)
	const callers = 64
	for _, waiting := range []int{1000, 1_000_000} {
		name := func(what string) string { return fmt.Sprintf("%s/waiting=%d", what, waiting) }
		ctx := context.Background()

		b.Run(name("join"), func(b *testing.B) {
			service, event, _ := soldOut(b, people, 1, waiting)
			b.ResetTimer()
			parallel(b, callers, func(i int) error {
				_, err := service.Book(ctx, domain.Book{EventID: event, Person: people[i%len(people)], Quantity: 1})
				return err
			})
		})
		b.Run(name("promote"), func(b *testing.B) {
			// Every cancellation promotes somebody, and whoever cancelled joins
			// again, so that the line stays as long as it is. All bookings are
			// one person's, who so has a ticket to cancel whoever is promoted.
			who := people[:1]
			service, event, _ := soldOut(b, who, callers, waiting)
			b.ResetTimer()
			parallel(b, callers, func(int) error {
				if _, err := service.CancelTickets(ctx, domain.CancelTickets{EventID: event, Person: who[0]}); err != nil {
					return err
				}
				_, err := service.Book(ctx, domain.Book{EventID: event, Person: who[0], Quantity: 1})
				return err
			})
		})
		b.Run(name("leave"), func(b *testing.B) {
			service, event, line := soldOut(b, people, 1, waiting)
			var mu sync.Mutex
			b.ResetTimer()
			parallel(b, callers, func(i int) error {
				mu.Lock()
				at := rand.IntN(len(line))
				booking := line[at]
				mu.Unlock()
				if err := service.LeaveWaitlist(ctx, domain.LeaveWaitlist{EventID: event, BookingID: booking}); err != nil {
					return err
				}
				joined, err := service.Book(ctx, domain.Book{EventID: event, Person: people[i%len(people)], Quantity: 1})
				mu.Lock()
				line[at] = joined.ID
				mu.Unlock()
				return err
			})
		})
		b.Run(name("rank"), func(b *testing.B) {
			service, event, line := soldOut(b, people, 1, waiting)
			rand.Shuffle(len(line), func(i, j int) { line[i], line[j] = line[j], line[i] })
			b.ResetTimer()
			parallel(b, callers, func(i int) error {
				_, err := service.Booking(ctx, event, line[i%len(line)])
				return err
			})
		})
	}
}

// soldOut makes an event whose tickets are all booked and with a line.
func soldOut(b *testing.B, people []domain.Person, tickets, waiting int) (*app.Service, domain.EventID, []domain.BookingID) {
	b.Helper()
	store := memory.New()
	service := start(b, store, app.Options{})
	event := createEvent(b, service, tickets).ID
	line := make([]domain.BookingID, waiting)
	commands := make([]domain.Command, tickets+waiting)
	for i := range commands {
		commands[i] = domain.Book{EventID: event, Person: people[i%len(people)], Quantity: 1}
	}
	stamp := domain.Stamp{At: store.Now(), NewID: ports.RandomIDs{}.NewID}
	err := store.Update(context.Background(), []domain.EventID{event},
		func(events []domain.Event) []domain.Need { return domain.NeedsOf(stamp.At, events, commands) },
		func(batch *domain.Batch) error {
			for i, c := range commands {
				r, err := batch.Decide(c, stamp)
				if err != nil {
					return err
				}
				if i >= tickets {
					line[i-tickets] = r.Booking.ID
				}
			}
			return nil
		})
	if err != nil {
		b.Fatal(err)
	}
	return service, event, line
}

// parallel runs do b.N times, from that many callers at once.
func parallel(b *testing.B, callers int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func crowd(b *testing.B, n int) []domain.Person {
	b.Helper()
	people := make([]domain.Person, n)
	for i := range people {
		people[i] = person(b, fmt.Sprintf("user%d@example.com", i))
	}
	return people
}
