package domain_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// everybody lists the spellings of each person's identifier.
var everybody = [][]string{
	{"ada", "ADA", " Ada "},
	{"Straße", "STRASSE"},
	{"Zoë", "Zoe\u0308"},
	{"bob"},
}

// world runs the same commands in batches, one by one, and on the models.
type world struct {
	created  []domain.Event
	batched  *store
	oneByOne *store
	models   []*model
	places   []map[domain.BookingID]int // by event, in the line as it was last seen
}

// step is a command, and what the models do at it.
type step struct {
	command domain.Command
	inModel func() answer
}

func TestAnyCommandsInAnyBatchesKeepTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for range rapid.IntRange(1, 15).Draw(t, "batches") {
			w.batch(t)
		}
		w.checkJournal(t)
	})
}

func drawWorld(t *rapid.T) *world {
	w := &world{places: make([]map[domain.BookingID]int, 2)}
	for i := range 2 {
		e := domain.NewEvent{
			Name:              "Concert 2025",
			TotalTickets:      rapid.IntRange(1, 8).Draw(t, "totalTickets"),
			Status:            rapid.SampledFrom([]domain.EventStatus{"", "", "", domain.EventDraft}).Draw(t, "status"),
			MaxTicketsPerUser: drawLimit(t, "maxTicketsPerUser", 1),
			MaxWaitlist:       drawLimit(t, "maxWaitlist", 0),
		}
		require.NoError(t, e.Validate())
		event := e.Event(domain.EventID{UUID: testID(-1, i)}, start)
		w.created = append(w.created, event)
		w.models = append(w.models, newModel(event))
	}
	w.batched, w.oneByOne = newStore(w.created...), newStore(w.created...)
	return w
}

// drawLimit is no limit in three cases of four, and 6 at the most.
func drawLimit(t *rapid.T, name string, least int) domain.Limit {
	if rapid.IntRange(0, 3).Draw(t, name+"?") > 0 {
		return domain.Limit{}
	}
	return domain.AtMost(rapid.IntRange(least, 6).Draw(t, name))
}

// batch runs some commands, and checks all that can be known then.
func (w *world) batch(t *rapid.T) {
	var commands []domain.Command
	var steps []step
	for range rapid.IntRange(1, 10).Draw(t, "commands") {
		s := w.drawStep(t)
		commands, steps = append(commands, s.command), append(steps, s)
	}
	w.checkFront(t, commands)

	outcomes := w.batched.run(t, commands...)
	for i, s := range steps {
		require.Equal(t, s.inModel(), w.answer(s.command, outcomes[i]), "%T", s.command)
		require.Equal(t, outcomes[i:i+1], w.oneByOne.run(t, s.command), "a batch answers otherwise than one by one")
	}
	require.Equal(t, w.oneByOne.facts, w.batched.facts, "a batch does otherwise than one by one")
	for i, e := range w.batched.events {
		requireSame(t, w.oneByOne.events[i], e)
		checkModel(t, w.models[i], e)
		checkRules(t, e)
		w.places[i] = checkPlaces(t, w.places[i], e)
	}
}

func (w *world) drawStep(t *rapid.T) step {
	i := rapid.IntRange(0, 1).Draw(t, "event")
	m, e := w.models[i], w.batched.events[i]
	draw := rapid.SampledFrom([]func(*rapid.T, *model, *stored) step{
		drawBook, drawBook, drawBook, drawBook, drawCancelLatest, drawCancelLatest, drawCancelByID, drawCancelByID,
		drawLeave, drawLeave, drawChange, drawChange, drawCancelEvent,
	}).Draw(t, "command")
	return draw(t, m, e)
}

func drawBook(t *rapid.T, m *model, e *stored) step {
	user, p := drawPerson(t)
	quantity := rapid.IntRange(1, 5).Draw(t, "quantity")
	name, request := drawKey(t), fmt.Sprint("book", user, quantity)
	return step{
		domain.Book{EventID: e.head.ID, Person: p, Quantity: quantity, Key: keyOf(name, request)},
		func() answer { return m.once(name, request, func() answer { return m.book(user, quantity) }) },
	}
}

func drawCancelLatest(t *rapid.T, m *model, e *stored) step {
	user, p := drawPerson(t)
	name, request := drawKey(t), fmt.Sprint("cancel", user)
	return step{
		domain.CancelTicket{EventID: e.head.ID, Person: p, Key: keyOf(name, request)},
		func() answer { return m.once(name, request, func() answer { return m.cancelLatest(user) }) },
	}
}

// drawCancelByID names any ticket of the event, mostly their own, or none.
func drawCancelByID(t *rapid.T, m *model, e *stored) step {
	user, p := drawPerson(t)
	ticket, id := (*modelTicket)(nil), domain.TicketID{UUID: testID(-2, 0)}
	if tickets := m.tickets(); len(tickets) > 0 {
		i := rapid.IntRange(-1, len(tickets)-1).Draw(t, "ticket")
		if i >= 0 {
			ticket, id = tickets[i], e.tickets()[i].ID
			if rapid.IntRange(0, 3).Draw(t, "own") > 0 {
				user = ticket.user
				p = person(t, user)
			}
		}
	}
	name, request := drawKey(t), fmt.Sprint("cancel", user, id)
	return step{
		domain.CancelTicket{EventID: e.head.ID, Person: p, TicketID: id, Key: keyOf(name, request)},
		func() answer { return m.once(name, request, func() answer { return m.cancel(user, ticket) }) },
	}
}

// drawLeave names any booking of the event, or none.
func drawLeave(t *rapid.T, m *model, e *stored) step {
	booking, id := (*modelBooking)(nil), domain.BookingID{UUID: testID(-2, 0)}
	if i := rapid.IntRange(-1, len(m.bookings)-1).Draw(t, "booking"); i >= 0 {
		booking, id = m.bookings[i], e.bookings[i].ID
	}
	return step{
		domain.LeaveWaitlist{EventID: e.head.ID, BookingID: id},
		func() answer { return m.leave(booking) },
	}
}

func drawChange(t *rapid.T, m *model, e *stored) step {
	c := domain.ChangeEvent{EventID: e.head.ID, Publish: rapid.Bool().Draw(t, "publish")}
	maybe := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name+"?") == 0 }
	if maybe("name") {
		c.Name = new(rapid.SampledFrom([]string{"Concert 2025", "Concert 2026"}).Draw(t, "name"))
	}
	if !maybe("same totalTickets") {
		c.TotalTickets = new(rapid.IntRange(1, 12).Draw(t, "totalTickets"))
	}
	if maybe("maxTicketsPerUser") {
		c.MaxTicketsPerUser = new(drawLimit(t, "maxTicketsPerUser", 1))
	}
	if maybe("maxWaitlist") {
		c.MaxWaitlist = new(drawLimit(t, "maxWaitlist", 0))
	}
	if maybe("ifVersions") {
		c.IfVersions = []int64{1, e.head.Version}
	}
	return step{c, func() answer { return m.change(c) }}
}

// drawCancelEvent is rare, since not much happens after it.
func drawCancelEvent(t *rapid.T, m *model, e *stored) step {
	if rapid.IntRange(0, 4).Draw(t, "cancel the event") > 0 {
		return drawBook(t, m, e)
	}
	return step{domain.CancelEvent{EventID: e.head.ID}, m.cancelEvent}
}

// drawPerson returns who it is, under their first spelling, in some spelling.
func drawPerson(t *rapid.T) (string, domain.Person) {
	spellings := rapid.SampledFrom(everybody).Draw(t, "person")
	return spellings[0], person(t, rapid.SampledFrom(spellings).Draw(t, "spelling"))
}

// drawKey is no key in four cases of seven.
func drawKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", "", "k1", "k2", "k3"}).Draw(t, "key")
}

func keyOf(name, request string) domain.IdempotencyKey {
	if name == "" {
		return domain.IdempotencyKey{}
	}
	return key(name, request)
}

// answer is an outcome in the model's words.
func (w *world) answer(c domain.Command, o outcome) answer {
	var refusal *domain.Error
	var repeat *domain.Repeat
	switch {
	case errors.As(o.err, &refusal):
		return refused(refusal.Code)
	case errors.As(o.err, &repeat):
		a := answer{Repeated: true}
		b := w.batched.event(c.Event()).booking(repeat.BookingID)
		a.Sequence = b.Sequence
		for _, t := range b.Tickets {
			if t.ID == repeat.TicketID {
				a.Ordinal = t.Ordinal
			}
		}
		return a
	}
	switch v := o.value.(type) {
	case domain.Booking:
		return answer{Sequence: v.Sequence, Status: string(v.Status), Position: v.Position, Tickets: len(v.Tickets)}
	case domain.Ticket:
		return answer{Sequence: v.Sequence, Ordinal: v.Ordinal, Status: string(v.Status)}
	case domain.Event:
		return answer{Status: string(v.Status), Total: v.TotalTickets, Available: v.AvailableTickets, Waiting: v.WaitingCount}
	}
	return answer{}
}
