package domain_test

import (
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// checkRules holds an event to the rules of the package's doc.
func checkRules(t *rapid.T, e *stored) {
	booked := 0
	for _, ticket := range e.tickets() {
		if ticket.OfEvent(e.head).Status == domain.TicketBooked {
			booked++
		}
	}
	line := e.line()
	require.Len(t, line, e.head.WaitingCount)
	if e.head.Status == domain.EventCancelled {
		require.Zero(t, booked, "rule 7: nothing is booked")
		require.Zero(t, e.head.AvailableTickets, "rule 7: nothing is free")
		require.Zero(t, e.head.WaitingCount, "rule 7: nobody waits")
		return
	}
	require.Equal(t, e.head.TotalTickets, booked+e.head.AvailableTickets, "rule 1: booked + available = total")
	require.GreaterOrEqual(t, e.head.AvailableTickets, 0, "rule 1: never oversold")
	for i, waiting := range line {
		require.Equal(t, i+1, waiting.Position, "rule 4: positions are 1..n")
		for _, other := range e.bookings {
			require.False(t, other.Sequence > waiting.Sequence && len(other.Tickets) > 0, "rule 2: somebody was passed")
		}
	}
	if len(line) > 0 {
		require.Greater(t, line[0].Quantity, e.head.AvailableTickets, "rule 3: the head fits")
	}
}

// checkPlaces returns the positions in the line now, none of them larger than
// before.
func checkPlaces(t *rapid.T, before map[domain.BookingID]int, e *stored) map[domain.BookingID]int {
	now := make(map[domain.BookingID]int)
	for _, b := range e.line() {
		now[b.ID] = b.Position
		if was, waited := before[b.ID]; waited {
			require.LessOrEqual(t, b.Position, was, "rule 4: a position grew")
		}
	}
	return now
}

// checkModel holds an event to its model: counts, bookings, line and tickets.
func checkModel(t *rapid.T, m *model, e *stored) {
	require.Equal(t, m.version, e.head.Version)
	require.Equal(t, m.name, e.head.Name)
	require.Equal(t, m.perUser, e.head.MaxTicketsPerUser)
	require.Equal(t, m.maxLine, e.head.MaxWaitlist)
	got := answer{
		Status: string(e.head.Status), Total: e.head.TotalTickets,
		Available: e.head.AvailableTickets, Waiting: e.head.WaitingCount,
	}
	require.Equal(t, m.asEvent(), got)
	var modelLine, line []int64
	for _, b := range m.line() {
		modelLine = append(modelLine, b.sequence)
	}
	for _, b := range e.line() {
		line = append(line, b.Sequence)
	}
	require.Equal(t, modelLine, line)

	require.Len(t, e.bookings, len(m.bookings))
	for i, b := range m.bookings {
		require.Equal(t, b.sequence, e.bookings[i].Sequence)
		require.Equal(t, person(t, b.user).UserID(), e.bookings[i].UserID)
		require.Equal(t, b.quantity, e.bookings[i].Quantity)
	}
	tickets := e.tickets()
	require.Len(t, tickets, len(m.tickets()))
	for i, ticket := range m.tickets() {
		require.Equal(t, ticket.sequence, tickets[i].Sequence)
		require.Equal(t, ticket.ordinal, tickets[i].Ordinal)
		require.Equal(t, ticket.cancelled, tickets[i].Status == domain.TicketCancelled)
		require.Equal(t, ticket.cancelled, !tickets[i].CancelledAt.IsZero())
	}
}

// checkFront holds each need's front to its bound: no more than there are free
// tickets and tickets that the commands can free, one for each that leaves, and
// the one that doesn't fit.
func (w *world) checkFront(t *rapid.T, commands []domain.Command) {
	var heads []domain.Event
	for _, e := range w.batched.events {
		heads = append(heads, e.head)
	}
	for _, need := range domain.NeedsOf(heads, commands) {
		head := w.batched.event(need.EventID).head
		freed, leaving, largest := 0, 0, head.TotalTickets
		for _, c := range commands {
			if c.Event() != head.ID {
				continue
			}
			switch c := c.(type) {
			case domain.CancelTicket:
				freed++
			case domain.LeaveWaitlist:
				leaving++
			case domain.ChangeEvent:
				if c.TotalTickets != nil {
					largest = max(largest, *c.TotalTickets)
				}
			}
		}
		freed += largest - head.TotalTickets
		require.LessOrEqual(t, need.Front, min(head.WaitingCount, head.AvailableTickets+freed+leaving+1))
	}
}

// checkJournal tells everything again from the events as they were created and
// their facts, and nothing else.
func (w *world) checkJournal(t *rapid.T) {
	told := newStore(w.created...)
	for _, f := range w.batched.facts {
		told.event(eventOf(f)).fold(f)
	}
	for i, e := range w.batched.events {
		told.events[i].head.UpdatedAt = e.head.UpdatedAt // no fact tells when a booking left
		requireSame(t, e, told.events[i])
	}
}

func requireSame(t *rapid.T, want, got *stored) {
	require.Equal(t, want.head, got.head)
	require.Equal(t, want.bookings, got.bookings)
	require.Equal(t, want.keys, got.keys)
}
