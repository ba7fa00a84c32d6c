package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// TestJournalIsTheState takes an event through many random batches, and compares
// what its journal says with what its rows say.
func TestJournalIsTheState(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			store := open(t, newFile(t))
			settings := domain.Settings{Name: "Concert", TotalTickets: 1 + r.IntN(20), MaxWaitlist: domain.AtMost(30)}
			if r.IntN(2) == 0 {
				settings.HoldSeconds, settings.ClaimSeconds = 60, 60
			}
			if r.IntN(2) == 0 {
				settings.MaxTicketsPerUser = domain.AtMost(6)
			}
			event := create(t, store, settings)
			at := store.Now()
			var bookings []domain.BookingID
			for round := range 60 {
				var batch []domain.Command
				for range 1 + r.IntN(8) {
					batch = append(batch, randomCommand(t, r, event, bookings))
				}
				at = at.Add(time.Duration(r.IntN(30)) * time.Second)
				outcomes, err := update(t, store, at, batch...)
				require.NoError(t, err)
				for i, o := range outcomes {
					var refusal *domain.Error
					var repeat *domain.Repeat
					require.True(t, o.err == nil || errors.As(o.err, &refusal) || errors.As(o.err, &repeat), "%T: %v", batch[i], o.err)
					if _, ok := batch[i].(domain.Book); ok && o.err == nil {
						bookings = append(bookings, o.Booking.ID)
					}
				}
				if round%10 == 9 {
					compare(t, store, event.ID)
				}
			}
		})
	}
}

func randomCommand(t *testing.T, r *rand.Rand, event domain.Event, bookings []domain.BookingID) domain.Command {
	t.Helper()
	someone := person(t, fmt.Sprintf("person%d@example.com", r.IntN(6)))
	booking := domain.BookingID{UUID: newID()}
	if len(bookings) > 0 {
		booking = bookings[r.IntN(len(bookings))]
	}
	var key domain.IdempotencyKey
	if r.IntN(3) == 0 {
		key = domain.NewIdempotencyKey("shop", fmt.Sprint(r.IntN(40)))
	}
	switch r.IntN(20) {
	case 0:
		return domain.GiveBack{EventID: event.ID, BookingID: booking, Key: key}
	case 1:
		return domain.LeaveWaitlist{EventID: event.ID, BookingID: booking}
	case 2, 3, 4:
		return domain.Confirm{EventID: event.ID, BookingID: booking, Key: key}
	case 5:
		return domain.Extend{EventID: event.ID, BookingID: booking, Seconds: 1 + r.IntN(100)}
	case 6:
		return domain.Transfer{EventID: event.ID, BookingID: booking, Person: someone}
	case 7:
		reference := fmt.Sprint("order ", r.IntN(5))
		return domain.ChangeBooking{EventID: event.ID, BookingID: booking, Reference: &reference}
	case 8:
		quantity := 1
		return domain.ChangeBooking{EventID: event.ID, BookingID: booking, Quantity: &quantity}
	case 9:
		total := 1 + r.IntN(30)
		return domain.ChangeEvent{EventID: event.ID, TotalTickets: &total}
	case 10:
		return domain.CatchUp{EventID: event.ID}
	case 11:
		return domain.ErasePerson{EventID: event.ID, Person: someone, NewUserID: domain.UserID{UUID: newID()}, Force: r.IntN(2) == 0}
	case 12, 13, 14:
		return domain.CancelTickets{EventID: event.ID, Person: someone, Quantity: 1 + r.IntN(3), Key: key}
	default:
		return domain.Book{EventID: event.ID, Person: someone, Quantity: 1 + r.IntN(4), Reference: fmt.Sprint("order ", r.IntN(5)), Key: key}
	}
}

// compare compares an event's rows with its journal.
func compare(t *testing.T, store ports.Store, id domain.EventID) {
	t.Helper()
	replica := new(domain.Replica)
	var after ports.JournalCursor
	for {
		records, err := store.Journal(t.Context(), ports.JournalQuery{EventID: id, After: after, Limit: 7})
		require.NoError(t, err)
		if len(records) == 0 {
			break
		}
		for _, record := range records {
			require.NoError(t, replica.Apply(record))
			after = ports.CursorOfRecord(record)
		}
	}
	event, err := store.Event(t.Context(), id)
	require.NoError(t, err)
	event.ClockAhead, event.Promoting = 0, false // no record tells
	assert.Equal(t, replica.Event, event)

	all := allBookings(t, store, ports.BookingQuery{EventID: id})
	require.Len(t, all, len(replica.Bookings))
	for i, b := range all {
		one, err := store.Booking(t.Context(), id, b.ID)
		require.NoError(t, err)
		require.Equal(t, b, one)
		want := replica.Booking(b.Sequence)
		b = b.Clone()
		b.UserID, b.Identifier = want.UserID, want.Identifier // no record tells
		for j := range b.Tickets {
			require.Equal(t, one.UserID, b.Tickets[j].UserID)
			b.Tickets[j].UserID = want.UserID
		}
		require.Equal(t, want, b, "booking %d", i+1)
	}
	compareLists(t, store, id, all)
}

// compareLists compares what lists give with all bookings of an event.
func compareLists(t *testing.T, store ports.Store, id domain.EventID, all []domain.Booking) {
	t.Helper()
	queries := []ports.BookingQuery{{Reference: "order 1"}}
	for _, status := range []domain.BookingStatus{
		domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled,
	} {
		queries = append(queries, ports.BookingQuery{Status: status}, ports.BookingQuery{Status: status, Reference: "order 2"})
	}
	for who := range 6 {
		user := person(t, fmt.Sprintf("person%d@example.com", who)).UserID()
		queries = append(queries, ports.BookingQuery{UserID: user}, ports.BookingQuery{UserID: user, Status: domain.BookingWaiting})

		theirs, err := store.PersonBookings(t.Context(), ports.PersonQuery{UserID: user, Limit: 1000})
		require.NoError(t, err)
		assert.ElementsMatch(t, filter(all, ports.BookingQuery{UserID: user}), theirs)
	}
	for _, query := range queries {
		query.EventID = id
		assert.Equal(t, filter(all, query), allBookings(t, store, query), "%+v", query)
	}
}

func filter(all []domain.Booking, query ports.BookingQuery) []domain.Booking {
	var found []domain.Booking
	for _, b := range all {
		if (query.UserID == domain.UserID{} || b.UserID == query.UserID) && (query.Status == "" || b.Status == query.Status) &&
			(query.Reference == "" || b.Reference == query.Reference) {
			found = append(found, b)
		}
	}
	return found
}

func allBookings(t *testing.T, store ports.Store, query ports.BookingQuery) []domain.Booking {
	t.Helper()
	var all []domain.Booking
	for query.Limit = 9; ; {
		page, err := store.Bookings(t.Context(), query)
		require.NoError(t, err)
		all = append(all, page...)
		if len(page) < query.Limit {
			return all
		}
		query.AfterSequence = page[len(page)-1].Sequence
	}
}
