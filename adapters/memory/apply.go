package memory

import (
	"crypto/sha256"

	"github.com/boxoffice-go/boxoffice/domain"
)

// ticketsBooked adds a booking that has its tickets at once.
func (e *event) ticketsBooked(b domain.Booking) {
	n := e.accept(b, booked)
	e.giveTickets(n, b.Tickets)
}

// joined adds a booking that waits, as the joined-th that ever did.
func (e *event) joined(b domain.Booking, joined int64) {
	n := e.accept(b, waiting)
	e.bookings.at(n).place = int32(joined)
	e.link(&e.line, n)
	e.countWaiting(b.Quantity, +1)
}

func (e *event) leftLine(b domain.Booking) {
	n := int32(b.Sequence)
	row := e.bookings.at(n)
	e.become(n, left)
	e.unlink(&e.line, n)
	e.leavers.leave(row.place)
	e.countWaiting(b.Quantity, -1)
	e.people.at(row.person).held -= int32(b.Quantity)
}

func (e *event) promoted(b domain.Booking) {
	n := int32(b.Sequence)
	e.become(n, booked)
	e.unlink(&e.line, n)
	e.countWaiting(b.Quantity, -1)
	e.giveTickets(n, b.Tickets)
}

func (e *event) ticketGivenBack(t domain.Ticket) {
	n := int32(t.Sequence)
	row := e.bookings.at(n)
	e.tickets.at(row.place + int32(t.Ordinal) - 1).cancelledAt = micros(t.CancelledAt)
	owner := e.people.at(row.person)
	owner.held--
	row.booked--
	if row.booked == 0 {
		e.become(n, givenBack)
		e.unlink(&owner.holding, n)
	}
}

func (e *event) keyUsed(r domain.KeyRecord) {
	if e.keys == nil {
		e.keys = make(map[[sha256.Size]byte]key)
	}
	e.keys[r.Key] = key{
		request: r.Request,
		booking: e.bookings.find(r.BookingID.UUID),
		ticket:  e.tickets.find(r.TicketID.UUID),
	}
}

// accept adds a booking to the rows and to its person's.
func (e *event) accept(b domain.Booking, s state) int32 {
	p := e.people.find(b.UserID.UUID)
	if p == 0 {
		p = e.people.add(b.UserID.UUID, person{})
	}
	owner := e.people.at(p)

	if e.bookings.count%chunkSize == 0 {
		e.blocks = append(e.blocks, block{})
	}
	in := &e.blocks[len(e.blocks)-1]
	in.names = append(in.names, b.Identifier...)
	in.counts[s]++
	n := e.bookings.add(b.ID.UUID, booking{
		person:     p,
		nameEnd:    uint32(len(in.names)),
		nameLength: uint16(len(b.Identifier)),
		createdAt:  micros(b.CreatedAt),
		quantity:   uint8(b.Quantity),
		state:      s,
	})

	if owner.first == 0 {
		owner.first = n
	} else {
		e.bookings.at(owner.last).nextOfPerson = n
	}
	owner.last = n
	owner.held += int32(b.Quantity)
	return n
}

func (e *event) giveTickets(n int32, tickets []domain.Ticket) {
	row := e.bookings.at(n)
	row.place = e.tickets.count + 1
	row.booked = uint8(len(tickets))
	for _, t := range tickets {
		row.bookedAt = micros(t.BookedAt)
		e.tickets.add(t.ID.UUID, ticket{booking: n, cancelledAt: never})
	}
	// Tickets are given in the order of acceptance, so this one comes last.
	e.link(&e.people.at(row.person).holding, n)
}

func (e *event) become(n int32, s state) {
	counts := &e.block(n).counts
	row := e.bookings.at(n)
	counts[row.state]--
	counts[s]++
	row.state = s
}

func (e *event) countWaiting(quantity, bookings int) {
	if e.quantities == nil {
		e.quantities = make(map[int]int)
	}
	e.quantities[quantity] += bookings
}
