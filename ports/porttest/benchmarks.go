package porttest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Benchmark measures a store with 1,000 and with 1,000,000 tickets sold and as
// many bookings in the line of one event, and as many holds in another; of a
// good store both cost nearly the same. Filling the longer line takes time, which
// is not measured, and -short leaves it out. open is called once for each length;
// it may return the same store again.
//
// A batch is one transaction; leave and cancel count one, of two commands, and
// confirm one that holds and confirms so many bookings in two batches.
func Benchmark(b *testing.B, open func(b *testing.B) ports.Store) {
	b.Helper()
	for _, waiting := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			if testing.Short() && waiting > 1_000 {
				b.Skip("a long line takes long to fill")
			}
			line := fill(&fixture{tb: b, store: open(b)}, waiting)
			b.Run("rank", line.benchmarkRank)
			b.Run("event", line.benchmarkEvent)
			for _, batch := range []int{1, 256} {
				b.Run(fmt.Sprintf("book/batch=%d", batch), line.benchmarkBook(line.openEvent, batch))
				b.Run(fmt.Sprintf("hold/batch=%d", batch), line.benchmarkBook(line.heldEvent, batch))
				b.Run(fmt.Sprintf("confirm/batch=%d", batch), line.benchmarkConfirm(batch))
			}
			b.Run("leave", line.benchmarkLeave)
			b.Run("cancel", line.benchmarkCancel)
			for _, batch := range []int{1, 256} { // last, since the line grows
				b.Run(fmt.Sprintf("join/batch=%d", batch), line.benchmarkBook(line.fullEvent, batch))
			}
		})
	}
}

// benchmarkLine is an event with a long line, and one that anybody can book.
type benchmarkLine struct {
	store     ports.Store
	fullEvent domain.Event
	openEvent domain.Event
	heldEvent domain.Event
	bookings  []domain.BookingID // that joined the line
	holders   []domain.Person    // of one ticket each, of the full event
	people    int                // that booked so far
}

// fill sells and holds as many tickets, and makes a line so long; a tenth more
// joined and left it again, here and there, so that sequences have gaps.
func fill(f *fixture, waiting int) *benchmarkLine {
	const batch = 1000
	line := &benchmarkLine{
		store: f.store, fullEvent: f.sale(waiting), openEvent: f.sale(domain.MaxTotalTickets),
		heldEvent: f.sale(domain.MaxTotalTickets, held(domain.MaxHoldSeconds, domain.MaxClaimSeconds)),
	}
	for len(line.holders) < waiting {
		commands := make([]domain.Command, min(batch, waiting-len(line.holders)))
		for i := range commands {
			book := line.book(f, line.fullEvent)
			commands[i] = book
			line.holders = append(line.holders, book.Person)
		}
		f.do(commands...)
		for i := range commands {
			commands[i] = line.book(f, line.heldEvent)
		}
		f.do(commands...)
	}
	for len(line.bookings) < waiting {
		n := min(batch, waiting-len(line.bookings))
		var leaving []domain.Command
		commands := make([]domain.Command, n+n/10)
		for i := range commands {
			commands[i] = line.book(f, line.fullEvent)
		}
		for i, a := range f.do(commands...) {
			require.NoError(f, a.Err)
			if i%11 == 5 && len(leaving) < n/10 {
				leaving = append(leaving, leave(a.Booking))
			} else {
				line.bookings = append(line.bookings, a.Booking.ID)
			}
		}
		f.do(leaving...)
	}
	return line
}

// book is for a person who books for the first time.
func (l *benchmarkLine) book(f *fixture, e domain.Event) domain.Book {
	l.people++
	return f.book(e, fmt.Sprintf("person-%d@example.com", l.people), 1)
}

// benchmarkRank reads a waiting booking with its position.
func (l *benchmarkLine) benchmarkRank(b *testing.B) {
	for b.Loop() {
		id := l.bookings[rand.IntN(len(l.bookings))] //nolint:gosec // no secret
		if _, err := l.store.Booking(b.Context(), l.fullEvent.ID, id); err != nil {
			b.Fatal(err)
		}
	}
}

func (l *benchmarkLine) benchmarkEvent(b *testing.B) {
	for b.Loop() {
		if _, err := l.store.Event(b.Context(), l.fullEvent.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkBook books with tickets or joins the line, as the event has it.
func (l *benchmarkLine) benchmarkBook(event domain.Event, batch int) func(b *testing.B) {
	return func(b *testing.B) {
		b.Helper()
		f := &fixture{tb: b, store: l.store}
		commands := make([]domain.Command, batch)
		for b.Loop() {
			for i := range commands {
				commands[i] = l.book(f, event)
			}
			for _, a := range f.do(commands...) {
				require.NoError(b, a.Err)
			}
		}
		b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "commands/s")
	}
}

// benchmarkConfirm holds tickets for a batch of bookings and confirms them in
// another, so that as many holds run as before.
func (l *benchmarkLine) benchmarkConfirm(batch int) func(b *testing.B) {
	return func(b *testing.B) {
		b.Helper()
		f := &fixture{tb: b, store: l.store}
		commands := make([]domain.Command, batch)
		for b.Loop() {
			for i := range commands {
				commands[i] = l.book(f, l.heldEvent)
			}
			for i, a := range f.do(commands...) {
				require.NoError(b, a.Err)
				commands[i] = confirm(a.Booking)
			}
			for _, a := range f.do(commands...) {
				require.NoError(b, a.Err)
			}
		}
		b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "commands/s")
	}
}

// benchmarkLeave lets one leave and another join in a batch, so that the line
// stays as long as it is.
func (l *benchmarkLine) benchmarkLeave(b *testing.B) {
	f := &fixture{tb: b, store: l.store}
	for b.Loop() {
		i := rand.IntN(len(l.bookings)) //nolint:gosec // no secret
		leaving := domain.LeaveWaitlist{EventID: l.fullEvent.ID, BookingID: l.bookings[i]}
		answers := f.do(leaving, l.book(f, l.fullEvent))
		require.NoError(b, answers[0].Err)
		require.NoError(b, answers[1].Err)
		l.bookings[i] = answers[1].Booking.ID
	}
}

// benchmarkCancel gives one ticket back, which promotes the head, and lets
// another join in the same batch.
func (l *benchmarkLine) benchmarkCancel(b *testing.B) {
	f := &fixture{tb: b, store: l.store}
	for b.Loop() {
		commands := []domain.Command{
			domain.CancelTickets{EventID: l.fullEvent.ID, Person: l.holders[0]},
			l.book(f, l.fullEvent),
		}
		var promoted domain.Booking
		var at time.Time
		err := l.store.Update(b.Context(), []domain.EventID{l.fullEvent.ID},
			func(events []domain.Event) []domain.Need {
				at = l.store.Now()
				return domain.NeedsOf(at, events, commands)
			},
			func(batch *domain.Batch) error {
				for _, c := range commands {
					require.NoError(b, decide(batch, c, stampAt(at)).Err)
				}
				for _, r := range batch.Records() {
					if r.Kind == domain.BookingWasPromoted {
						promoted = *r.Booking
					}
				}
				return batch.Err()
			})
		require.NoError(b, err)
		l.holders = append(l.holders[1:], f.person(promoted.Identifier))
	}
}
