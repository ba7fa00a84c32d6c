package porttest

import (
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// move is a random command, before it is known which ids it names: the same
// moves can be made in several events, and in a [Model].
type move struct {
	kind     moveKind
	event    int
	person   domain.Person
	quantity int
	pick     int // which booking leaves or which ticket is cancelled, of those there are
	key      string
	change   domain.ChangeEvent

	// What was picked; a negative sequence is none that there is, 0 a person's latest.
	sequence int64
	ordinal  int
}

type moveKind string

const (
	bookMove        moveKind = "book"
	cancelMove      moveKind = "cancel"
	leaveMove       moveKind = "leave"
	changeMove      moveKind = "change"
	cancelEventMove moveKind = "cancel event"
)

// String tells the move in the log of a failure.
func (m move) String() string {
	switch m.kind {
	case bookMove:
		return fmt.Sprintf("event %d: %q books %d, key %q", m.event, m.person.Identifier(), m.quantity, m.key)
	case cancelMove:
		return fmt.Sprintf("event %d: %q cancels ticket %d.%d, key %q", m.event, m.person.Identifier(), m.sequence, m.ordinal, m.key)
	case leaveMove:
		return fmt.Sprintf("event %d: booking #%d leaves the line", m.event, m.sequence)
	case changeMove:
		c := m.change
		return fmt.Sprintf("event %d: change%s%s%s%s, publish %v, if version in %v", m.event, to("name", c.Name),
			to("capacity", c.TotalTickets), to("user limit", c.MaxTicketsPerUser), to("line limit", c.MaxWaitlist), c.Publish, c.IfVersions)
	default:
		return fmt.Sprintf("event %d: is cancelled", m.event)
	}
}

func to[V any](setting string, value *V) string {
	if value == nil {
		return ""
	}
	return fmt.Sprintf(", %s to %v", setting, *value)
}

// GoString keeps the log short of what is drawn before it's picked what it is
// about.
func (m move) GoString() string { return string(m.kind) }

// idempotencyKey is for what the move asks for.
func (m move) idempotencyKey() domain.IdempotencyKey {
	if m.key == "" {
		return domain.IdempotencyKey{}
	}
	return key(m.key, fmt.Sprintf("%s %v %d %d %d", m.kind, m.person.UserID(), m.quantity, m.sequence, m.ordinal))
}

// among picks what the move is about, of the bookings that there are before its
// batch.
func (m move) among(bookings []domain.Booking) move {
	switch m.kind {
	case cancelMove:
		var mine, others []domain.Ticket
		for _, b := range bookings {
			if b.UserID == m.person.UserID() {
				mine = append(mine, b.Tickets...)
			} else {
				others = append(others, b.Tickets...)
			}
		}
		named := slices.Concat([]domain.Ticket{{}}, mine, []domain.Ticket{{Sequence: -1}}, others[:min(2, len(others))])
		t := named[m.pick%len(named)]
		m.sequence, m.ordinal = t.Sequence, t.Ordinal
	case leaveMove:
		var line, others []int64
		for _, b := range bookings {
			if b.Status == domain.BookingWaiting {
				line = append(line, b.Sequence)
			} else {
				others = append(others, b.Sequence)
			}
		}
		named := slices.Concat(line, []int64{-1}, others[:min(2, len(others))])
		m.sequence = named[m.pick%len(named)]
	}
	return m
}

// in makes the move a command on an event with these bookings.
func (m move) in(event domain.EventID, bookings []domain.Booking) domain.Command {
	switch m.kind {
	case bookMove:
		return domain.Book{EventID: event, Person: m.person, Quantity: m.quantity, Key: m.idempotencyKey()}
	case cancelMove:
		c := domain.CancelTicket{EventID: event, Person: m.person, Key: m.idempotencyKey()}
		switch {
		case m.sequence > 0:
			c.TicketID = bookings[m.sequence-1].Tickets[m.ordinal-1].ID
		case m.sequence < 0:
			c.TicketID = domain.TicketID{UUID: newID()}
		}
		return c
	case leaveMove:
		c := domain.LeaveWaitlist{EventID: event, BookingID: domain.BookingID{UUID: newID()}}
		if m.sequence > 0 {
			c.BookingID = bookings[m.sequence-1].ID
		}
		return c
	case changeMove:
		c := m.change
		c.EventID = event
		return c
	default:
		return domain.CancelEvent{EventID: event}
	}
}

// on makes the move in a model.
func (m move) on(model *Model) Answer {
	switch m.kind {
	case bookMove:
		return model.Book(m.person, m.quantity, m.idempotencyKey())
	case cancelMove:
		return model.CancelTicket(m.person, m.sequence, m.ordinal, m.idempotencyKey())
	case leaveMove:
		return model.LeaveWaitlist(m.sequence)
	case changeMove:
		return model.ChangeEvent(m.change)
	default:
		return model.CancelEvent()
	}
}

// answerOf tells an answer of a store as a model does; bookings are those that
// there are after it.
func answerOf(a answer, bookings []domain.Booking) Answer {
	var refusal *domain.Error
	var repeat *domain.Repeat
	switch {
	case errors.As(a.Err, &refusal):
		return Answer{Refusal: refusal.Code}
	case errors.As(a.Err, &repeat):
		told := Answer{Repeat: true}
		for _, b := range bookings {
			if b.ID == repeat.BookingID {
				told.Sequence = b.Sequence
			}
			for _, t := range b.Tickets {
				if t.ID == repeat.TicketID {
					told.Ordinal = t.Ordinal
				}
			}
		}
		return told
	}
	return Answer{
		Sequence: a.Booking.Sequence + a.Ticket.Sequence, // one of them is 0
		Ordinal:  a.Ticket.Ordinal,
		Tickets:  len(a.Booking.Tickets),
		Position: a.Booking.Position,
		Version:  a.Event.Version,
	}
}

// Small events, which few bookings fill. What comes first or last in a list is
// drawn more often.
var (
	noLimit    domain.Limit
	userLimits = []domain.Limit{noLimit, noLimit, domain.AtMost(8), domain.AtMost(5), noLimit}
	lineLimits = []domain.Limit{noLimit, noLimit, noLimit, domain.AtMost(5), domain.AtMost(2), domain.AtMost(0), noLimit}
	capacities = []int{6, 4, 5, 3, 1, 2, 10, 14, 8}
	quantities = []int{1, 2, 3, 4, 5, 1}
	spellings  = []string{"ada", "bob", "cy", " ADA", "dan", "Bob "}
	keys       = []string{"", "", "", "", "k1", "k2", ""}

	often = []moveKind{
		bookMove, cancelMove, bookMove, leaveMove, changeMove, bookMove, cancelMove, leaveMove, bookMove, changeMove, bookMove,
	}
	moveKinds = slices.Concat(slices.Repeat(often, 5), []moveKind{cancelEventMove}, slices.Repeat(often, 5))

	settings = rapid.Custom(func(t *rapid.T) domain.NewEvent {
		statuses := append(slices.Repeat([]domain.EventStatus{domain.EventPublished}, 6), domain.EventDraft, domain.EventPublished)
		return domain.NewEvent{
			Name:              "Concert",
			TotalTickets:      rapid.SampledFrom(capacities).Draw(t, "totalTickets"),
			Status:            rapid.SampledFrom(statuses).Draw(t, "status"),
			MaxTicketsPerUser: rapid.SampledFrom(userLimits).Draw(t, "maxTicketsPerUser"),
			MaxWaitlist:       rapid.SampledFrom(lineLimits).Draw(t, "maxWaitlist"),
		}
	})
	moves = rapid.Custom(func(t *rapid.T) move {
		person, err := domain.NewPerson(rapid.SampledFrom(spellings).Draw(t, "person"))
		if err != nil {
			t.Fatal(err)
		}
		m := move{
			kind:     rapid.SampledFrom(moveKinds).Draw(t, "kind"),
			event:    rapid.IntRange(0, 1).Draw(t, "event"),
			person:   person,
			quantity: rapid.SampledFrom(quantities).Draw(t, "quantity"),
			pick:     rapid.IntRange(0, 30).Draw(t, "pick"),
			key:      rapid.SampledFrom(keys).Draw(t, "key"),
			change:   changes.Draw(t, "change"),
		}
		if m.key != "" {
			m.quantity = 1 // so that a key often comes with the same request
		}
		return m
	})
	changes = rapid.Custom(func(t *rapid.T) (c domain.ChangeEvent) {
		what := rapid.SampledFrom([]string{"capacity", "capacity and name", "limits", "capacity", "publish"}).Draw(t, "what")
		if what == "capacity" || what == "capacity and name" {
			c.TotalTickets = rapid.Ptr(rapid.SampledFrom(capacities), false).Draw(t, "totalTickets")
		}
		if what == "capacity and name" {
			c.Name = rapid.Ptr(rapid.SampledFrom([]string{"Concert", "Encore"}), false).Draw(t, "name")
		}
		if what == "limits" {
			c.MaxTicketsPerUser = rapid.Ptr(rapid.SampledFrom(userLimits), true).Draw(t, "maxTicketsPerUser")
			c.MaxWaitlist = rapid.Ptr(rapid.SampledFrom(lineLimits), true).Draw(t, "maxWaitlist")
		}
		c.Publish = what == "publish"
		c.IfVersions = rapid.SampledFrom([][]int64{nil, nil, {1, 3, 5, 7, 9, 11, 13, 15}, nil}).Draw(t, "ifVersions")
		return c
	})
)

// drawBatches draws batches of moves, so many batches on average.
func drawBatches(t *rapid.T, average int) [][]move {
	const half = 5 // of rapid's own: it draws so many more than the least, on average
	batch := rapid.SliceOfN(moves, 1, 12)
	return rapid.SliceOfN(batch, max(1, average-half), 2*average).Draw(t, "batches")
}
