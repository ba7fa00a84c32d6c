package faults_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
	"github.com/boxoffice-go/boxoffice/domain"
)

// A raise that promotes very many goes in steps. A crash between two of them
// leaves a smaller raise, with which every rule holds, and the server goes on with
// it by itself.
func TestServerIsKilledInTheMiddleOfALargeRaise(t *testing.T) {
	t.Parallel()
	const waiting = 2*domain.MostPromoted + 100
	wire, dsn := newWire(t, mysqltest.DSN(t))
	s := startServer(t, dsn)
	event := createEvent(t, s.url(), 1)
	book(t, s.url(), event, "first", 1)
	var next atomic.Int64
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			for n := next.Add(1); n <= waiting; n = next.Add(1) {
				status, err := post(patient, s.url()+"/book", "", bookingBody(event, fmt.Sprint("person ", n), 1), nil)
				assert.NoError(t, err)
				assert.Equal(t, http.StatusCreated, status)
			}
		})
	}
	callers.Wait()

	began := time.Now()
	killed := make(chan struct{})
	commits := 0
	wire.once(func(statement string) bool {
		if isCommit(statement) {
			commits++
		}
		return commits == 2
	}, fate{lost: true, before: func() {
		s.kill()
		close(killed)
	}})
	require.Error(t, raise(s.url(), event, waiting+1), "nobody was left to answer")
	<-killed
	s.start()

	require.Eventually(t, func() bool {
		now := statusOf(t, s.url(), event)
		require.GreaterOrEqual(t, now.TotalTickets, 1+domain.MostPromoted, "one step was made")
		require.Zero(t, now.AvailableTickets, "nobody waits while a ticket is free")
		require.Equal(t, waiting+1, now.TotalTickets+now.WaitingListCount)
		return now.TotalTickets == waiting+1
	}, recovery, poll)
	for i, b := range bookingsOf(t, s.url(), event) {
		require.Equal(t, i+1, b.Sequence)
		require.Len(t, b.Tickets, 1)
	}
	report.add(reportLine{t.Name(), 1, time.Since(began), history.Figures{Bookings: waiting + 1}})
}

type eventStatus struct{ TotalTickets, AvailableTickets, WaitingListCount int }

func statusOf(t *testing.T, url, event string) (s eventStatus) {
	t.Helper()
	status, err := get(url+"/status/"+event, &s)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	return s
}

func raise(url, event string, total int) error {
	request, err := http.NewRequest(http.MethodPatch, url+"/events/"+event, strings.NewReader(fmt.Sprintf(`{"totalTickets":%d}`, total)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	status, err := finish(patient, request, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("answered with %d", status)
	}
	return err
}
