package sqlite_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// BenchmarkBook books in transactions of so many bookings, on one event, after
// so many others were booked.
func BenchmarkBook(b *testing.B) {
	for _, before := range []int{1_000, 1_000_000} {
		if before > 1_000 && testing.Short() {
			continue
		}
		store := open(b, newFile(b))
		event := create(b, store, domain.Settings{Name: "Concert", TotalTickets: domain.MaxTotalTickets})
		limited := create(b, store, domain.Settings{
			Name: "Limited", TotalTickets: domain.MaxTotalTickets, MaxTicketsPerUser: domain.AtMost(6), HoldSeconds: 600, ClaimSeconds: 600,
		})
		who := 0
		bookings := func(b *testing.B, id domain.EventID, n int) {
			b.Helper()
			commands := make([]domain.Command, n)
			for i := range commands {
				who++
				commands[i] = domain.Book{EventID: id, Person: person(b, fmt.Sprintf("person%d@example.com", who))}
			}
			_, err := update(b, store, time.Time{}, commands...)
			require.NoError(b, err)
		}
		for who < before {
			bookings(b, event.ID, min(5_000, before))
		}
		for _, batch := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("after=%d/batch=%d", before, batch), func(b *testing.B) {
				began := processorTime(b)
				for b.Loop() {
					bookings(b, event.ID, batch)
				}
				rate(b, batch, began)
			})
		}
		b.Run(fmt.Sprintf("after=%d/batch=256/held and limited", before), func(b *testing.B) {
			began := processorTime(b)
			for b.Loop() {
				bookings(b, limited.ID, 256)
			}
			rate(b, 256, began)
		})
		cancelled := 0
		b.Run(fmt.Sprintf("after=%d/batch=256/cancel", before), func(b *testing.B) {
			began := processorTime(b)
			for b.Loop() {
				commands := make([]domain.Command, 256)
				for i := range commands {
					cancelled++
					commands[i] = domain.CancelTickets{EventID: event.ID, Person: person(b, fmt.Sprintf("person%d@example.com", cancelled))}
				}
				_, err := update(b, store, time.Time{}, commands...)
				require.NoError(b, err)
			}
			rate(b, 256, began)
		})
		b.Run(fmt.Sprintf("after=%d/status", before), func(b *testing.B) {
			for b.Loop() {
				_, err := store.Event(b.Context(), event.ID)
				require.NoError(b, err)
			}
		})
		page, err := store.Bookings(b.Context(), ports.BookingQuery{EventID: event.ID, AfterSequence: int64(before / 2), Limit: 1})
		require.NoError(b, err)
		b.Run(fmt.Sprintf("after=%d/booking", before), func(b *testing.B) {
			for b.Loop() {
				_, err := store.Booking(b.Context(), event.ID, page[0].ID)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkPosition asks where somebody stands, with so many before them of whom
// half have left.
func BenchmarkPosition(b *testing.B) {
	for _, waiting := range []int{1_000, 1_000_000} {
		if waiting > 1_000 && testing.Short() {
			continue
		}
		store := open(b, newFile(b))
		event := create(b, store, domain.Settings{Name: "Concert", TotalTickets: 1})
		first := book(b, store, event.ID, 0)
		var ids []domain.BookingID
		for len(ids) < waiting {
			var commands []domain.Command
			for i := range min(1_000, waiting) {
				commands = append(commands, domain.Book{EventID: event.ID, Person: person(b, fmt.Sprint(len(ids)+i))})
			}
			outcomes, err := update(b, store, time.Time{}, commands...)
			require.NoError(b, err)
			commands = nil
			for i, o := range outcomes {
				ids = append(ids, o.Booking.ID)
				if i%2 == 0 {
					commands = append(commands, domain.LeaveWaitlist{EventID: event.ID, BookingID: o.Booking.ID})
				}
			}
			_, err = update(b, store, time.Time{}, commands...)
			require.NoError(b, err)
		}
		b.Run(fmt.Sprintf("of=%d", waiting), func(b *testing.B) {
			for b.Loop() {
				booking, err := store.Booking(b.Context(), event.ID, ids[len(ids)-1])
				require.NoError(b, err)
				require.Equal(b, waiting/2, booking.Position)
			}
		})
		b.Run(fmt.Sprintf("of=%d/promote", waiting), func(b *testing.B) {
			holder := first.ID
			for b.Loop() {
				do(b, store, domain.GiveBack{EventID: event.ID, BookingID: holder})
				page, err := store.Bookings(b.Context(), ports.BookingQuery{EventID: event.ID, Status: domain.BookingBooked})
				require.NoError(b, err)
				holder = page[0].ID
			}
		})
	}
}

// BenchmarkSync is what the disk takes at least for a transaction.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(newFile(b))
	require.NoError(b, err)
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	for b.Loop() {
		_, err := f.Write(page)
		require.NoError(b, err)
		require.NoError(b, f.Sync())
	}
}

// rate says how many commands a second there were, and what processor time one
// took: that doesn't depend on what else the machine does.
func rate(b *testing.B, batch int, began time.Duration) {
	b.Helper()
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "commands/s")
	b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(b.N*batch), "cpu-µs/command")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
