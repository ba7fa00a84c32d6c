package memory_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/domain"
)

// BenchmarkUpdate books for people who come for the first time. An operation
// is one booking; what it costs includes its ids and deciding it.
func BenchmarkUpdate(b *testing.B) {
	people := newcomers(b, 1<<20)
	for _, batch := range []int{1, 256} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			var store *memory.Store
			var event domain.EventID
			for done := 0; done < b.N; done += batch {
				came := done % len(people)
				if came == 0 {
					b.StopTimer()
					store, event = sale(b)
					b.StartTimer()
				}
				if err := book(b.Context(), store, event, people[came:came+batch]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMemoryPerTicket(b *testing.B) {
	people := newcomers(b, 1_000_000)
	for b.Loop() {
		before := heap()
		store, event := sale(b)
		for came := 0; came < len(people); came += 100 {
			if err := book(b.Context(), store, event, people[came:came+100]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/float64(len(people)), "B/ticket")
		runtime.KeepAlive(store)
	}
	runtime.KeepAlive(people)
}

func newcomers(b *testing.B, n int) []domain.Person {
	b.Helper()
	people := make([]domain.Person, n)
	for i := range people {
		people[i] = person(b, fmt.Sprintf("user%d@example.com", i))
	}
	return people
}

// sale opens an event that has tickets for everybody.
func sale(b *testing.B) (*memory.Store, domain.EventID) {
	b.Helper()
	store := memory.New()
	return store, create(b, store, domain.MaxTotalTickets)
}

// book makes a booking of one ticket for each of the people, in one batch.
func book(ctx context.Context, store *memory.Store, event domain.EventID, people []domain.Person) error {
	noNeed := func([]domain.Event) []domain.Need { return nil }
	return store.Update(ctx, []domain.EventID{event}, noNeed, func(batch *domain.Batch) error {
		stamp := stampOf(store)
		for _, person := range people {
			if _, err := batch.Decide(domain.Book{EventID: event, Person: person, Quantity: 1}, stamp); err != nil {
				return err
			}
		}
		return nil
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
