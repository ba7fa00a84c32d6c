package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestIdempotencyKeyTakesEffectOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t, 3, held)
	book := b.booking("ada", 2)
	book.Key = key("k")
	cancel := b.latestOf("ada", 2)
	cancel.Key = key("k") // which counts for one kind of command

	results, errs := b.try(book, book, cancel, cancel)
	booking, tickets := results[0].Booking, results[2].Tickets
	booked := &domain.Repeat{EventID: b.id, BookingID: booking.ID}
	cancelled := &domain.Repeat{EventID: b.id, BookingID: booking.ID, TicketIDs: []domain.TicketID{tickets[0].ID, tickets[1].ID}}
	require.Equal(t, []error{nil, booked, nil, cancelled}, errs)

	b.do(b.callOff()) // a repeat comes before the event's state
	_, errs = b.try(book, cancel)
	require.Equal(t, []error{booked, cancelled}, errs)
}

func TestEveryCommandWithAKeyIsRemembered(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9, held)
	one := b.book("ada", 2)
	k := key("k")
	extend, confirm, transfer, giveBack, callOff := b.extend(one, 100), b.confirm(one), b.transfer(one, "bob"), b.giveBack(one), b.callOff()
	extend.Key, confirm.Key, transfer.Key, giveBack.Key, callOff.Key = k, k, k, k, k
	for _, c := range []domain.Command{extend, confirm, transfer, giveBack, callOff} {
		b.do(c)
		before := b.event()
		_, errs := b.try(c)
		var repeat *domain.Repeat
		require.ErrorAs(t, errs[0], &repeat, "%T", c)
		require.Equal(t, before, b.event())
	}
}

func TestIdempotencyKeyOfAnotherRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t, 9, held)
	book := b.booking("ada", 1)
	book.Key = key("k")
	one := b.do(book).Booking
	two := b.book("ada", 1)
	extend, transfer := b.extend(one, 100), b.transfer(one, "bob")
	extend.Key, transfer.Key = key("k"), key("k")
	b.do(extend)
	b.do(transfer)

	same := book
	same.Quantity, same.Person, same.By = 0, person(t, " ADA"), "another caller's name"
	_, errs := b.try(same)
	require.Equal(t, []error{&domain.Repeat{EventID: b.id, BookingID: one.ID}}, errs, "the same request in other words")

	others := []domain.Command{}
	for _, change := range []func(*domain.Book){
		func(c *domain.Book) { c.Quantity = 2 }, func(c *domain.Book) { c.Person = person(t, "bob") },
		func(c *domain.Book) { c.NoWait = true }, func(c *domain.Book) { c.Reference = "x" },
	} {
		other := book
		change(&other)
		others = append(others, other)
	}
	longer, elsewhere, toCid := extend, extend, transfer
	longer.Seconds, elsewhere.BookingID, toCid.Person = 101, two.ID, person(t, "cid")
	for _, c := range append(others, longer, elsewhere, toCid) {
		b.refused(domain.ErrIdempotencyKeyReused, c)
	}
	book.Key = domain.NewIdempotencyKey("another caller", "k")
	b.do(book)
}

func TestIdempotencyKeyForgetsRefusals(t *testing.T) {
	t.Parallel()
	b := newBox(t, 1, atMostWaiting(0))
	b.book("ada", 1)
	book := b.booking("bob", 1)
	book.Key = key("k")
	b.refused(domain.ErrWaitlistFull, book)
	b.do(b.latestOf("ada", 1))
	b.do(book)
}

func TestNewIdempotencyKeyTellsCallersApart(t *testing.T) {
	t.Parallel()
	require.True(t, domain.IdempotencyKey{}.IsZero())
	require.False(t, domain.NewIdempotencyKey("", "").IsZero())
	require.NotEqual(t, domain.NewIdempotencyKey("a", "bc"), domain.NewIdempotencyKey("ab", "c"))
}
