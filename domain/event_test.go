package domain_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestNewEventValidateNamesTheBadField(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set   func(*domain.NewEvent)
		field string // that is refused; empty is none
	}{
		"nothing wrong":          {func(*domain.NewEvent) {}, ""},
		"name of 2":              {func(n *domain.NewEvent) { n.Name = "ab" }, "name"},
		"name of 3":              {func(n *domain.NewEvent) { n.Name = "äöü" }, ""},
		"name of 100":            {func(n *domain.NewEvent) { n.Name = strings.Repeat("ü", 100) }, ""},
		"name of 101":            {func(n *domain.NewEvent) { n.Name = strings.Repeat("u", 101) }, "name"},
		"name not UTF-8":         {func(n *domain.NewEvent) { n.Name = "abc\xff" }, "name"},
		"name blank":             {func(n *domain.NewEvent) { n.Name = "    " }, "name"},
		"name with a line break": {func(n *domain.NewEvent) { n.Name = "ab\ncd" }, "name"},
		"no tickets":             {func(n *domain.NewEvent) { n.TotalTickets = 0 }, "totalTickets"},
		"fewer than none":        {func(n *domain.NewEvent) { n.TotalTickets = math.MinInt }, "totalTickets"},
		"most tickets":           {func(n *domain.NewEvent) { n.TotalTickets = 10_000_000 }, ""},
		"too many tickets":       {func(n *domain.NewEvent) { n.TotalTickets = 10_000_001 }, "totalTickets"},
		"draft":                  {draft, ""},
		"published":              {func(n *domain.NewEvent) { n.Status = domain.EventPublished }, ""},
		"cancelled at once":      {func(n *domain.NewEvent) { n.Status = domain.EventCancelled }, "status"},
		"unknown status":         {func(n *domain.NewEvent) { n.Status = "draft" }, "status"},
		"one ticket a person":    {atMostPerUser(1), ""},
		"no ticket a person":     {atMostPerUser(0), "maxTicketsPerUser"},
		"no line":                {atMostWaiting(0), ""},
		"a line below none":      {atMostWaiting(-1), "maxWaitlist"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := domain.NewEvent{Name: "Concert", TotalTickets: 1}
			test.set(&n)
			requireInvalid(t, n.Validate(), test.field)
		})
	}
}

func TestNewEventValidateNamesAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	err := domain.NewEvent{
		Status:            domain.EventCancelled,
		MaxTicketsPerUser: domain.AtMost(0),
		MaxWaitlist:       domain.AtMost(-1),
	}.Validate()
	requireInvalid(t, err, "name", "totalTickets", "status", "maxTicketsPerUser", "maxWaitlist")
}

func TestNewEventIsPublishedUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	e := newEvent(3, atMostPerUser(2), atMostWaiting(0))
	require.Equal(t, domain.Event{
		ID: e.ID, Name: "Concert 2025", Status: domain.EventPublished,
		TotalTickets: 3, AvailableTickets: 3,
		MaxTicketsPerUser: domain.AtMost(2), MaxWaitlist: domain.AtMost(0),
		Version: 1, CreatedAt: start, UpdatedAt: start,
	}, e)
	require.Equal(t, domain.EventDraft, newEvent(3, draft).Status)
}

func TestLimitOfZeroIsALimitAndTheZeroLimitIsNone(t *testing.T) {
	t.Parallel()
	most, limited := domain.AtMost(0).Max()
	require.True(t, limited)
	require.Zero(t, most)
	_, limited = domain.Limit{}.Max()
	require.False(t, limited)
}

func TestCancelEventCancelsEverythingForGood(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	booked, waiting := b.book("ada", 2), b.book("bob", 1)

	called := b.callOff()

	require.Equal(t, domain.EventCancelled, called.Status)
	require.Equal(t, 2, called.TotalTickets)
	require.Zero(t, called.AvailableTickets)
	require.Zero(t, called.WaitingCount)
	require.Equal(t, domain.EventCalledOff{Event: called}, b.facts[len(b.facts)-1])

	ada := b.now(booked.ID)
	require.Equal(t, domain.BookingCancelled, ada.Status)
	for _, ticket := range ada.Tickets {
		require.Equal(t, domain.TicketCancelled, ticket.Status)
		require.Equal(t, called.UpdatedAt, ticket.CancelledAt)
	}
	bob := b.now(waiting.ID)
	require.Equal(t, domain.BookingCancelled, bob.Status)
	require.Zero(t, bob.Position)
}

func TestCancelEventAgainAnswersTheSame(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	first := b.callOff()
	b.unchanged(func() { require.Equal(t, first, b.callOff()) })
}

func TestCancelledEventSellsNothingAndPromotesNobody(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	booked, waiting := b.book("ada", 1), b.book("bob", 1)
	b.callOff()
	b.unchanged(func() {
		require.ErrorIs(t, b.try(b.booking("cid", 1)).err, domain.ErrEventCancelled)
		require.ErrorIs(t, b.try(b.latestOf("ada")).err, domain.ErrEventCancelled)
		require.ErrorIs(t, b.try(domain.ChangeEvent{EventID: b.head.ID, TotalTickets: new(5)}).err, domain.ErrEventCancelled)
		b.leave(waiting.ID)

		byID := b.latestOf("ada")
		byID.TicketID = booked.Tickets[0].ID
		ticket := must[domain.Ticket](t, b.try(byID))
		require.Equal(t, domain.TicketCancelled, ticket.Status)
		require.Equal(t, b.head.UpdatedAt, ticket.CancelledAt)
	})
}

func TestOfEventLeavesALiveEventAlone(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(1))
	booking := b.book("ada", 1)
	require.Equal(t, booking, booking.OfEvent(b.head))
	require.Equal(t, booking.Tickets[0], booking.Tickets[0].OfEvent(b.head))
}

func TestOfEventKeepsWhenATicketWasCancelledBefore(t *testing.T) {
	t.Parallel()
	b := newBox(t, newEvent(2))
	b.book("ada", 2)
	before := b.cancelLatest("ada")
	called := b.callOff()
	called.UpdatedAt = before.CancelledAt.Add(time.Hour)
	require.Equal(t, before, before.OfEvent(called))
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

func TestLimitIsANumberOrNullInJSON(t *testing.T) {
	t.Parallel()
	for limit, text := range map[domain.Limit]string{{}: "null", domain.AtMost(0): "0", domain.AtMost(7): "7"} {
		written, err := json.Marshal(limit)
		require.NoError(t, err)
		require.Equal(t, text, string(written))

		read := domain.AtMost(99)
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, limit, read)
	}
	var limit domain.Limit
	require.Error(t, json.Unmarshal([]byte(`"many"`), &limit))
}
