package faults_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/history"
)

// Many copies of a request reach several servers at the same time, and once
// more after all of them were killed.
func TestCopiesOfARequestTakeEffectOnce(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	servers := []*server{startServer(t, dsn), startServer(t, dsn), startServer(t, dsn)}
	url := servers[0].url()
	event := createEvent(t, url, 5)
	book(t, url, event, "ada", 3)
	book(t, url, event, "bob", 2)

	requests := []struct {
		path        string
		body, other map[string]any
		status      int
	}{
		{"/initialize", map[string]any{"name": "Once", "totalTickets": 5}, map[string]any{"name": "Once", "totalTickets": 6}, http.StatusCreated},
		{"/events", map[string]any{"name": "Once", "totalTickets": 5, "status": "DRAFT"}, map[string]any{"name": "Once", "totalTickets": 5}, http.StatusCreated},
		{"/book", bookingBody(event, "cy", 3), bookingBody(event, "cy", 2), http.StatusCreated},
		{"/cancel", map[string]any{"eventId": event, "identifier": "ada"}, map[string]any{"eventId": event, "identifier": "bob"}, http.StatusOK},
	}
	trial := &trial{T: t, began: time.Now()}
	const copies = 24
	for i, r := range requests {
		key := fmt.Sprintf("the key of request %d", i)
		answers := make([]any, copies)
		var callers sync.WaitGroup
		for n := range copies {
			callers.Go(func() {
				status, err := post(patient, servers[n%3].url()+r.path, key, r.body, &answers[n])
				assert.NoError(t, err)
				assert.Equal(t, r.status, status, answers[n])
			})
		}
		callers.Wait()
		for _, answer := range answers {
			require.Equal(t, answers[0], answer, r.path)
		}

		for _, s := range servers {
			s.kill()
			s.start()
			trial.faults++
			var again any
			status, err := post(patient, s.url()+r.path, key, r.body, &again)
			require.NoError(t, err)
			require.Equal(t, r.status, status)
			require.Equal(t, answers[0], again, r.path)
			var p problem
			status, err = post(patient, s.url()+r.path, key, r.other, &p)
			require.NoError(t, err)
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Equal(t, "idempotency_key_reused", p.Code)
		}
	}

	var events struct{ Events []struct{ Name string } }
	_, err := get(servers[0].url()+"/events", &events)
	require.NoError(t, err)
	require.Len(t, events.Events, 3, "one that was sold here, and one of each way to create them")
	bookings := bookingsOf(t, servers[0].url(), event)
	require.Len(t, bookings, 3)
	cancelled := 0
	for _, ticket := range bookings[0].Tickets {
		if ticket.Status == "CANCELLED" {
			cancelled++
		}
	}
	require.Equal(t, 1, cancelled, "a repeated cancellation without ticketId cancels one ticket")
	require.Equal(t, "CANCELLED", bookings[0].Tickets[2].Status)
	require.Equal(t, 1, bookings[2].Position)
	trial.record(history.Figures{Calls: len(requests) * (copies + 2*len(servers)), Bookings: len(bookings)})
}

// A refusal is not remembered: the same request may be accepted later.
func TestRefusedRequestMayBeSentAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, dsn string) {
		t.Helper()
		s := startServer(t, dsn)
		var event struct{ ID string }
		_, err := post(client, s.url()+"/events", "", map[string]any{"name": "Concert", "totalTickets": 1, "maxWaitlist": 0}, &event)
		require.NoError(t, err)
		book(t, s.url(), event.ID, "ada", 1)

		body := bookingBody(event.ID, "bob", 1)
		var p problem
		_, err = post(client, s.url()+"/book", oneKey, body, &p)
		require.NoError(t, err)
		require.Equal(t, "waitlist_full", p.Code)
		s.kill()
		s.start()
		_, err = post(client, s.url()+"/cancel", "", map[string]any{"eventId": event.ID, "identifier": "ada"}, nil)
		require.NoError(t, err)
		status, err := post(client, s.url()+"/book", oneKey, body, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		require.Len(t, bookingsOf(t, s.url(), event.ID), 2)
	})
}

func book(t *testing.T, url, event, identifier string, quantity int) {
	t.Helper()
	status, err := post(client, url+"/book", "", bookingBody(event, identifier, quantity), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
}
