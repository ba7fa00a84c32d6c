package rest_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestBookingsAreListedAsCSV(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":4,"holdSeconds":600,"claimSeconds":600`)
		body := `{"eventId":"` + e.ID + `","identifier":"=1+1","quantity":3,"reference":"a, \"b\""}`
		first := accepted[booked](s, s.post("/book", body), http.StatusCreated)
		require.Equal(s, http.StatusOK, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"=1+1"}`).status)
		for _, identifier := range []string{"+1", "-1", "@x", "ada=1"} {
			s.book(e.ID, identifier, "2")
		}
		path := "/events/" + e.ID + "/bookings"
		r := s.get(path + "?format=csv")
		require.Equal(s, http.StatusOK, r.status, r.body)
		require.Equal(s, "text/csv; charset=utf-8; header=present", r.header.Get("Content-Type"))
		require.Equal(s, r.body, s.get(path, "Accept", "text/csv").body)
		require.Equal(s, strings.Count(r.body, "\n"), strings.Count(r.body, "\r\n"))

		rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
		require.NoError(s, err)
		require.Equal(s, strings.Split("bookingId,sequence,status,identifier,userId,quantity,tickets,reference,createdAt,expiresAt", ","), rows[0])
		b := s.booking(e.ID, first.BookingID)
		require.Equal(s, []string{b.ID, "1", "HELD", "'=1+1", b.UserID, "3", "2", `a, "b"`, b.CreatedAt, b.ExpiresAt}, rows[1])
		var identifiers []string
		for _, row := range rows[2:] {
			identifiers = append(identifiers, row[3])
		}
		require.Equal(s, []string{"'+1", "'-1", "'@x", "ada=1"}, identifiers)

		waiting, err := csv.NewReader(strings.NewReader(s.get(path + "?format=csv&status=WAITING").body)).ReadAll()
		require.NoError(s, err)
		require.Len(s, waiting, 4)
		require.Empty(s, waiting[1][9])
		require.JSONEq(s, s.get(path).body, s.get(path+"?format=json", "Accept", "text/csv").body)
		require.Empty(s, s.send("HEAD", path+"?format=csv", "").body)
		refused(s, s.get("/events/"+nobodysID+"/bookings?format=csv"), http.StatusNotFound, "event_not_found")
	})
}

// pagedStore lets a test see every page of bookings that is read.
type pagedStore struct {
	app.WebhookStore
	before func(ports.BookingQuery) error
}

func (s pagedStore) Bookings(ctx context.Context, q ports.BookingQuery) ([]domain.Booking, error) {
	if err := s.before(q); err != nil {
		return nil, err
	}
	return s.WebhookStore.Bookings(ctx, q)
}

// manyBookings fills an event with more bookings than are read at a time.
func manyBookings(s *server) event {
	s.Helper()
	e := s.create(`"totalTickets":2000`)
	id, err := domain.ParseEventID(e.ID)
	require.NoError(s, err)
	for i := range 1001 {
		person, err := domain.NewPerson("person-" + strconv.Itoa(i))
		require.NoError(s, err)
		_, err = s.service.Book(s.Context(), domain.Book{EventID: id, Person: person})
		require.NoError(s, err)
	}
	return e
}

func TestCSVIsSentWhileItIsRead(t *testing.T) {
	t.Parallel()
	goOn, pages := make(chan struct{}), 0
	s := serve(t, pagedStore{memory.New(), func(q ports.BookingQuery) error {
		if pages++; pages > 1 {
			<-goOn
		}
		require.LessOrEqual(t, q.Limit, 200, "so it takes the same memory, however many there are")
		return nil
	}}, httpbase.Config{})
	answer, err := s.Client().Get(s.URL + "/events/" + manyBookings(s).ID + "/bookings?format=csv")
	require.NoError(t, err)
	lines := bufio.NewScanner(answer.Body)
	for range 1 + 200 {
		require.True(t, lines.Scan(), "here before the second page was read")
	}
	close(goOn)
	rest := 0
	for lines.Scan() {
		rest++
	}
	require.NoError(t, lines.Err())
	require.Equal(t, 801, rest)
	require.NoError(t, answer.Body.Close())
}

func TestCSVThatCannotBeReadToItsEndBreaksOff(t *testing.T) {
	t.Parallel()
	pages := 0
	s := serve(t, pagedStore{memory.New(), func(ports.BookingQuery) error {
		if pages++; pages == 3 {
			return ports.ErrStoreUnavailable
		}
		return nil
	}}, httpbase.Config{})
	answer, err := s.Client().Get(s.URL + "/events/" + manyBookings(s).ID + "/bookings?format=csv")
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, answer.Body.Close())
}
