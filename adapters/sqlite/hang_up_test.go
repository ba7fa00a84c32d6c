package sqlite_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/ports"
)

// A connection whose transaction is still open would show its next readers what was
// there when it began, or nothing.
func TestReadersWhoHangUpLeaveNoTransactionOpen(t *testing.T) {
	store := open(t, newFile(t))
	event := create(t, store, concert).ID
	for i := range 200 {
		book(t, store, event, i)
	}
	list := ports.BookingQuery{EventID: event, Limit: 200}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 200 {
				ctx, hangUp := context.WithTimeout(context.Background(), time.Duration(rand.IntN(3000))*time.Microsecond)
				_, err := store.Bookings(ctx, list)
				hangUp()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					assert.NoError(t, err)
					return
				}
			}
		})
	}
	clients.Wait()
	book(t, store, event, 200)
	for range 100 { // more than there are connections
		read, err := store.Event(t.Context(), event)
		require.NoError(t, err)
		list.AfterSequence = 200
		bookings, err := store.Bookings(t.Context(), list)
		require.NoError(t, err)
		require.Len(t, bookings, 1)
		require.Equal(t, concert.TotalTickets-201, read.AvailableTickets)
	}
}
