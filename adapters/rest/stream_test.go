package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tmaxmax/go-sse"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// stream is a stream that a test reads, by somebody else's reading of the protocol.
type stream struct {
	*testing.T
	messages chan sse.Event
	status   int
	close    func()
}

func (s *server) stream(t *testing.T, path string, header ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.Client().Do(request) //nolint:bodyclose // whoever reads it closes it, below
	require.NoError(t, err)
	opened := &stream{T: t, messages: make(chan sse.Event), status: response.StatusCode, close: cancel}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(opened.messages)
		defer func() { _ = response.Body.Close() }()
		for message, err := range sse.Read(response.Body, nil) {
			if err != nil {
				return
			}
			select {
			case opened.messages <- message:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return opened
}

// until reads messages until one is as wished, and returns that.
func (s *stream) until(wished func(state map[string]any) bool) sse.Event {
	s.Helper()
	for message := range s.messages {
		state := make(map[string]any)
		require.NoError(s, json.Unmarshal([]byte(message.Data), &state))
		if wished(state) {
			return message
		}
	}
	require.FailNow(s, "the stream ended before that came")
	return sse.Event{}
}

func hasStatus(status string) func(map[string]any) bool {
	return func(state map[string]any) bool { return state["status"] == status }
}

// ends reads what is left, and requires that the stream says that it is over.
func (s *stream) ends() {
	s.Helper()
	last := ""
	for message := range s.messages {
		last = message.Type
	}
	require.Equal(s, "end", last)
}

func TestAnEventsStreamTellsItsStatusAtOnceAndAfterChanges(t *testing.T) {
	forEachStore(t, func(s *server) {
		t := s.TB.(*testing.T)
		event := s.create(`"totalTickets":5`).ID
		live := s.stream(t, "/events/"+event+"/stream")
		require.Equal(t, http.StatusOK, live.status)
		live.until(func(state map[string]any) bool { return state["availableTickets"] == 5.0 })

		s.book(event, "ada", "2")
		changed := live.until(func(state map[string]any) bool { return state["availableTickets"] == 3.0 })

		again := s.stream(t, "/events/"+event+"/stream", "Last-Event-ID", changed.LastEventID)
		s.book(event, "bob", "1")
		first := <-again.messages
		require.Contains(t, first.Data, `"availableTickets":2`, "what it had is not told again")

		s.post("/events/"+event+"/cancel", "")
		final := live.until(hasStatus("CANCELLED"))
		live.ends()
		again.until(hasStatus("CANCELLED"))
		again.ends()
		late := s.stream(t, "/events/"+event+"/stream", "Last-Event-ID", changed.LastEventID)
		late.until(hasStatus("CANCELLED"))
		late.ends()
		require.Equal(t, http.StatusNoContent, s.stream(t, "/events/"+event+"/stream", "Last-Event-ID", final.LastEventID).status)
	})
}

func TestABookingsStreamTellsItsPlaceAndWhatBecomesOfIt(t *testing.T) {
	forEachStore(t, func(s *server) {
		t := s.TB.(*testing.T)
		event := s.create(`"totalTickets":1,"claimSeconds":600`).ID
		s.book(event, "ada", "1")
		bob, cy := s.book(event, "bob", "1"), s.book(event, "cy", "1")
		live := s.stream(t, "/events/"+event+"/bookings/"+cy.BookingID+"/stream")
		byLink := s.stream(t, "/b/"+cy.Link+"/stream")
		for _, waits := range []*stream{live, byLink} {
			waits.until(func(state map[string]any) bool { return state["position"] == 2.0 && state["ticketsAhead"] == 1.0 })
		}
		s.send(http.MethodDelete, pathOf(event, bob.BookingID), "")
		live.until(func(state map[string]any) bool { return state["position"] == 1.0 })
		s.post("/cancel", `{"eventId":"`+event+`","identifier":"ada"}`)
		held := live.until(func(state map[string]any) bool { return state["status"] == "HELD" && state["expiresAt"] != nil })
		s.send(http.MethodDelete, pathOf(event, cy.BookingID), "")
		final := live.until(hasStatus("CANCELLED"))
		live.ends()
		byLink.ends()
		late := s.stream(t, "/b/"+cy.Link+"/stream", "Last-Event-ID", held.LastEventID)
		late.until(hasStatus("CANCELLED"))
		late.ends()
		require.Equal(t, http.StatusNoContent, s.stream(t, "/b/"+cy.Link+"/stream", "Last-Event-ID", final.LastEventID).status)
	})
}

func TestWhatOneServerCommitsIsStreamedByAnother(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	one := serve(t, openConfiguredMySQL(t, mysql.Config{DSN: dsn}), httpbase.Config{})
	other := serve(t, openConfiguredMySQL(t, mysql.Config{DSN: dsn}), httpbase.Config{})
	event := one.create(`"totalTickets":1`).ID
	one.book(event, "ada", "1")
	bob := one.book(event, "bob", "1")
	live := other.stream(t, "/events/"+event+"/stream")
	place := other.stream(t, pathOf(event, bob.BookingID)+"/stream")
	place.until(hasStatus("WAITING"))
	one.post("/cancel", `{"eventId":"`+event+`","identifier":"ada"}`)
	live.until(func(state map[string]any) bool { return state["waitingListCount"] == 0.0 })
	place.until(hasStatus("BOOKED"))
}

func TestAVoidedLinksStreamEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	event := s.create(`"totalTickets":1`).ID
	ada := s.book(event, "ada", "1")
	live := s.stream(t, "/b/"+ada.Link+"/stream")
	live.until(hasStatus("BOOKED"))
	s.post("/events/"+event+"/bookings/"+ada.BookingID+"/transfer", `{"identifier":"bob"}`)
	live.ends()
	require.Equal(t, http.StatusNotFound, s.stream(t, "/b/"+ada.Link+"/stream").status)
}

func TestStreamsAreBoundedAndEndWhenTheServerDrains(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{MaxStreams: 1})
	event := s.create(`"totalTickets":1`).ID
	live := s.stream(t, "/events/"+event+"/stream")
	live.until(hasStatus("PUBLISHED"))
	require.Equal(t, http.StatusServiceUnavailable, s.stream(t, "/events/"+event+"/stream").status)
	s.handler.Drain()
	for range live.messages {
		require.Fail(t, "nothing new is told")
	}
}

func TestHeadOfAStreamIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1`)
	b := s.book(e.ID, "ada", "1")
	for _, path := range []string{"/events/" + e.ID, pathOf(e.ID, b.BookingID), "/b/" + b.Link} {
		r := s.send("HEAD", path+"/stream", "")
		require.Equal(t, http.StatusOK, r.status)
		require.Equal(t, "text/event-stream", r.header.Get("Content-Type"))
	}
}

func TestALinkIsNotCalledVoidWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	store := memory.New()
	s := serve(t, store, httpbase.Config{})
	link := s.book(s.create(`"totalTickets":1`).ID, "ada", "1").Link
	away := serve(t, brokenStore{store, ports.ErrStoreUnavailable, ports.ErrStoreUnavailable}, httpbase.Config{})
	refused(t, away.get("/b/"+link+"/stream"), http.StatusServiceUnavailable, "store_unavailable")
}
