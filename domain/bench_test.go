package domain_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

const batchSize = 256

var benchStamp = domain.Stamp{At: start, NewID: func() uuid.UUID { return uuid.UUID{1} }}

// benchmarkBatch decides one batch of 256 commands per round, each given by i.
func benchmarkBatch(b *testing.B, e domain.Event, command func(i int) domain.Command, load func(domain.Need) *domain.Loaded) {
	b.Helper()
	commands := make([]domain.Command, batchSize)
	for i := range commands {
		commands[i] = command(i)
	}
	events := []domain.Event{e}
	b.ReportAllocs()
	for b.Loop() {
		batch := domain.NewBatch(events)
		for _, need := range domain.NeedsOf(events, commands) {
			b.StopTimer()
			loaded := load(need)
			b.StartTimer()
			batch.Load(need, loaded)
		}
		for _, c := range commands {
			if o := apply(batch, c, benchStamp); o.err != nil {
				b.Fatal(o.err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchSize, "ns/command")
}

func BenchmarkBookOnAHotEvent(b *testing.B) {
	e := newEvent(1000)
	book := domain.Book{EventID: e.ID, Person: person(b, "ada"), Quantity: 1}
	benchmarkBatch(b, e, func(int) domain.Command { return book }, nil)
}

func BenchmarkJoinALongLine(b *testing.B) {
	e := soldOut(1_000_000)
	book := domain.Book{EventID: e.ID, Person: person(b, "ada"), Quantity: 1}
	benchmarkBatch(b, e, func(int) domain.Command { return book }, nil)
}

func BenchmarkCancelAndPromote(b *testing.B) {
	e := soldOut(1_000_000)
	ada := person(b, "ada")
	ticketID := func(i int) domain.TicketID { return domain.TicketID{UUID: testID(i, 1)} }
	load := func(n domain.Need) *domain.Loaded {
		l := domain.NewLoaded(n)
		for i := range batchSize {
			id := ticketID(i)
			l.Tickets[id] = &domain.Ticket{ID: id, UserID: ada.UserID(), Status: domain.TicketBooked}
		}
		for i := range n.Front {
			l.Front = append(l.Front, domain.Booking{ID: domain.BookingID{UUID: testID(i, 2)}, Quantity: 1})
		}
		return l
	}
	benchmarkBatch(b, e, func(i int) domain.Command {
		return domain.CancelTicket{EventID: e.ID, Person: ada, TicketID: ticketID(i)}
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
