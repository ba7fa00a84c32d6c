package memory

import (
	"math/bits"

	"github.com/boxoffice-go/boxoffice/domain"
)

// places are all places in the line that were ever taken, numbered in the order
// in which they were: what was asked for from each, and what of it left. They
// take about two bytes each, 64 in a group; a Fenwick tree over the groups says
// in a number of steps that grows with their logarithm what left before a place,
// and stays small enough for the processor's cache.
type places struct {
	groups list[group]
	left   list[domain.LeftBefore] // at n, what left the groups above n-lowBit(n), up to n
}

// group is 64 places that follow each other.
type group struct {
	ticketsBefore int64            // that were asked for from the places before the group
	asked         [groupSize]uint8 // tickets, by those who joined
	gone          [groupSize]uint8 // tickets of these that nobody asks for any more
	left          uint64           // whose bookings left, the first in the lowest bit
}

const groupSize = 64

// join takes the next place.
func (p *places) join(joined domain.Joined, quantity int) {
	n, i := locate(joined.Number)
	if n > p.groups.count {
		p.groups.push(group{ticketsBefore: joined.TicketsBefore})
		p.left.push(domain.LeftBefore{})
		upper, lower := p.upTo(n-1), p.upTo(n-lowBit(n))
		*p.left.at(n) = domain.LeftBefore{Bookings: upper.Bookings - lower.Bookings, Tickets: upper.Tickets - lower.Tickets}
	}
	p.groups.at(n).asked[i] = uint8(quantity)
}

// joined says what a booking found that joined at a place.
func (p *places) joined(number int64) domain.Joined {
	n, i := locate(number)
	g := p.groups.at(n)
	return domain.Joined{Number: number, TicketsBefore: g.ticketsBefore + sum(g.asked[:i])}
}

// leave says that a place's booking left, for what it asked for then.
func (p *places) leave(number int64, tickets int) {
	n, i := locate(number)
	p.groups.at(n).left |= 1 << i
	p.lose(number, domain.LeftBefore{Bookings: 1, Tickets: int64(tickets)})
}

// lessen says that a place's booking asks for so many tickets less.
func (p *places) lessen(number int64, tickets int) {
	p.lose(number, domain.LeftBefore{Tickets: int64(tickets)})
}

func (p *places) lose(number int64, less domain.LeftBefore) {
	n, i := locate(number)
	p.groups.at(n).gone[i] += uint8(less.Tickets)
	for ; n <= p.left.count; n += lowBit(n) {
		left := p.left.at(n)
		left.Bookings += less.Bookings
		left.Tickets += less.Tickets
	}
}

// leftBefore counts what left from the places before this one.
func (p *places) leftBefore(number int64) domain.LeftBefore {
	n, i := locate(number)
	g := p.groups.at(n)
	left := p.upTo(n - 1)
	left.Bookings += int64(bits.OnesCount64(g.left & (1<<i - 1)))
	left.Tickets += sum(g.gone[:i])
	return left
}

// upTo counts what left from the first groups.
func (p *places) upTo(group int32) (left domain.LeftBefore) {
	for n := group; n > 0; n -= lowBit(n) {
		left.Bookings += p.left.at(n).Bookings
		left.Tickets += p.left.at(n).Tickets
	}
	return left
}

// locate returns the group of a place, both from 1, and where it is in there.
func locate(number int64) (group int32, i uint32) {
	n := uint32(number - 1)
	return int32(n/groupSize) + 1, n % groupSize
}

func lowBit(n int32) int32 { return n & -n }

func sum(tickets []uint8) (all int64) {
	for _, t := range tickets {
		all += int64(t)
	}
	return all
}
