package mysql_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// What the tables say after any commands is what the journal says, played back.
func TestTablesSayWhatTheJournalSays(t *testing.T) {
	t.Parallel()
	const histories, batches = 6, 60
	dsn := mysqltest.DSN(t)
	for history := range histories {
		t.Run(fmt.Sprint(history), func(t *testing.T) {
			t.Parallel()
			store := openStore(t, mysql.Config{DSN: dsn})
			h := newHistory(t, store, rand.New(rand.NewPCG(uint64(history), 7)))
			for range batches {
				h.batch()
				if h.random.IntN(15) == 0 {
					h.check()
				}
			}
			h.check()
		})
	}
}

// history makes random commands on two events.
type history struct {
	*testing.T
	store    ports.Store
	random   *rand.Rand
	events   []domain.Event
	people   []domain.Person
	bookings []domain.Booking
	now      time.Time
	keys     int
}

func newHistory(t *testing.T, store ports.Store, random *rand.Rand) *history {
	t.Helper()
	h := &history{T: t, store: store, random: random, now: ports.SystemClock{}.Now()}
	for range 2 {
		settings := domain.Settings{Name: "Concert", TotalTickets: 8}
		if random.IntN(2) == 0 {
			settings.HoldSeconds, settings.ClaimSeconds = 30, 60
		}
		h.events = append(h.events, newEventOf(t, store, domain.CreateEvent{Settings: settings}))
	}
	for range 5 {
		h.people = append(h.people, newPerson())
	}
	return h
}

func (h *history) person() domain.Person { return h.people[h.random.IntN(len(h.people))] }

func (h *history) key() domain.IdempotencyKey {
	if h.random.IntN(3) > 0 {
		return domain.IdempotencyKey{}
	}
	h.keys++
	return domain.NewIdempotencyKey("a caller", fmt.Sprint(h.random.IntN(h.keys)))
}

func (h *history) booking() (domain.EventID, domain.BookingID) {
	b := h.bookings[h.random.IntN(len(h.bookings))]
	return b.EventID, b.ID
}

func (h *history) batch() {
	h.now = h.now.Add(time.Duration(h.random.IntN(20)) * time.Second)
	commands := make([]domain.Command, 1+h.random.IntN(6))
	for i := range commands {
		commands[i] = h.command()
	}
	bookings, err := runAt(h.Context(), h.store, domain.Stamp{At: h.now, NewID: uuid.New}, commands...)
	var repeat *domain.Repeat
	if err != nil && !isRefusal(err) {
		require.ErrorAs(h, err, &repeat)
	}
	h.bookings = append(h.bookings, bookings...)
}

func (h *history) command() domain.Command {
	event := h.events[h.random.IntN(len(h.events))].ID
	kind := h.random.IntN(24)
	if kind < 8 || len(h.bookings) == 0 {
		reference := ""
		if h.random.IntN(4) == 0 {
			reference = fmt.Sprint("order ", h.random.IntN(5))
		}
		return domain.Book{
			EventID: event, Person: h.person(), Quantity: h.random.IntN(4), NoWait: h.random.IntN(6) == 0,
			Reference: reference, Key: h.key(), By: "shop",
		}
	}
	of, id := h.booking()
	switch kind {
	case 8, 9:
		return domain.CancelTickets{EventID: event, Person: h.person(), Quantity: h.random.IntN(3), Key: h.key()}
	case 10, 11:
		b, err := h.store.Booking(h.Context(), of, id)
		require.NoError(h, err)
		person, err := domain.NewPerson(b.Identifier)
		if err != nil || len(b.Tickets) == 0 {
			return domain.CatchUp{EventID: event}
		}
		return domain.CancelTickets{EventID: of, Person: person, TicketID: b.Tickets[h.random.IntN(len(b.Tickets))].ID, Key: h.key()}
	case 12:
		return domain.GiveBack{EventID: of, BookingID: id, Key: h.key(), By: domain.ByLink}
	case 13:
		return domain.LeaveWaitlist{EventID: of, BookingID: id}
	case 14, 15, 16:
		return domain.Confirm{EventID: of, BookingID: id, Key: h.key()}
	case 17:
		return domain.Extend{EventID: of, BookingID: id, Seconds: 1 + h.random.IntN(90), Key: h.key()}
	case 18:
		return domain.Transfer{EventID: of, BookingID: id, Person: h.person(), Key: h.key()}
	case 19:
		quantity := 1
		return domain.ChangeBooking{EventID: of, BookingID: id, Quantity: &quantity}
	case 20:
		reference := fmt.Sprint("order ", h.random.IntN(5))
		return domain.ChangeBooking{EventID: of, BookingID: id, Reference: &reference}
	case 21:
		total, description := 4+h.random.IntN(12), fmt.Sprint("It's a \"test\" \\ ", h.random.IntN(9))
		limit := domain.AtMost(20)
		return domain.ChangeEvent{EventID: event, TotalTickets: &total, Description: &description, MaxTicketsPerUser: &limit}
	case 22:
		if h.random.IntN(20) == 0 {
			return domain.CancelEvent{EventID: event, Key: h.key()}
		}
		return domain.CatchUp{EventID: event}
	default:
		return domain.ErasePerson{EventID: event, Person: h.person(), NewUserID: domain.UserID{UUID: uuid.New()}, Force: h.random.IntN(2) == 0}
	}
}

func (h *history) check() {
	for _, e := range h.events {
		var replica domain.Replica
		for _, r := range journalOf(h, h.store, e.ID) {
			require.NoError(h, replica.Apply(r))
		}
		event, err := h.store.Event(h.Context(), e.ID)
		require.NoError(h, err)
		replica.Event.ClockAhead, replica.Event.Promoting = event.ClockAhead, event.Promoting
		require.True(h, replica.Event.Equal(event), "%+v\n%+v", replica.Event, event)

		all := h.sameAsReplica(&replica, ports.BookingQuery{EventID: e.ID}, func(domain.Booking) bool { return true })
		for _, status := range []domain.BookingStatus{
			domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled,
		} {
			h.sameAsReplica(&replica, ports.BookingQuery{EventID: e.ID, Status: status}, func(b domain.Booking) bool { return b.Status == status })
		}
		h.sameAsReplica(&replica, ports.BookingQuery{EventID: e.ID, Reference: "order 1"}, func(b domain.Booking) bool { return b.Reference == "order 1" })
		h.checkPeople(e.ID, all)
	}
}

// sameAsReplica holds a list to those bookings of the replica that match, and
// returns it.
func (h *history) sameAsReplica(replica *domain.Replica, query ports.BookingQuery, match func(domain.Booking) bool) []domain.Booking {
	var want []domain.Booking
	for i := range replica.Bookings {
		if b := replica.Booking(int64(i) + 1); match(b) {
			want = append(want, b)
		}
	}
	query.Limit = 7
	found := bookingsOf(h, h.store, query)
	require.Len(h, found, len(want), "%+v", query)
	for i, b := range found {
		if query == (ports.BookingQuery{EventID: query.EventID, Limit: query.Limit}) {
			one, err := h.store.Booking(h.Context(), b.EventID, b.ID)
			require.NoError(h, err)
			require.Equal(h, one, b)
		}
		for _, ticket := range b.Tickets {
			require.Equal(h, b.UserID, ticket.UserID)
		}
		require.Equal(h, want[i], anonymous(b))
	}
	return found
}

func anonymous(b domain.Booking) domain.Booking {
	b = b.Clone()
	b.UserID, b.Identifier = domain.UserID{}, ""
	for i := range b.Tickets {
		b.Tickets[i].UserID = domain.UserID{}
	}
	return b
}

// checkPeople holds a list of one person's bookings to that of all.
func (h *history) checkPeople(event domain.EventID, all []domain.Booking) {
	for _, person := range h.people {
		var want []domain.Booking
		for _, b := range all {
			if b.UserID == person.UserID() {
				want = append(want, b)
			}
		}
		require.Equal(h, want, bookingsOf(h, h.store, ports.BookingQuery{EventID: event, UserID: person.UserID(), Limit: 3}))

		var theirs []domain.Booking
		query := ports.PersonQuery{UserID: person.UserID(), Limit: 3}
		for {
			page, err := h.store.PersonBookings(h.Context(), query)
			require.NoError(h, err)
			if len(page) == 0 {
				break
			}
			theirs = append(theirs, page...)
			query.After = ports.CursorOfBooking(page[len(page)-1])
		}
		require.True(h, slices.IsSortedFunc(theirs, func(a, b domain.Booking) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), bytes.Compare(b.ID.UUID[:], a.ID.UUID[:]))
		}))
		require.ElementsMatch(h, want, slices.DeleteFunc(theirs, func(b domain.Booking) bool { return b.EventID != event }))
	}
}
