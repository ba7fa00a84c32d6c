package rest_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

const keyHeader = "Idempotency-Key"

// longKey makes a key of a short one, as callers without an API key must have it.
func longKey(short string) string { return short + strings.Repeat(".", 22) }

func TestARepeatUnderAKeyTakesEffectOnce(t *testing.T) {
	forEachStore(t, func(s *server) {
		key := uuid.NewString() // of an event there is no other in the store
		made := s.post("/initialize", `{"name":"Concert","totalTickets":3}`, keyHeader, key)
		require.Equal(s, http.StatusCreated, made.status)
		again := s.post("/events", ` {"status":"PUBLISHED", "totalTickets":3.0,"name":"Concert","maxWaitlist":null}`, keyHeader, key)
		require.Equal(s, http.StatusCreated, again.status)
		require.Equal(s, made.body, again.body, "the same fields with the same values")
		refused(s, s.post("/events", `{"name":"Concert","totalTickets":3,"status":"DRAFT"}`, keyHeader, key),
			http.StatusUnprocessableEntity, "idempotency_key_reused")
		e := read[event](s, made)

		body := `{"eventId":"` + e.ID + `","identifier":"ada","quantity":1}`
		first := s.post("/book", body, keyHeader, longKey("k"))
		require.Equal(s, http.StatusCreated, first.status)
		require.Equal(s, first.body, s.post("/book", `{"identifier":"ada","eventId":"`+e.ID+`"}`, keyHeader, longKey("k")).body)
		refused(s, s.post("/book", `{"eventId":"`+e.ID+`","identifier":"ada","quantity":2}`, keyHeader, longKey("k")),
			http.StatusUnprocessableEntity, "idempotency_key_reused")
		require.NotEqual(s, first.body, s.post("/book", body, keyHeader, longKey("K")).body, "another key, another booking")

		cancel := `{"eventId":"` + e.ID + `","identifier":"ada"}`
		cancelled := s.post("/cancel", cancel, keyHeader, longKey("c"))
		require.Equal(s, http.StatusOK, cancelled.status)
		require.Equal(s, cancelled.body, s.post("/cancel", cancel, keyHeader, longKey("c")).body)
		require.Equal(s, 2, read[counts](t, s.get("/status/"+e.ID)).AvailableTickets)
	})
}

func TestARepeatTellsWhatBecameOfTheBooking(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		book := func(who string) booked {
			r := s.post("/book", `{"eventId":"`+e.ID+`","identifier":"`+who+`"}`, keyHeader, longKey(who))
			require.Equal(s, http.StatusCreated, r.status)
			return read[booked](s, r)
		}
		ada, bob, cleo := book("ada"), book("bob"), book("cleo")
		require.False(s, ada.Waitlisted)
		require.Equal(s, 2, cleo.WaitingEntry.Position)

		require.Equal(s, http.StatusOK, s.post("/cancel", `{"eventId":"`+e.ID+`","identifier":"ada"}`).status)
		ada = book("ada")
		require.False(s, ada.Waitlisted)
		require.Equal(s, "CANCELLED", ada.Tickets[0].Status)
		require.Equal(s, "BOOKED", book("bob").Tickets[0].Status, "was promoted")
		require.Equal(s, bob.BookingID, book("bob").BookingID)
		require.Equal(s, 1, book("cleo").WaitingEntry.Position, "moved up")

		require.Equal(s, http.StatusNoContent, s.send("DELETE", "/events/"+e.ID+"/waitlist/"+cleo.BookingID, "").status)
		cleo = book("cleo")
		require.True(s, cleo.Waitlisted, "left the line")
		require.Equal(s, "CANCELLED", cleo.Status)
		require.Zero(s, cleo.WaitingEntry.Position)
	})
}

func TestTwoAtOnceUnderOneKeyTakeEffectOnce(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":100`)
		bodies := make([]string, 32)
		var wait sync.WaitGroup
		for i := range bodies {
			wait.Go(func() {
				bodies[i] = s.post("/book", `{"eventId":"`+e.ID+`","identifier":"ada"}`, keyHeader, longKey("one")).body
			})
		}
		wait.Wait()
		for _, body := range bodies {
			require.Equal(s, bodies[0], body)
		}
		require.Len(s, s.allBookings(e.ID, ""), 1)
	})
}

func TestRefusalsAreNotRemembered(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1,"status":"DRAFT"`)
		body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
		refused(s, s.post("/book", body, keyHeader, longKey("k")), http.StatusConflict, "event_not_published")
		require.Equal(s, http.StatusOK, s.send("PATCH", "/events/"+e.ID, `{"status":"PUBLISHED"}`).status)
		require.Equal(s, http.StatusCreated, s.post("/book", body, keyHeader, longKey("k")).status)
	})
}

func TestKeysArePrintableASCII(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":10`)
	body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
	for _, key := range []string{"", strings.Repeat("k", 256), "ключ", "a\tb"} {
		refusedFields(t, s.post("/book", body, keyHeader, key), keyHeader)
	}
	refusedFields(t, s.post("/book", body, keyHeader, "a", keyHeader, "b"), keyHeader)
	refusedFields(t, s.post("/cancel", `{}`, keyHeader, ""), "eventId", "identifier", keyHeader)
	refusedFields(t, s.post("/initialize", `{"name":"Concert","totalTickets":1}`, keyHeader, ""), keyHeader)
	for _, short := range []string{"k", strings.Repeat("k", 21)} { // somebody else may hit upon it
		refusedFields(t, s.post("/book", body, keyHeader, short), keyHeader)
	}
	for _, key := range []string{"a" + strings.Repeat(" ", 20) + "b", nobodysID, strings.Repeat("~", 22), strings.Repeat("k", 255)} {
		require.Equal(t, http.StatusCreated, s.post("/book", body, keyHeader, key).status)
	}
}

// One key for everything that takes one: it counts for each operation by itself.
func TestEveryRequestUnderAKeyTakesEffectOnce(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":9,"holdSeconds":600,"claimSeconds":600`)
		held, gone := s.book(e.ID, "ada", "3"), s.book(e.ID, "bob", "1")
		path := pathOf(e.ID, held.BookingID)
		for _, r := range [][3]string{
			{"POST", path + extend, `{"seconds":3000}`},
			{"POST", path + transfer, `{"identifier":"cleo"}`},
			{"POST", "/cancel", `{"eventId":"` + e.ID + `","identifier":"cleo","quantity":2}`},
			{"POST", path + confirm, ""},
			{"DELETE", pathOf(e.ID, gone.BookingID), ""},
			{"POST", "/book", `{"eventId":"` + e.ID + `","identifier":"bob"}`},
			{"POST", "/initialize", `{"name":"Concert","totalTickets":1}`},
			{"POST", "/events/" + e.ID + "/cancel", ""},
		} {
			first := s.send(r[0], r[1], r[2], keyHeader, longKey("k"))
			require.Less(s, first.status, http.StatusMultipleChoices, "%v: %s", r, first.body)
			version := accepted[event](s, s.get("/events/"+e.ID), http.StatusOK).Version
			again := s.send(r[0], r[1], r[2], keyHeader, longKey("k"))
			require.Equal(s, first.status, again.status, "%v", r)
			require.Equal(s, first.body, again.body, "%v", r)
			require.Equal(s, version, accepted[event](s, s.get("/events/"+e.ID), http.StatusOK).Version, "%v", r)
		}
	})
}

func TestARepeatOfWhatWasAcceptedIsNeverRefused(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1,"holdSeconds":30,"claimSeconds":60,"salesEndAt":` + s.in(time.Hour))
		body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
		b := accepted[booked](s, s.post("/book", body, keyHeader, longKey("k")), http.StatusCreated)
		path := pathOf(e.ID, b.BookingID)
		extension := func() booking {
			return accepted[booking](s, s.post(path+extend, `{"seconds":60}`, keyHeader, longKey("k")), http.StatusOK)
		}
		extension()
		s.clock.forward(time.Hour)
		refused(s, s.post(path+extend, `{"seconds":60}`), http.StatusConflict, "hold_expired")
		require.Equal(s, "EXPIRED", extension().Status)
		repeat := accepted[booked](s, s.post("/book", body, keyHeader, longKey("k")), http.StatusCreated)
		require.Equal(s, []any{"EXPIRED", false, "CANCELLED"}, []any{repeat.Status, repeat.Waitlisted, repeat.Tickets[0].Status})
	})
}

func TestARepeatShowsAnothersBookingToNobodyWithoutAKey(t *testing.T) {
	forEachStore(t, func(s *server) {
		e := s.create(`"totalTickets":1`)
		book := func(identifier string) response {
			return s.post("/book", `{"eventId":"`+e.ID+`","identifier":"`+identifier+`"}`, keyHeader, longKey(identifier))
		}
		for _, identifier := range []string{"ada", "bob"} { // one has a ticket, one waits
			first := book(identifier)
			b := accepted[booked](s, first, http.StatusCreated)
			require.NotEmpty(s, b.Link)
			path := pathOf(e.ID, b.BookingID)
			require.Equal(s, http.StatusOK, s.post(path+transfer, `{"identifier":"cleo"}`).status)
			repeat := book(identifier)
			require.Equal(s, b.BookingID, accepted[booked](s, repeat, http.StatusCreated).BookingID)
			require.NotContains(s, repeat.body, "link")
			require.NotContains(s, repeat.body, "userId")
			require.Equal(s, http.StatusOK, s.post(path+transfer, `{"identifier":"`+identifier+`"}`).status)
			require.NotEmpty(s, read[booked](s, book(identifier)).Link, "theirs again")
		}
	})
}
