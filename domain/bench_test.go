package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

const batchSize = 256

// benchmarkBatch decides one batch of 256 commands per round, each given by i.
func benchmarkBatch(b *testing.B, e domain.Event, command func(i int) domain.Command, load func(domain.Need) *domain.Loaded) {
	b.Helper()
	stamp := domain.Stamp{At: start, NewID: func() uuid.UUID { return uuid.UUID{1} }}
	commands := make([]domain.Command, batchSize)
	for i := range commands {
		commands[i] = command(i)
	}
	events := []domain.Event{e}
	b.ReportAllocs()
	for b.Loop() {
		batch := domain.NewBatch(events)
		for _, need := range domain.NeedsOf(stamp.At, events, commands) {
			b.StopTimer()
			loaded := load(need)
			b.StartTimer()
			batch.Load(need, loaded)
		}
		for _, c := range commands {
			if _, err := batch.Decide(c, stamp); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchSize, "ns/command")
}

func nth(i, kind int) uuid.UUID { return uuid.UUID{byte(i), byte(i >> 8), byte(kind)} }

func BenchmarkBook(b *testing.B) {
	for name, e := range map[string]domain.Event{
		"open": onSale(), "held": onSale(held), "full": soldOut(1_000_000), "holding": holding(onSale(held), 100_000),
	} {
		e.TotalTickets = max(e.TotalTickets, batchSize)
		e.AvailableTickets = min(e.AvailableTickets, 1) * batchSize
		book := domain.Book{Person: person(b, "ada"), Quantity: 1}
		b.Run(name, func(b *testing.B) { benchmarkBatch(b, e, func(int) domain.Command { return book }, nil) })
	}
}

func BenchmarkCancelAndPromote(b *testing.B) {
	ada := person(b, "ada")
	load := func(n domain.Need) *domain.Loaded {
		l := domain.NewLoaded(n)
		for i := range batchSize {
			id := domain.TicketID{UUID: nth(i, 1)}
			l.Tickets[id] = &domain.Booking{
				ID: domain.BookingID{UUID: nth(i, 2)}, UserID: ada.UserID(), Status: domain.BookingBooked,
				Tickets: []domain.Ticket{{ID: id, Ordinal: 1, Status: domain.TicketBooked}},
			}
		}
		for i := range n.Front {
			l.Front = append(l.Front, domain.Booking{ID: domain.BookingID{UUID: nth(i, 3)}, Status: domain.BookingWaiting, Quantity: 1})
		}
		return l
	}
	benchmarkBatch(b, soldOut(1_000_000), func(i int) domain.Command {
		return domain.CancelTickets{Person: ada, TicketID: domain.TicketID{UUID: nth(i, 1)}}
	}, load)
}

func BenchmarkConfirm(b *testing.B) {
	load := func(n domain.Need) *domain.Loaded {
		l := domain.NewLoaded(n)
		for i := range n.Holds {
			h := domain.Hold{BookingID: domain.BookingID{UUID: nth(i, 1)}, ExpiresAt: start.Add(time.Minute)}
			l.Holds = append(l.Holds, h)
			if _, asked := l.Bookings[h.BookingID]; asked {
				l.Bookings[h.BookingID] = &domain.Booking{
					ID: h.BookingID, Status: domain.BookingHeld, ExpiresAt: h.ExpiresAt,
					Tickets: []domain.Ticket{{Ordinal: 1, Status: domain.TicketHeld}},
				}
			}
		}
		return l
	}
	benchmarkBatch(b, holding(onSale(held), 100_000), func(i int) domain.Command {
		return domain.Confirm{BookingID: domain.BookingID{UUID: nth(i, 1)}}
	}, load)
}

func BenchmarkNewPerson(b *testing.B) {
	for name, identifier := range map[string]string{"ASCII": "User@Example.com", "Unicode": "Jürgen.Groß@example.com"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := domain.NewPerson(identifier); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
