package domain_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// soldOut is an event that so many wait for.
func soldOut(waiting int) domain.Event {
	e := newEvent(200)
	e.AvailableTickets, e.WaitingCount = 0, waiting
	return e
}

func TestPlainBookingsNeedNothing(t *testing.T) {
	t.Parallel()
	for _, e := range []domain.Event{newEvent(5), soldOut(1000), newEvent(5, draft), newEvent(5, atMostWaiting(1))} {
		book := domain.Book{EventID: e.ID, Person: person(t, "ada"), Quantity: 5}
		require.Empty(t, domain.NeedsOf([]domain.Event{e}, []domain.Command{book, book}))
	}
}

func TestNeedAsksForExactlyWhatTheCommandsTake(t *testing.T) {
	t.Parallel()
	ada, bob := person(t, "ada"), person(t, "bob")
	ticket, booking := domain.TicketID{UUID: testID(-2, 1)}, domain.BookingID{UUID: testID(-2, 2)}
	k := key("k", "r")
	keys := [][sha256.Size]byte{k.Key}
	book := func(p domain.Person) domain.Command { return domain.Book{Person: p, Quantity: 1} }
	total := func(n int) domain.Command { return domain.ChangeEvent{TotalTickets: new(n)} }
	limit := func(l domain.Limit) domain.Command { return domain.ChangeEvent{MaxTicketsPerUser: &l} }
	cancelled := soldOut(0)
	cancelled.Status = domain.EventCancelled

	tests := map[string]struct {
		event    domain.Event
		commands []domain.Command
		need     domain.Need
	}{
		"a key": {
			newEvent(5),
			[]domain.Command{domain.Book{Person: ada, Quantity: 1, Key: k}},
			domain.Need{Keys: keys},
		},
		"a limit per person": {
			newEvent(5, atMostPerUser(2)),
			[]domain.Command{book(ada), book(bob), book(ada)},
			domain.Need{Holdings: []domain.UserID{ada.UserID(), bob.UserID()}},
		},
		"a limit per person that comes in the same batch": {
			newEvent(5),
			[]domain.Command{book(ada), limit(domain.AtMost(2))},
			domain.Need{Holdings: []domain.UserID{ada.UserID()}},
		},
		"no limit per person that comes in the same batch": {
			newEvent(5),
			[]domain.Command{book(ada), limit(domain.Limit{})},
			domain.Need{},
		},
		"cancels of the latest tickets": {
			newEvent(5),
			[]domain.Command{domain.CancelTicket{Person: ada}, domain.CancelTicket{Person: ada}, domain.CancelTicket{Person: bob, Key: k}},
			domain.Need{Keys: keys, Latest: map[domain.UserID]int{ada.UserID(): 2, bob.UserID(): 1}},
		},
		"a cancel by id": {
			newEvent(5),
			[]domain.Command{domain.CancelTicket{Person: ada, TicketID: ticket}, domain.CancelTicket{Person: bob}},
			domain.Need{Tickets: []domain.TicketID{ticket}, Latest: map[domain.UserID]int{bob.UserID(): 1}},
		},
		"a cancel by id, which may be one of the latest": {
			newEvent(5),
			[]domain.Command{domain.CancelTicket{Person: ada, TicketID: ticket}, domain.CancelTicket{Person: ada}},
			domain.Need{Tickets: []domain.TicketID{ticket}, Latest: map[domain.UserID]int{ada.UserID(): 2}},
		},
		"a cancel while many wait": {
			soldOut(1000),
			[]domain.Command{domain.CancelTicket{Person: ada}},
			domain.Need{Latest: map[domain.UserID]int{ada.UserID(): 1}, Front: 2},
		},
		"somebody who leaves": {
			soldOut(1000),
			[]domain.Command{domain.LeaveWaitlist{BookingID: booking}},
			domain.Need{Bookings: []domain.BookingID{booking}, Front: 2},
		},
		"no more of the line than there is": {
			soldOut(1),
			[]domain.Command{domain.LeaveWaitlist{BookingID: booking}},
			domain.Need{Bookings: []domain.BookingID{booking}, Front: 1},
		},
		"a larger capacity": {
			soldOut(1000),
			[]domain.Command{total(210)},
			domain.Need{Front: 11},
		},
		"the larger of two capacities": {
			soldOut(1000),
			[]domain.Command{total(220), total(210)},
			domain.Need{Front: 21},
		},
		"a step of a much larger capacity": {
			soldOut(1_000_000),
			[]domain.Command{total(10_000_000)},
			domain.Need{Front: domain.PromotionStep + domain.MaxQuantity},
		},
		"a capacity that somebody may wait for more than": {
			soldOut(1000),
			[]domain.Command{total(99)},
			domain.Need{Front: 1, Quantities: true},
		},
		"a larger capacity that nobody waits for": {newEvent(5), []domain.Command{total(50)}, domain.Need{}},
		"a name":                        {soldOut(9), []domain.Command{domain.ChangeEvent{Name: new("Concert")}}, domain.Need{}},
		"the event's end":               {soldOut(9), []domain.Command{domain.CancelEvent{}}, domain.Need{}},
		"a cancelled event has no line": {cancelled, []domain.Command{total(5)}, domain.Need{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, c := range test.commands {
				test.commands[i] = onEvent(c, test.event.ID)
			}
			needs := domain.NeedsOf([]domain.Event{test.event}, test.commands)
			require.LessOrEqual(t, len(needs), 1)
			for _, n := range needs {
				require.Equal(t, test.event.ID, n.EventID)
				got := domain.Need{
					Keys: n.Keys, Holdings: n.Holdings, Latest: n.Latest, Tickets: n.Tickets,
					Bookings: n.Bookings, Front: n.Front, Quantities: n.Quantities,
				}
				require.Equal(t, test.need, got)
				return
			}
			require.Equal(t, domain.Need{}, test.need, "nothing was asked for")
		})
	}
}

func onEvent(c domain.Command, id domain.EventID) domain.Command {
	switch c := c.(type) {
	case domain.Book:
		c.EventID = id
		return c
	case domain.CancelTicket:
		c.EventID = id
		return c
	case domain.LeaveWaitlist:
		c.EventID = id
		return c
	case domain.ChangeEvent:
		c.EventID = id
		return c
	case domain.CancelEvent:
		c.EventID = id
		return c
	}
	panic("an unknown command")
}

func TestNeedIsAskedForTheEventsThatHaveOne(t *testing.T) {
	t.Parallel()
	plain, limited, unknown := newEvent(1), newEvent(2, atMostPerUser(1)), newEvent(3)
	var commands []domain.Command
	for _, e := range []domain.Event{unknown, limited, plain} {
		commands = append(commands, domain.Book{EventID: e.ID, Person: person(t, "ada"), Quantity: 1},
			domain.ChangeEvent{EventID: e.ID, TotalTickets: new(9)})
	}
	needs := domain.NeedsOf([]domain.Event{plain, limited}, commands)
	require.Len(t, needs, 1)
	require.Equal(t, limited.ID, needs[0].EventID)
}

func TestLoadedTellsWhatIsNotThereFromWhatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	k, ada := key("k", "r").Key, person(t, "ada").UserID()
	l := domain.NewLoaded(domain.Need{
		Keys: [][sha256.Size]byte{k}, Holdings: []domain.UserID{ada}, Latest: map[domain.UserID]int{ada: 2},
		Tickets: []domain.TicketID{{}}, Bookings: []domain.BookingID{{}},
	})
	require.Contains(t, l.Keys, k)
	require.Contains(t, l.Holdings, ada)
	require.Contains(t, l.Latest, ada)
	require.Contains(t, l.Tickets, domain.TicketID{})
	require.Contains(t, l.Bookings, domain.BookingID{})
	require.Empty(t, l.Front)
	require.NotNil(t, l.Quantities)
}

func TestWhatWasNotLoadedSinksTheBatch(t *testing.T) {
	t.Parallel()
	ada := person(t, "ada")
	full, free := soldOut(9), soldOut(9)
	free.AvailableTickets = free.TotalTickets
	none := func() *domain.Loaded { return &domain.Loaded{} }
	withoutFront := func() *domain.Loaded {
		return &domain.Loaded{
			Latest:   map[domain.UserID][]domain.Ticket{ada.UserID(): {{UserID: ada.UserID(), Status: domain.TicketBooked}}},
			Bookings: map[domain.BookingID]*domain.Booking{{}: {Status: domain.BookingWaiting}},
		}
	}
	tests := map[string]struct {
		event   domain.Event
		loaded  func() *domain.Loaded
		command domain.Command
	}{
		"a key":                         {newEvent(5), none, domain.Book{Person: ada, Quantity: 1, Key: key("k", "r")}},
		"a key of a cancel":             {newEvent(5), none, domain.CancelTicket{Person: ada, Key: key("k", "r")}},
		"a person's holdings":           {newEvent(5, atMostPerUser(1)), none, domain.Book{Person: ada, Quantity: 1}},
		"a person's latest tickets":     {newEvent(5), none, domain.CancelTicket{Person: ada}},
		"a ticket":                      {newEvent(5), none, domain.CancelTicket{Person: ada, TicketID: domain.TicketID{UUID: testID(1, 1)}}},
		"a booking":                     {newEvent(5), none, domain.LeaveWaitlist{}},
		"the waiting quantities":        {free, none, domain.ChangeEvent{TotalTickets: new(99)}},
		"the front, after a raise":      {full, none, domain.ChangeEvent{TotalTickets: new(201)}},
		"the front, after a cancel":     {full, withoutFront, domain.CancelTicket{Person: ada}},
		"the front, when a head leaves": {free, withoutFront, domain.LeaveWaitlist{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := domain.NewBatch([]domain.Event{test.event})
			batch.Load(domain.Need{EventID: test.event.ID}, test.loaded())
			require.NoError(t, batch.Err())
			o := apply(batch, onEvent(test.command, test.event.ID), stamp(0))
			require.ErrorIs(t, o.err, domain.ErrNotLoaded)
			require.ErrorIs(t, batch.Err(), domain.ErrNotLoaded)
		})
	}
}

// Else who joins in the batch would pass those of the line that weren't loaded.
func TestFrontThatIsTooShortIsNotTakenForTheWholeLine(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	b.book("bob", 1)
	b.book("cid", 1)
	cancel := b.latestOf("ada")
	heads := []domain.Event{b.head}
	need := domain.NeedsOf(heads, []domain.Command{cancel, cancel})[0]
	loaded := b.load(need)
	loaded.Front = loaded.Front[:1]

	batch := domain.NewBatch(heads)
	batch.Load(need, loaded)
	require.NoError(t, apply(batch, b.booking("dan", 1), stamp(0)).err)
	require.NoError(t, apply(batch, cancel, stamp(1)).err)
	require.ErrorIs(t, apply(batch, cancel, stamp(2)).err, domain.ErrNotLoaded)
}
