package porttest

import (
	"fmt"

	"github.com/boxoffice-go/boxoffice/domain"
)

// usedKey is an idempotency key with the operation that it counts for.
type usedKey struct {
	key       domain.IdempotencyKey
	operation string
}

// acceptedRequest is what a model remembers under an idempotency key.
type acceptedRequest struct {
	request string
	answer  Answer
}

// requestOf tells a command's key and what it asks for, in one way of writing.
func requestOf(c domain.Command, about Target) (usedKey, string) {
	var key domain.IdempotencyKey
	var asks string
	switch c := c.(type) {
	case domain.Book:
		key, asks = c.Key, fmt.Sprint(c.Person.UserID(), max(1, c.Quantity), c.NoWait, c.Reference)
	case domain.CancelTickets:
		key, asks = c.Key, fmt.Sprint(c.Person.UserID(), max(1, c.Quantity))
	case domain.GiveBack:
		key = c.Key
	case domain.Confirm:
		key = c.Key
	case domain.Extend:
		key, asks = c.Key, fmt.Sprint(c.Seconds)
	case domain.Transfer:
		key, asks = c.Key, c.Person.UserID().String()
	case domain.CancelEvent:
		key = c.Key
	}
	return usedKey{key, fmt.Sprintf("%T", c)}, fmt.Sprint(about, asks)
}

// repeat answers a command whose key was used before.
func (m *Model) repeat(c domain.Command, about Target) (answer Answer, done bool) {
	key, request := requestOf(c, about)
	before, used := m.accepted[key]
	switch {
	case key.key.IsZero() || !used:
		return Answer{}, false
	case before.request != request:
		return refuse(domain.CodeIdempotencyKeyReused), true
	}
	return before.answer, true
}

func (m *Model) remember(c domain.Command, about Target, a Answer) {
	key, request := requestOf(c, about)
	if key.key.IsZero() {
		return
	}
	repeat := Answer{Repeat: true}
	repeat.Booking.Sequence = a.Booking.Sequence
	for _, t := range a.Tickets {
		repeat.Booking.Sequence = t.Sequence
		repeat.Tickets = append(repeat.Tickets, domain.Ticket{Sequence: t.Sequence, Ordinal: t.Ordinal})
	}
	m.accepted[key] = acceptedRequest{request, repeat}
}
