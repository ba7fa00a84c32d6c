package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// soldOut is an event that so many wait for.
func soldOut(waiting int) domain.Event {
	return domain.Event{
		Settings: concert(200), Status: domain.EventPublished, UpdatedAt: start,
		Line: domain.Line{Waiting: waiting, WaitingTickets: waiting},
	}
}

// onSale is an event that nobody has booked.
func onSale(settings ...func(*domain.Settings)) domain.Event {
	return domain.Event{Settings: concert(200, settings...), Status: domain.EventPublished, AvailableTickets: 200, UpdatedAt: start}
}

// holding is an event with so many tickets held, the first until a minute from
// the start.
func holding(e domain.Event, tickets int) domain.Event {
	e.HeldTickets, e.NextReleaseAt = tickets, start.Add(time.Minute)
	return e
}

func TestPlainBookingsNeedNothing(t *testing.T) {
	t.Parallel()
	draft := onSale()
	draft.Status = domain.EventDraft
	for _, e := range []domain.Event{onSale(), onSale(held), soldOut(1000), draft, onSale(atMostWaiting(1)), holding(onSale(held), 9)} {
		book := domain.Book{Person: person(t, "ada"), Quantity: 5}
		require.Empty(t, domain.NeedsOf(start, []domain.Event{e}, []domain.Command{book, book}))
	}
}

func TestNeedAsksForWhatTheCommandsTake(t *testing.T) {
	t.Parallel()
	ada, bob := person(t, "ada"), person(t, "bob")
	ticket, booking := domain.TicketID{UUID: uuid.New()}, domain.BookingID{UUID: uuid.New()}
	bookings := []domain.BookingID{booking}
	people := func(people ...domain.Person) (ids []domain.UserID) {
		for _, p := range people {
			ids = append(ids, p.UserID())
		}
		return ids
	}
	book := func(p domain.Person) domain.Command { return domain.Book{Person: p} }
	total := func(n int) domain.Command { return domain.ChangeEvent{TotalTickets: new(n)} }
	limit := func(l domain.Limit) domain.Command { return domain.ChangeEvent{MaxTicketsPerUser: &l} }
	cancelled, idle, raising := soldOut(0), soldOut(1000), soldOut(1000)
	cancelled.Status = domain.EventCancelled
	idle.AvailableTickets, idle.PromotionEndAt = 5, start
	raising.WantedTickets = 210

	for name, test := range map[string]struct {
		event    domain.Event
		commands []domain.Command
		need     domain.Need
	}{
		"a limit per person": {
			onSale(atMostPerUser(2)), []domain.Command{book(ada), book(bob), book(ada)}, domain.Need{Claims: people(ada, bob)},
		},
		"a limit per person that comes in the same batch": {
			onSale(), []domain.Command{book(ada), limit(domain.AtMost(2))}, domain.Need{Claims: people(ada)},
		},
		"no limit per person that comes in the same batch": {
			onSale(), []domain.Command{book(ada), limit(domain.Limit{})}, domain.Need{},
		},
		"a transfer": {
			onSale(atMostPerUser(2)),
			[]domain.Command{domain.Transfer{BookingID: booking, Person: bob}},
			domain.Need{Bookings: bookings, Claims: people(bob)},
		},
		"cancellations of the latest tickets": {
			onSale(),
			[]domain.Command{domain.CancelTickets{Person: ada, Quantity: 3}, domain.CancelTickets{Person: bob}},
			domain.Need{Latest: map[domain.UserID]int{ada.UserID(): 4, bob.UserID(): 4}},
		},
		"a cancellation by id, which may be of the latest": {
			onSale(),
			[]domain.Command{domain.CancelTickets{Person: ada, TicketID: ticket}, domain.CancelTickets{Person: ada}},
			domain.Need{Tickets: []domain.TicketID{ticket}, Latest: map[domain.UserID]int{ada.UserID(): 2}},
		},
		"a cancellation while many wait": {
			soldOut(1000),
			[]domain.Command{domain.CancelTickets{Person: ada, TicketID: ticket}},
			domain.Need{Tickets: []domain.TicketID{ticket}, Front: 3},
		},
		"somebody who leaves": {
			soldOut(1000), []domain.Command{domain.LeaveWaitlist{BookingID: booking}}, domain.Need{Bookings: bookings, Front: 2},
		},
		"no more of the line than there is": {
			soldOut(1), []domain.Command{domain.GiveBack{BookingID: booking}}, domain.Need{Bookings: bookings, Front: 1},
		},
		"a confirmation": {
			holding(onSale(held), 9), []domain.Command{domain.Confirm{BookingID: booking}}, domain.Need{Bookings: bookings, Holds: 2},
		},
		"a larger capacity":             {soldOut(1000), []domain.Command{total(210)}, domain.Need{Front: 11}},
		"the larger of two capacities":  {soldOut(1000), []domain.Command{total(220), total(210)}, domain.Need{Front: 21}},
		"a step of a very large one":    {soldOut(1_000_000), []domain.Command{total(10_000_000)}, domain.Need{Front: domain.MostPromoted + 1}},
		"a larger one, no line":         {onSale(), []domain.Command{total(500)}, domain.Need{}},
		"a smaller one":                 {soldOut(1000), []domain.Command{total(99)}, domain.Need{Front: 1}},
		"a name":                        {soldOut(9), []domain.Command{domain.ChangeEvent{Name: new("Concert")}}, domain.Need{}},
		"the event's end":               {soldOut(9), []domain.Command{domain.CancelEvent{}}, domain.Need{}},
		"a cancelled event has no line": {cancelled, []domain.Command{total(5)}, domain.Need{}},
		"nobody is promoted any more":   {idle, []domain.Command{domain.LeaveWaitlist{BookingID: booking}}, domain.Need{Bookings: bookings}},
		"promotions that go on later":   {idle, []domain.Command{domain.ChangeEvent{PromotionEndAt: new(time.Time{})}}, domain.Need{Front: 6}},
		"a raise that goes on":          {raising, []domain.Command{domain.CatchUp{}}, domain.Need{Front: 11}},
		"somebody to erase":             {onSale(), []domain.Command{domain.ErasePerson{Person: ada}}, domain.Need{Erase: people(ada)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needs := domain.NeedsOf(start, []domain.Event{test.event}, test.commands)
			if test.need.EventID = test.event.ID; len(needs) == 0 {
				needs = []domain.Need{{}}
			}
			require.Equal(t, []domain.Need{test.need}, []domain.Need{asked(needs[0])})
		})
	}
}

// asked is what a need asks for, without what it was found by.
func asked(n domain.Need) domain.Need {
	return domain.Need{
		EventID: n.EventID, Keys: n.Keys, Claims: n.Claims, Latest: n.Latest, Tickets: n.Tickets,
		Bookings: n.Bookings, Erase: n.Erase, Front: n.Front, Due: n.Due, Holds: n.Holds,
	}
}

func TestNeedAsksForWhatIsDueByTheEventsOwnTime(t *testing.T) {
	t.Parallel()
	e := holding(soldOut(1000), 9)
	book := []domain.Command{domain.Book{Person: person(t, "ada")}}
	require.Empty(t, domain.NeedsOf(start.Add(time.Minute-1), []domain.Event{e}, book))
	due := start.Add(time.Minute)
	want := domain.Need{Due: due, Front: 10, Holds: domain.MostExpiries + 1}
	require.Equal(t, want, asked(domain.NeedsOf(due, []domain.Event{e}, book)[0]))
	e.ClockAhead = time.Minute
	require.Equal(t, want, asked(domain.NeedsOf(start, []domain.Event{e}, book)[0]))
	e.UpdatedAt = due.Add(time.Hour) // later than the clock says
	want.Due = e.UpdatedAt
	require.Equal(t, want, asked(domain.NeedsOf(start, []domain.Event{e}, book)[0]))
}

func TestNeedAsksForKeys(t *testing.T) {
	t.Parallel()
	book := domain.Book{Person: person(t, "ada"), Key: key("k")}
	cancel := domain.CancelEvent{Key: key("k")}
	needs := domain.NeedsOf(start, []domain.Event{onSale()}, []domain.Command{book, cancel})
	require.Len(t, needs[0].Keys, 2)
	require.NotEqual(t, needs[0].Keys[0], needs[0].Keys[1], "a key is another for another command")
	unknown := domain.EventID{UUID: uuid.New()}
	require.Empty(t, domain.NeedsOf(start, []domain.Event{onSale()}, []domain.Command{domain.CancelEvent{EventID: unknown, Key: key("k")}}))
}

func TestWhatWasNotLoadedSinksTheBatch(t *testing.T) {
	t.Parallel()
	e := soldOut(5)
	e.AvailableTickets = 1
	limited, due := onSale(atMostPerUser(1)), holding(onSale(held), 2)
	ada := person(t, "ada")
	for name, test := range map[string]struct {
		event   domain.Event
		command domain.Command
	}{
		"a key":         {onSale(), domain.Book{Person: ada, Key: key("k")}},
		"claims":        {limited, domain.Book{Person: ada}},
		"the latest":    {onSale(), domain.CancelTickets{Person: ada}},
		"a ticket":      {onSale(), domain.CancelTickets{Person: ada, TicketID: domain.TicketID{UUID: uuid.New()}}},
		"a booking":     {onSale(), domain.Confirm{BookingID: domain.BookingID{UUID: uuid.New()}}},
		"whom to erase": {onSale(), domain.ErasePerson{Person: ada}},
		"the front":     {e, domain.ChangeEvent{TotalTickets: new(300)}},
		"what is due":   {due, domain.Book{Person: ada}},
	} {
		batch := domain.NewBatch([]domain.Event{test.event})
		_, err := batch.Decide(test.command, stampAt(start.Add(time.Hour)))
		require.ErrorIs(t, err, domain.ErrNotLoaded, name)
		require.ErrorIs(t, batch.Err(), domain.ErrNotLoaded, name)
	}
}

func TestStampNeedsATimeAndIDs(t *testing.T) {
	t.Parallel()
	for _, stamp := range []domain.Stamp{{At: start}, {NewID: uuid.New}} {
		batch := domain.NewBatch([]domain.Event{onSale()})
		_, err := batch.Decide(domain.CatchUp{}, stamp)
		require.Error(t, err)
		require.Error(t, batch.Err())
	}
}

func TestNewLoadedHasAnEntryForAllThatIsAskedFor(t *testing.T) {
	t.Parallel()
	u := person(t, "ada").UserID()
	n := domain.Need{
		Keys: make([][32]byte, 1), Claims: []domain.UserID{u}, Latest: map[domain.UserID]int{u: 1},
		Tickets: make([]domain.TicketID, 1), Bookings: make([]domain.BookingID, 1), Erase: []domain.UserID{u},
	}
	l := domain.NewLoaded(n)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1},
		[]int{len(l.Keys), len(l.Claims), len(l.Latest), len(l.Tickets), len(l.Bookings), len(l.Erase)})
}
