package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// client gives up before most faults are over.
var client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

// patient waits for the outcome of a transaction.
var patient = &http.Client{Timeout: 30 * time.Second, Transport: client.Transport}

// oneKey is the idempotency key of the one request of an event that has one.
const oneKey = "the key of the one request"

type (
	booked struct {
		BookingID    string
		Waitlisted   bool
		Tickets      []ticket
		WaitingEntry struct{ Position int }
	}
	ticket  struct{ ID, Status string }
	booking struct {
		ID, Status         string
		Sequence, Position int
		Tickets            []ticket
	}
	problem struct{ Code string }
)

// post sends a body under a key, unless that is empty, and reads the answer
// into answer, unless that is nil. The status is 0 if there was no answer.
func post(c *http.Client, url, key string, body, answer any) (status int, err error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	// A body that can't be read twice: nothing is repeated unseen.
	request, err := http.NewRequest(http.MethodPost, url, io.MultiReader(bytes.NewReader(encoded)))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	return finish(c, request, answer)
}

func get(url string, answer any) (status int, err error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	return finish(client, request, answer)
}

func finish(c *http.Client, request *http.Request, answer any) (int, error) {
	response, err := c.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if answer != nil {
		err = json.Unmarshal(text, answer)
	}
	return response.StatusCode, err
}

func bookingBody(event, identifier string, quantity int) map[string]any {
	return map[string]any{"eventId": event, "identifier": identifier, "quantity": quantity}
}

// createEvent creates an event with so many tickets.
func createEvent(t testing.TB, url string, tickets int) string {
	t.Helper()
	var answer struct{ ID string }
	status, err := post(client, url+"/initialize", "", map[string]any{"name": "Concert", "totalTickets": tickets}, &answer)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	return answer.ID
}

// bookingsOf lists all bookings of an event, of which there are not many.
func bookingsOf(t *testing.T, url, event string) []booking {
	t.Helper()
	var all []booking
	for cursor := ""; ; {
		var page struct {
			Bookings   []booking
			NextCursor *string
		}
		status, err := get(url+"/events/"+event+"/bookings?limit=200"+cursor, &page)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		all = append(all, page.Bookings...)
		if page.NextCursor == nil {
			return all
		}
		cursor = "&cursor=" + *page.NextCursor
	}
}

// requireRecovery checks that a booking is accepted again soon, on each server;
// an event that is given is booked on, otherwise a new one.
func requireRecovery(t *testing.T, event string, urls ...string) {
	t.Helper()
	for _, url := range urls {
		deadline := time.Now().Add(recovery)
		var last string
		for {
			ok := false
			if ok, last = tryBooking(url, event); ok {
				break
			}
			require.True(t, time.Now().Before(deadline), "%s doesn't answer again within %s: %s", url, recovery, last)
			time.Sleep(poll)
		}
	}
}

func tryBooking(url, event string) (ok bool, last string) {
	if event == "" {
		var created struct{ ID string }
		status, err := post(client, url+"/initialize", "", map[string]any{"name": "Canary", "totalTickets": 1}, &created)
		if status != http.StatusCreated {
			return false, fmt.Sprint(status, err)
		}
		event = created.ID
	}
	var p problem
	status, err := post(client, url+"/book", "", bookingBody(event, "canary", 1), &p)
	return status == http.StatusCreated, fmt.Sprint(status, p.Code, err)
}
