package app_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Three days of sales pass, in which people hold tickets and confirm in time, in
// the last moment or too late, give up, wait, and claim what comes free. The
// journal must tell that every rule held all the time.
func TestAWholeSeasonOfHoldsAndClaims(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := start(t, memory.New(), app.Options{})
		season := season{T: t, Service: service, event: createHoldingEvent(t, service, 40).ID}
		var visitors sync.WaitGroup
		for i := range 600 {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			visitors.Go(func() { season.visit(random, fmt.Sprint("visitor ", i)) })
		}
		visitors.Wait()
		time.Sleep(claimTime + 2*holdTime) // until the last claims are over

		counts := season.audit()
		for _, kind := range []domain.Kind{
			domain.BookingWasHeld, domain.BookingJoined, domain.BookingWasPromoted, domain.BookingConfirmed, domain.BookingExtended,
			domain.BookingHasExpired, domain.BookingLeft, domain.TicketsCancelled,
		} {
			require.Greater(t, counts[kind], 5, "a season without %s proves nothing", kind)
		}
	})
}

type season struct {
	*testing.T
	*app.Service
	event domain.EventID
}

// visit is what somebody does in those days.
func (s season) visit(random *rand.Rand, who string) {
	sleepUpTo(random, 2*24*time.Hour)
	b, err := s.Book(s.Context(), domain.Book{EventID: s.event, Person: person(s, who), Quantity: 1 + random.IntN(3)})
	if !assert.NoError(s, err) {
		return
	}
	for b.Status == domain.BookingWaiting {
		if random.IntN(10) == 0 {
			err := s.LeaveWaitlist(s.Context(), domain.LeaveWaitlist{EventID: s.event, BookingID: b.ID})
			assert.True(s, err == nil || errors.Is(err, domain.ErrBookingNotWaiting), err)
			return
		}
		sleepUpTo(random, 6*time.Hour)
		b, err = s.Booking(s.Context(), s.event, b.ID)
		assert.NoError(s, err)
		if time.Since(b.CreatedAt) > 12*time.Hour {
			return // has forgotten about it
		}
	}
	if random.IntN(3) == 0 {
		extended, err := s.Extend(s.Context(), domain.Extend{EventID: s.event, BookingID: b.ID, Seconds: 1200})
		if err == nil {
			b = extended
		}
	}
	switch left := time.Until(b.ExpiresAt); random.IntN(8) {
	case 0: // comes too late
		time.Sleep(left)
		sleepUpTo(random, time.Minute)
	case 1: // the very moment in which it is over
		time.Sleep(left)
	case 2: // the last moment
		time.Sleep(left - time.Microsecond)
	case 3:
		sleepUpTo(random, left)
		_, err := s.GiveBack(s.Context(), domain.GiveBack{EventID: s.event, BookingID: b.ID})
		assert.NoError(s, err)
		return
	case 4: // never comes back
		return
	default:
		sleepUpTo(random, left)
	}
	inTime := time.Now().Before(b.ExpiresAt)
	_, err = s.Confirm(s.Context(), domain.Confirm{EventID: s.event, BookingID: b.ID})
	if inTime {
		assert.NoError(s, err)
	} else {
		assert.ErrorIs(s, err, domain.ErrHoldExpired)
	}
	if err == nil && random.IntN(2) == 0 {
		sleepUpTo(random, 6*time.Hour)
		_, err := s.CancelTickets(s.Context(), domain.CancelTickets{EventID: s.event, Person: person(s, who)})
		assert.NoError(s, err)
	}
}

func sleepUpTo(random *rand.Rand, most time.Duration) {
	if most > 0 {
		time.Sleep(time.Duration(random.Int64N(int64(most))).Truncate(time.Microsecond))
	}
}

// audit plays the journal back, judges every step of it, and counts what
// happened.
func (s season) audit() map[domain.Kind]int {
	var replica domain.Replica
	counts := make(map[domain.Kind]int)
	query := ports.JournalQuery{EventID: s.event, Limit: 200}
	for {
		records, err := s.Journal(s.Context(), query)
		require.NoError(s, err)
		for _, r := range records {
			if r.Number == 1 {
				s.judge(&replica)
			}
			if r.Booking != nil && int(r.Booking.Sequence) <= len(replica.Bookings) {
				s.judgeRecord(r, replica.Bookings[r.Booking.Sequence-1])
			}
			counts[r.Kind]++
			require.NoError(s, replica.Apply(r))
		}
		if len(records) < query.Limit {
			break
		}
		query.After = ports.CursorOfRecord(records[len(records)-1])
	}
	s.judge(&replica)
	require.Zero(s, replica.Event.HeldTickets)
	return counts
}

func (s season) judgeRecord(r domain.Record, before domain.Booking) {
	switch r.Kind {
	case domain.BookingHasExpired:
		late := r.At.Sub(before.ExpiresAt)
		require.Equal(s, domain.BookingHeld, before.Status)
		require.False(s, late < 0 || late > latest, "it expired %s late", late)
	case domain.BookingConfirmed:
		require.True(s, r.At.Before(before.ExpiresAt), "it was confirmed at %s, and over at %s", r.At, before.ExpiresAt)
	case domain.BookingWasPromoted:
		require.Equal(s, r.At.Add(claimTime), r.Booking.ExpiresAt)
	default:
	}
}

// judge looks whether an event's state is one that may be.
func (s season) judge(r *domain.Replica) {
	if r.Event.Version == 0 {
		return
	}
	taken := 0
	for _, b := range r.Bookings {
		for _, ticket := range b.Tickets {
			if ticket.Status != domain.TicketCancelled {
				taken++
			}
		}
	}
	require.Equal(s, r.Event.TotalTickets, taken+r.Event.AvailableTickets)
	require.GreaterOrEqual(s, r.Event.AvailableTickets, 0)
	head := slices.IndexFunc(r.Bookings, func(b domain.Booking) bool { return b.Status == domain.BookingWaiting })
	if head >= 0 {
		require.Less(s, r.Event.AvailableTickets, r.Bookings[head].Quantity, "tickets are idle")
	}
}
