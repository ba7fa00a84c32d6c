package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestEachBrokenRuleOfHoldsIsFound(t *testing.T) {
	began := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	ends := began.Add(30 * time.Second)
	held := bookingJSON{Sequence: 1, Status: domain.BookingHeld, ExpiresAt: ends, Tickets: []ticketJSON{{Status: domain.TicketHeld, BookedAt: began}}}
	booked := func(at time.Time) bookingJSON {
		return bookingJSON{Sequence: 1, Status: domain.BookingBooked, Tickets: []ticketJSON{{Status: domain.TicketBooked, BookedAt: at}}}
	}
	expired := func(at time.Time) bookingJSON {
		return bookingJSON{Sequence: 1, Status: domain.BookingExpired, Tickets: []ticketJSON{{Status: domain.TicketCancelled, BookedAt: began, CancelledAt: at}}}
	}
	reads := func(b bookingJSON) *operation { return &operation{kind: readBooking, bookings: []bookingJSON{b}} }
	isRefused := &operation{kind: confirm, refusal: domain.CodeHoldExpired, at: places{asked: place{sequence: 1}}}
	makes := &operation{kind: book, expiresAt: ends, at: places{answered: place{sequence: 1}}}
	const late = 2 * time.Second
	for name, c := range map[string]struct {
		operations []*operation
		final      bookingJSON
		changed    time.Time // the event
		wrong      string
	}{
		"confirmed in time":                {[]*operation{reads(held)}, booked(ends.Add(-1)), ends, ""},
		"expired in time":                  {[]*operation{reads(held), isRefused}, expired(ends.Add(late)), ends, ""},
		"still held":                       {[]*operation{reads(held)}, held, ends.Add(-1), ""},
		"confirmed when it was over":       {[]*operation{makes}, booked(ends), ends, "was confirmed at"},
		"booked though it had expired":     {[]*operation{isRefused}, booked(began), began, "had expired: confirm #1 → hold_expired"},
		"booked though seen as expired":    {[]*operation{reads(expired(ends))}, booked(began), began, "had expired"},
		"expired though seen as booked":    {[]*operation{reads(booked(began))}, expired(ends), ends, "was booked"},
		"expired too early":                {[]*operation{reads(held)}, expired(ends.Add(-1)), ends, "before"},
		"expired too late":                 {[]*operation{reads(held)}, expired(ends.Add(late + 1)), ends, "late"},
		"held when the event changed":      {[]*operation{reads(held)}, held, ends, "the event changed"},
		"held until another time, at once": {[]*operation{reads(held), makes, reads(bookingJSON{Sequence: 1, Status: domain.BookingHeld, ExpiresAt: began})}, held, began, "and until"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &event{operations: c.operations, late: late}
			wrong := e.checkHolds(&operation{kind: readAll, final: true, event: &eventJSON{UpdatedAt: c.changed}, bookings: []bookingJSON{c.final}})
			if c.wrong == "" {
				require.Empty(t, wrong)
				return
			}
			require.NotEmpty(t, wrong)
			require.Contains(t, wrong[0], c.wrong)
		})
	}
}
