package porttest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// checkRules holds an event to the rules that can be seen in one state, when
// nobody's clock is past the end of its promotions.
func checkRules(t tb, e domain.Event, bookings []domain.Booking) {
	t.Helper()
	require.Len(t, bookings, int(e.LastSequence), "the event's last sequence is that of the last booking")
	booked, held, line := 0, 0, domain.Line{}
	var next time.Time
	for i, b := range bookings {
		require.EqualValues(t, i+1, b.Sequence, "sequences have no gaps, and bookings are listed by them")
		checkBooking(t, b)
		if b.Status == domain.BookingWaiting {
			require.Equal(t, line.Waiting+1, b.Position, "positions are 1 to n without gaps, by sequence")
			require.Equal(t, line.WaitingTickets, b.TicketsAhead, "the tickets ahead are what those before it ask for")
			line.Waiting++
			line.WaitingTickets += b.Quantity
			line.ByQuantity[b.Quantity]++
		}
		if b.Status == domain.BookingHeld && (next.IsZero() || b.ExpiresAt.Before(next)) {
			next = b.ExpiresAt
		}
		for _, ticket := range b.Tickets {
			switch ticket.Status {
			case domain.TicketBooked:
				booked++
			case domain.TicketHeld:
				held++
			case domain.TicketCancelled:
			}
		}
	}
	require.Equal(t, held, e.HeldTickets, "the event counts the tickets that are held")
	require.Equal(t, next, e.NextReleaseAt, "the next release is when the next hold expires")
	counted := domain.Line{Waiting: e.Line.Waiting, WaitingTickets: e.Line.WaitingTickets, ByQuantity: e.Line.ByQuantity}
	require.Equal(t, line, counted, "the event counts the bookings that wait")
	if e.Status == domain.EventCancelled {
		require.Zero(t, booked+held+line.Waiting+e.AvailableTickets, "a cancelled event has nothing booked, held, free or waited for")
		return
	}
	require.Equal(t, e.TotalTickets, booked+held+e.AvailableTickets, "booked, held and available tickets make up the capacity")
	require.GreaterOrEqual(t, e.AvailableTickets, 0, "nothing is oversold")
	stopped := e.Status == domain.EventDraft || e.Promoting || !e.PromotionEndAt.IsZero()
	for _, b := range bookings {
		require.False(t, b.Position == 1 && b.Quantity <= e.AvailableTickets && !stopped, "the head of the line doesn't fit")
	}
}

// checkBooking holds a booking to what its status says.
func checkBooking(t tb, b domain.Booking) {
	t.Helper()
	live := 0
	for i, ticket := range b.Tickets {
		require.Equal(t, i+1, ticket.Ordinal, "tickets are listed by ordinal")
		require.Equal(t, ticket.Status == domain.TicketCancelled, !ticket.CancelledAt.IsZero(), "only a cancelled ticket was cancelled at a time")
		if ticket.Status != domain.TicketCancelled {
			live++
			require.Equal(t, string(b.Status), string(ticket.Status), "tickets are booked or held as their booking is")
		}
	}
	isHeldOrBooked := b.Status == domain.BookingHeld || b.Status == domain.BookingBooked
	require.Equal(t, isHeldOrBooked, live > 0, "who has tickets is booked or held, and nobody else: %s", brief(b))
	require.Equal(t, b.Status == domain.BookingHeld || b.Status == domain.BookingExpired, !b.ExpiresAt.IsZero(),
		"only what is or was held too long has a time at which it expires")
	if b.Status == domain.BookingWaiting {
		require.Empty(t, b.Tickets, "who waits has no tickets")
	} else {
		require.Zero(t, b.Position+b.TicketsAhead, "only who waits has a position")
	}
}

// reader reads an event's journal page by page, and plays it back.
type reader struct {
	event   domain.EventID
	page    int
	cursor  ports.JournalCursor
	replica domain.Replica
}

// checkJournal reads on, and compares what was played back with what a store
// tells.
func (f *fixture) checkJournal(r *reader, e domain.Event, bookings []domain.Booking) {
	f.Helper()
	for {
		records, err := f.store.Journal(f.Context(), ports.JournalQuery{EventID: r.event, After: r.cursor, Limit: r.page})
		require.NoError(f, err, "Journal lists the records of an event that was kept")
		require.LessOrEqual(f, len(records), r.page, "a page has at most so many records")
		for _, record := range records {
			require.True(f, r.cursor.Before(record), "records come in order")
			require.Equal(f, r.event, record.EventID, "records are of their event")
			require.False(f, record.At.Before(r.replica.Event.UpdatedAt), "an event's time never runs backwards")
			require.NotEmpty(f, record.By, "a record tells who asked for it")
			checkNobody(f, record)
			require.NoError(f, r.replica.Apply(record), "records have versions without gaps, each with numbers from 1")
			r.cursor = ports.CursorOfRecord(record)
		}
		if len(records) < r.page {
			break
		}
	}
	e.ClockAhead, e.Promoting = 0, false
	same(f, e, r.replica.Event, "the journal tells the event as it is")
	require.Len(f, r.replica.Bookings, len(bookings), "the journal tells all bookings")
	for _, b := range bookings {
		same(f, ofNobody(b), r.replica.Booking(b.Sequence), "the journal tells the booking as it is, but for whose it is")
	}
}

func checkNobody(t tb, r domain.Record) {
	t.Helper()
	require.Zero(t, r.From, "a record tells nobody's user id")
	if r.Booking != nil {
		same(t, ofNobody(*r.Booking), *r.Booking, "a record tells nobody's identifier or user id")
	}
}

func ofNobody(b domain.Booking) domain.Booking {
	b = b.Clone()
	b.UserID, b.Identifier = domain.UserID{}, ""
	for i := range b.Tickets {
		b.Tickets[i].UserID = domain.UserID{}
	}
	return b
}
