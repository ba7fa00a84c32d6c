package mysql_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
)

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
