package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var start = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func stampAt(at time.Time) domain.Stamp { return domain.Stamp{At: at, NewID: uuid.New} }

func concert(tickets int, settings ...func(*domain.Settings)) domain.Settings {
	s := domain.Settings{Name: "Concert 2025", TotalTickets: tickets}
	for _, set := range settings {
		set(&s)
	}
	return s
}

func atMostPerUser(most int) func(*domain.Settings) {
	return func(s *domain.Settings) { s.MaxTicketsPerUser = domain.AtMost(most) }
}

func atMostWaiting(most int) func(*domain.Settings) {
	return func(s *domain.Settings) { s.MaxWaitlist = domain.AtMost(most) }
}

func held(s *domain.Settings) { s.HoldSeconds, s.ClaimSeconds = 60, 90 }

func person(t require.TestingT, identifier string) domain.Person {
	p, err := domain.NewPerson(identifier)
	require.NoError(t, err)
	return p
}

func key(name string) domain.IdempotencyKey { return domain.NewIdempotencyKey("caller", name) }

// box is a store with one event, and what people do with it, a batch each.
type box struct {
	*store
	t  *testing.T
	id domain.EventID
	at time.Time // what the clock says
}

func newBox(t *testing.T, tickets int, settings ...func(*domain.Settings)) *box {
	t.Helper()
	return newBoxOf(t, domain.CreateEvent{Settings: concert(tickets, settings...)})
}

func newBoxOf(t *testing.T, c domain.CreateEvent) *box {
	t.Helper()
	creation, err := c.Decide(stampAt(start))
	require.NoError(t, err)
	s := newStore()
	event, err := s.Create(t.Context(), creation)
	require.NoError(t, err)
	return &box{s, t, event.ID, start}
}

// wait lets time go by.
func (b *box) wait(d time.Duration) { b.at = b.at.Add(d) }

// try decides commands in one batch.
func (b *box) try(commands ...domain.Command) (results []domain.Result, errs []error) {
	b.t.Helper()
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(b.at, events, commands) }
	err := b.Update(b.t.Context(), []domain.EventID{b.id}, need, func(batch *domain.Batch) error {
		for _, c := range commands {
			r, err := batch.Decide(c, stampAt(b.at))
			results, errs = append(results, r), append(errs, err)
		}
		return batch.Err()
	})
	require.NoError(b.t, err)
	return results, errs
}

// do decides a command that is to be accepted.
func (b *box) do(c domain.Command) domain.Result {
	b.t.Helper()
	results, errs := b.try(c)
	require.NoError(b.t, errs[0])
	return results[0]
}

// refused decides a command that is to be refused, and to change nothing.
func (b *box) refused(refusal error, c domain.Command) {
	b.t.Helper()
	before := b.event()
	results, errs := b.try(c)
	require.ErrorIs(b.t, errs[0], refusal)
	require.Zero(b.t, results[0])
	require.Equal(b.t, before, b.event(), "a refusal changes nothing")
}

// same decides a command that is to be accepted, and to change nothing.
func (b *box) same(c domain.Command) domain.Result {
	b.t.Helper()
	before := b.event()
	r := b.do(c)
	require.Equal(b.t, before, b.event(), "this changes nothing")
	return r
}

func (b *box) event() domain.Event {
	b.t.Helper()
	e, err := b.Event(b.t.Context(), b.id)
	require.NoError(b.t, err)
	return e
}

// now is a booking as it is now.
func (b *box) now(booking domain.Booking) domain.Booking {
	b.t.Helper()
	found, err := b.Booking(b.t.Context(), b.id, booking.ID)
	require.NoError(b.t, err)
	return found
}

func (b *box) journal() []domain.Record {
	b.t.Helper()
	records, err := b.Journal(b.t.Context(), ports.JournalQuery{EventID: b.id, Limit: 1000})
	require.NoError(b.t, err)
	return records
}

func (b *box) booking(identifier string, quantity int) domain.Book {
	b.t.Helper()
	return domain.Book{EventID: b.id, Person: person(b.t, identifier), Quantity: quantity}
}

func (b *box) book(identifier string, quantity int) domain.Booking {
	b.t.Helper()
	return b.do(b.booking(identifier, quantity)).Booking
}

func (b *box) latestOf(identifier string, quantity int) domain.CancelTickets {
	b.t.Helper()
	return domain.CancelTickets{EventID: b.id, Person: person(b.t, identifier), Quantity: quantity}
}

// ticket names one of what ada has, or says that she does.
func (b *box) ticket(ticket domain.Ticket) domain.CancelTickets {
	b.t.Helper()
	return domain.CancelTickets{EventID: b.id, Person: person(b.t, "ada"), TicketID: ticket.ID}
}

func (b *box) giveBack(of domain.Booking) domain.GiveBack {
	return domain.GiveBack{EventID: b.id, BookingID: of.ID}
}

func (b *box) leave(of domain.Booking) domain.LeaveWaitlist {
	return domain.LeaveWaitlist{EventID: b.id, BookingID: of.ID}
}

func (b *box) confirm(of domain.Booking) domain.Confirm {
	return domain.Confirm{EventID: b.id, BookingID: of.ID}
}

func (b *box) extend(of domain.Booking, seconds int) domain.Extend {
	return domain.Extend{EventID: b.id, BookingID: of.ID, Seconds: seconds}
}

func (b *box) transfer(of domain.Booking, identifier string) domain.Transfer {
	b.t.Helper()
	return domain.Transfer{EventID: b.id, BookingID: of.ID, Person: person(b.t, identifier)}
}

func (b *box) less(of domain.Booking, quantity int) domain.ChangeBooking {
	return domain.ChangeBooking{EventID: b.id, BookingID: of.ID, Quantity: &quantity}
}

func (b *box) resize(tickets int) domain.ChangeEvent {
	return domain.ChangeEvent{EventID: b.id, TotalTickets: &tickets}
}

func (b *box) callOff() domain.CancelEvent { return domain.CancelEvent{EventID: b.id} }

func (b *box) erase(identifier string, force bool) domain.ErasePerson {
	b.t.Helper()
	return domain.ErasePerson{EventID: b.id, Person: person(b.t, identifier), NewUserID: domain.UserID{UUID: uuid.New()}, Force: force}
}

// bookings are a booking of each status; the last one's event must not be
// cancelled.
func (b *box) ofEachStatus() map[domain.BookingStatus]domain.Booking {
	b.t.Helper()
	expired := b.book("expired", 1)
	b.wait(time.Minute)
	cancelled := b.book("cancelled", 1)
	b.do(b.giveBack(cancelled))
	booked := b.book("booked", 1)
	b.do(b.confirm(booked))
	held := b.book("held", b.event().AvailableTickets)
	return map[domain.BookingStatus]domain.Booking{
		domain.BookingExpired: expired, domain.BookingCancelled: cancelled, domain.BookingBooked: booked,
		domain.BookingHeld: held, domain.BookingWaiting: b.book("waiting", 1),
	}
}

// refusals decides a command about a booking of each status, in turn, each of
// which changes nothing if it isn't named in want; and about none, and one of a
// cancelled event.
func refusals(t *testing.T, command func(b *box, of domain.Booking) domain.Command, ofCancelledEvent error, want map[domain.BookingStatus]error) {
	t.Helper()
	for _, status := range []domain.BookingStatus{
		domain.BookingExpired, domain.BookingCancelled, domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting,
	} {
		b := newBox(t, 5, held)
		of := b.ofEachStatus()[status]
		require.Equal(t, status, b.now(of).Status)
		switch refusal, known := want[status]; {
		case refusal != nil:
			b.refused(refusal, command(b, of))
		case !known:
			b.same(command(b, of))
		default:
			b.do(command(b, of))
		}
		b.refused(domain.ErrBookingNotFound, command(b, domain.Booking{ID: domain.BookingID{UUID: uuid.New()}}))
		b.do(b.callOff())
		if ofCancelledEvent != nil {
			b.refused(ofCancelledEvent, command(b, of))
		} else {
			b.same(command(b, of))
		}
		b.refused(domain.ErrBookingNotFound, command(b, domain.Booking{ID: domain.BookingID{UUID: uuid.New()}}))
	}
}

// requireInvalid wants err to name these fields, and no error if there are none.
func requireInvalid(t *testing.T, err error, fields ...string) {
	t.Helper()
	if len(fields) == 0 || fields[0] == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, domain.ErrValidation)
	var invalid *domain.Error
	require.ErrorAs(t, err, &invalid)
	var named []string
	for _, f := range invalid.Fields {
		require.NotEmpty(t, f.Message)
		named = append(named, f.Field)
	}
	require.Equal(t, fields, named)
}
