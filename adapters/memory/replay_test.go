package memory

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// What the rows say after any commands is what the journal says when it is
// played back, and what looking at every booking says.
func TestRowsAreWhatTheJournalSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed)
			for range 1 + w.rand.IntN(40) {
				w.at = w.at.Add(time.Duration(w.rand.IntN(60)) * time.Second)
				w.update(t)
			}
			var all []domain.Booking
			for _, id := range w.events {
				all = append(all, w.check(t, id)...)
			}
			w.checkPeople(t, all)
			w.checkDue(t)
		})
	}
}

type world struct {
	rand   *rand.Rand
	store  *Store
	at     time.Time
	events []domain.EventID
	people []domain.Person
	owners map[domain.BookingID]domain.Booking // as they were recorded last
	tried  []domain.BookingID
	ticket []domain.TicketID
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		rand: rand.New(rand.NewPCG(seed, 0)), store: New(),
		at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), owners: make(map[domain.BookingID]domain.Booking),
	}
	for i := range 4 {
		p, err := domain.NewPerson(fmt.Sprintf("%0*d@example.com", 1+5*i, i))
		require.NoError(t, err)
		w.people = append(w.people, p)
	}
	for i := range 2 {
		settings := domain.Settings{Name: "Concert", TotalTickets: 1 + w.rand.IntN(12)}
		settings.ClaimSeconds = pick(w, []int{0, 60, 300})
		if settings.ClaimSeconds != 0 {
			settings.HoldSeconds = pick(w, []int{0, 30, 200})
		}
		if w.rand.IntN(2) == 0 {
			settings.MaxTicketsPerUser = domain.AtMost(6)
		}
		command := domain.CreateEvent{Settings: settings, Key: domain.NewIdempotencyKey("test", fmt.Sprint(i))}
		creation, err := command.Decide(domain.Stamp{At: w.at, NewID: uuid.New})
		require.NoError(t, err)
		_, err = w.store.Create(t.Context(), creation)
		require.NoError(t, err)
		w.events = append(w.events, creation.Event.ID)
	}
	return w
}

// update decides some commands in one transaction.
func (w *world) update(t *testing.T) {
	t.Helper()
	var commands []domain.Command
	for range 1 + w.rand.IntN(5) {
		commands = append(commands, w.command())
	}
	need := func(events []domain.Event) []domain.Need { return domain.NeedsOf(w.at, events, commands) }
	err := w.store.Update(t.Context(), w.events, need, func(batch *domain.Batch) error {
		for _, c := range commands {
			_, _ = batch.Decide(c, domain.Stamp{At: w.at, NewID: uuid.New}) // may be refused
		}
		for _, r := range batch.Records() {
			if r.Booking != nil {
				w.owners[r.Booking.ID] = *r.Booking
				w.tried = append(w.tried, r.Booking.ID)
				for _, ticket := range r.Booking.Tickets {
					w.ticket = append(w.ticket, ticket.ID)
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
}

func pick[T any](w *world, from []T) T { return from[w.rand.IntN(len(from))] }

func (w *world) command() domain.Command {
	event := pick(w, w.events)
	person := pick(w, w.people)
	booking := domain.BookingID{UUID: uuid.New()}
	if len(w.tried) > 0 {
		booking = pick(w, w.tried[max(0, len(w.tried)-20):])
		event = w.owners[booking].EventID
	}
	reference := pick(w, []string{"", "", "order 1", "order 2"})
	quantity := 1 + w.rand.IntN(4)
	var key domain.IdempotencyKey
	if w.rand.IntN(2) == 0 {
		key = domain.NewIdempotencyKey("test", uuid.NewString())
	}
	switch w.rand.IntN(30) {
	case 0, 1:
		return domain.CancelTickets{EventID: event, Person: person, Quantity: quantity, Key: key}
	case 2:
		c := domain.CancelTickets{EventID: event, Person: person}
		if len(w.ticket) > 0 {
			c.TicketID = pick(w, w.ticket)
		}
		return c
	case 3:
		return domain.GiveBack{EventID: event, BookingID: booking, Key: key}
	case 4:
		return domain.LeaveWaitlist{EventID: event, BookingID: booking}
	case 5, 6:
		return domain.Confirm{EventID: event, BookingID: booking, Key: key}
	case 7:
		return domain.Extend{EventID: event, BookingID: booking, Seconds: 100 * quantity, Key: key}
	case 8, 9, 10:
		return domain.Transfer{EventID: event, BookingID: booking, Person: person, Key: key}
	case 11, 12:
		return domain.ChangeBooking{EventID: event, BookingID: booking, Quantity: &quantity}
	case 13:
		return domain.ChangeBooking{EventID: event, BookingID: booking, Reference: &reference}
	case 14:
		total := 1 + w.rand.IntN(20)
		return domain.ChangeEvent{EventID: event, TotalTickets: &total}
	case 15:
		return domain.CatchUp{EventID: event}
	case 16:
		newID := domain.UserID{UUID: uuid.New()}
		return domain.ErasePerson{EventID: event, Person: person, NewUserID: newID, Force: w.rand.IntN(2) == 0}
	case 17:
		if w.rand.IntN(20) == 0 {
			return domain.CancelEvent{EventID: event}
		}
	}
	event = pick(w, w.events)
	return domain.Book{EventID: event, Person: person, Quantity: quantity, Reference: reference, Key: key}
}

// check compares an event with its journal, and returns its bookings.
func (w *world) check(t *testing.T, id domain.EventID) []domain.Booking {
	t.Helper()
	var replica domain.Replica
	query := ports.JournalQuery{EventID: id, Limit: 1 + w.rand.IntN(30)}
	for {
		records, err := w.store.Journal(t.Context(), query)
		require.NoError(t, err)
		for _, r := range records {
			require.NoError(t, replica.Apply(r))
			query.After = ports.CursorOfRecord(r)
		}
		if len(records) < query.Limit {
			break
		}
	}
	event, err := w.store.Event(t.Context(), id)
	require.NoError(t, err)
	same := event
	same.ClockAhead, same.Promoting = 0, false
	require.True(t, same.Equal(replica.Event), "%+v\n%+v", same, replica.Event)

	want := make([]domain.Booking, len(replica.Bookings))
	for i := range want {
		b := replica.Booking(int64(i + 1))
		last := w.owners[b.ID]
		b.UserID, b.Identifier = last.UserID, last.Identifier
		for j := range b.Tickets {
			b.Tickets[j].UserID = last.UserID
		}
		want[i] = b
		one, err := w.store.Booking(t.Context(), id, b.ID)
		require.NoError(t, err)
		require.Equal(t, b, one)
	}
	w.checkLists(t, id, want)
	w.checkLoads(t, id, event)
	return want
}

func (w *world) userIDs() []domain.UserID {
	ids := []domain.UserID{{UUID: uuid.New()}}
	for _, p := range w.people {
		ids = append(ids, p.UserID())
	}
	for _, b := range w.owners {
		ids = append(ids, b.UserID)
	}
	return ids
}

func (w *world) checkLists(t *testing.T, id domain.EventID, all []domain.Booking) {
	t.Helper()
	for _, user := range append(w.userIDs(), domain.UserID{}) {
		for _, status := range []domain.BookingStatus{"", "BOOKED", "HELD", "WAITING", "EXPIRED", "CANCELLED"} {
			for _, reference := range []string{"", "order 1"} {
				query := ports.BookingQuery{EventID: id, UserID: user, Status: status, Reference: reference, Limit: 3, AfterSequence: 2}
				found, err := w.store.Bookings(t.Context(), query)
				require.NoError(t, err)
				require.Equal(t, lookAtEach(all, query), found, "%+v", query)
			}
		}
	}
}

func lookAtEach(all []domain.Booking, query ports.BookingQuery) (found []domain.Booking) {
	for _, b := range all {
		if len(found) < query.Limit && b.Sequence > query.AfterSequence &&
			(query.UserID == domain.UserID{} || b.UserID == query.UserID) &&
			(query.Status == "" || b.Status == query.Status) &&
			(query.Reference == "" || b.Reference == query.Reference) {
			found = append(found, b)
		}
	}
	return found
}

// checkLoads compares what a decision is given with what looking at each row
// says.
func (w *world) checkLoads(t *testing.T, id domain.EventID, head domain.Event) {
	t.Helper()
	e := w.store.events[id]
	need := domain.Need{EventID: id, Claims: w.userIDs(), Latest: map[domain.UserID]int{}, Erase: w.userIDs(), Front: 3, Due: w.at, Holds: 3}
	want := domain.NewLoaded(need)
	var holding []domain.Booking
	users := make(map[domain.UserID]bool)
	for n := int32(1); n <= e.bookings.count; n++ {
		b := e.booking(n)
		users[b.UserID] = true
		live := slices.ContainsFunc(b.Tickets, func(t domain.Ticket) bool { return t.Status != domain.TicketCancelled })
		switch {
		case b.Status == domain.BookingWaiting:
			want.Claims[b.UserID] += b.Quantity
			want.Front = append(want.Front, b)
		case live:
			holding = append(holding, b)
		}
		for _, ticket := range b.Tickets {
			if ticket.Status != domain.TicketCancelled {
				want.Claims[b.UserID]++
			}
		}
		want.Erase[b.UserID] = append(want.Erase[b.UserID], b)
		if b.Status == domain.BookingHeld {
			want.Holds = append(want.Holds, domain.Hold{BookingID: b.ID, Sequence: b.Sequence, ExpiresAt: b.ExpiresAt})
			if !b.ExpiresAt.After(w.at) {
				want.Due = append(want.Due, b)
			}
		}
	}
	for u := range users {
		need.Latest[u], want.Latest[u] = 2, nil
		for _, b := range slices.Backward(holding) {
			if b.UserID == u && len(want.Latest[u]) < 2 {
				want.Latest[u] = append(want.Latest[u], b)
			}
		}
	}
	want.Front = want.Front[:min(3, len(want.Front))]
	slices.SortFunc(want.Holds, func(a, b domain.Hold) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
	})
	slices.SortFunc(want.Due, func(a, b domain.Booking) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
	})
	want.Holds = want.Holds[:min(3, len(want.Holds))]
	require.Equal(t, want, e.load(need))
	require.Equal(t, int(e.people.count), len(users)+spares(e), "of who has no bookings nothing is left")
	if head.Status != domain.EventCancelled && e.holds != nil {
		require.Equal(t, head.HeldTickets > 0, e.holds.Len() > 0)
	}
}

func spares(e *event) (count int) {
	for n := e.people.spare; n != 0; n = e.people.list.at(n).next {
		count++
	}
	return count
}

// checkPeople compares what people have, page by page.
func (w *world) checkPeople(t *testing.T, all []domain.Booking) {
	t.Helper()
	slices.SortFunc(all, func(a, b domain.Booking) int {
		return compareNewest(ports.CursorOfBooking(a), ports.CursorOfBooking(b))
	})
	for _, user := range w.userIDs() {
		var want, found []domain.Booking
		for _, b := range all {
			if b.UserID == user {
				want = append(want, b)
			}
		}
		query := ports.PersonQuery{UserID: user, Limit: 2}
		for {
			page, err := w.store.PersonBookings(t.Context(), query)
			require.NoError(t, err)
			found = append(found, page...)
			if len(page) < query.Limit {
				break
			}
			query.After = ports.CursorOfBooking(page[len(page)-1])
		}
		require.Equal(t, want, found)
	}
}

// checkDue compares with each event: all of this was long ago.
func (w *world) checkDue(t *testing.T) {
	t.Helper()
	var want []domain.Event
	for _, id := range w.events {
		e, err := w.store.Event(t.Context(), id)
		require.NoError(t, err)
		if !e.NextDueAt().IsZero() {
			want = append(want, e)
		}
	}
	slices.SortFunc(want, func(a, b domain.Event) int {
		return cmp.Or(a.NextDueAt().Compare(b.NextDueAt()), compareIDs(a.ID, b.ID))
	})
	due, next, err := w.store.Due(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, due, min(1, len(want)))
	if len(want) > 0 {
		require.Equal(t, want[0].ID, due[0])
	}
	if len(want) > 1 {
		require.Equal(t, want[1].NextDueAt(), next)
	} else {
		require.Zero(t, next)
	}
}
