package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestCancelTakesTheLastTicketsOfTheLatestBooking(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9)
	first, second := b.book("ada", 2), b.book("ada", 2)
	b.book("bob", 1)

	require.Equal(t, second.Tickets[1].ID, b.do(b.latestOf(" ADA ", 0)).Tickets[0].ID)
	b.refused(domain.ErrTooFewTickets, b.latestOf("ada", 4))
	var ids []domain.TicketID
	for _, ticket := range b.do(b.latestOf("ada", 2)).Tickets {
		require.Equal(t, domain.TicketCancelled, ticket.Status)
		ids = append(ids, ticket.ID)
	}
	require.Equal(t, []domain.TicketID{second.Tickets[0].ID, first.Tickets[1].ID}, ids)
	require.Equal(t, domain.BookingCancelled, b.now(second).Status)
	require.Equal(t, domain.BookingBooked, b.now(first).Status)
	b.do(b.latestOf("ada", 1))
	b.refused(domain.ErrTicketNotFound, b.latestOf("ada", 1))
	require.Equal(t, 8, b.event().AvailableTickets)
}

func TestCancelOfANamedTicket(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9)
	ada, bob := b.book("ada", 2), b.book("bob", 1)

	cancelled := b.do(b.ticket(ada.Tickets[0])).Tickets[0]
	require.Equal(t, ada.Tickets[0].ID, cancelled.ID)
	b.wait(time.Hour)
	require.Equal(t, cancelled, b.same(b.ticket(ada.Tickets[0])).Tickets[0], "again: the same answer")
	b.refused(domain.ErrTicketNotFound, b.ticket(bob.Tickets[0]))
	b.do(b.callOff())
	require.Equal(t, b.event().CancelledAt, b.same(b.ticket(ada.Tickets[1])).Tickets[0].CancelledAt)
	b.refused(domain.ErrEventCancelled, b.ticket(bob.Tickets[0]))
	b.refused(domain.ErrEventCancelled, b.latestOf("ada", 1))
}

func TestCancelInADraft(t *testing.T) {
	t.Parallel()
	b := newBoxOf(t, domain.CreateEvent{Settings: concert(5), Status: domain.EventDraft})
	b.refused(domain.ErrEventNotPublished, b.latestOf("ada", 1))
}

func TestCancelPromotesTheLine(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3)
	b.book("ada", 3)
	bob, cid, dan := b.book("bob", 2), b.book("cid", 1), b.book("dan", 1)
	b.do(b.latestOf("ada", 1))
	require.Equal(t, domain.BookingWaiting, b.now(bob).Status, "the head is promoted whole or not at all")
	require.Equal(t, domain.BookingWaiting, b.now(cid).Status, "and nobody passes it")
	b.do(b.latestOf("ada", 2))
	require.Equal(t, domain.BookingBooked, b.now(bob).Status)
	require.Equal(t, domain.BookingBooked, b.now(cid).Status)
	require.Equal(t, 1, b.now(dan).Position)
}

func TestCancelValidatesItsFields(t *testing.T) {
	t.Parallel()
	b := newBox(t, 1)
	ticket := b.book("ada", 1).Tickets[0]
	both := b.ticket(ticket)
	both.Quantity = 1
	requireInvalid(t, both.Validate(), "quantity")
	requireInvalid(t, b.latestOf("ada", 101).Validate(), "quantity")
	requireInvalid(t, b.latestOf("ada", -1).Validate(), "quantity")
	requireInvalid(t, b.latestOf("ada", 100).Validate(), "")
}
