package memory

import (
	"maps"

	"github.com/boxoffice-go/boxoffice/domain"
)

// load finds what a batch needs to know of the event. It gives rows as they
// are, also in a cancelled event.
func (e *event) load(need domain.Need) *domain.Loaded {
	l := domain.NewLoaded(need)
	for _, hash := range need.Keys {
		if k, ok := e.keys[hash]; ok {
			record := e.keyRecord(k)
			record.Key = hash
			l.Keys[hash] = &record
		}
	}
	for _, u := range need.Holdings {
		if p := e.people.find(u.UUID); p != 0 {
			l.Holdings[u] = int(e.people.at(p).held)
		}
	}
	for u, most := range need.Latest {
		if p := e.people.find(u.UUID); p != 0 {
			l.Latest[u] = e.latest(p, most)
		}
	}
	for _, id := range need.Tickets {
		if n := e.tickets.find(id.UUID); n != 0 {
			t := e.ticket(n)
			l.Tickets[id] = &t
		}
	}
	for _, id := range need.Bookings {
		if n := e.bookings.find(id.UUID); n != 0 {
			b := e.booking(n)
			l.Bookings[id] = &b
		}
	}
	for n := e.line.first; n != 0 && len(l.Front) < need.Front; n = e.bookings.at(n).after {
		l.Front = append(l.Front, e.booking(n))
	}
	if need.Quantities {
		maps.Copy(l.Quantities, e.quantities)
	}
	return l
}

// latest returns a person's latest booked tickets, the last one first.
func (e *event) latest(p int32, most int) []domain.Ticket {
	var tickets []domain.Ticket
	for n := e.people.at(p).holding.last; n != 0; n = e.bookings.at(n).before {
		row := e.bookings.at(n)
		for i := row.place + int32(row.quantity) - 1; i >= row.place; i-- {
			if len(tickets) == most {
				return tickets
			}
			if e.tickets.at(i).cancelledAt == never {
				tickets = append(tickets, e.ticket(i))
			}
		}
	}
	return tickets
}

func (e *event) keyRecord(k key) domain.KeyRecord {
	record := domain.KeyRecord{IdempotencyKey: domain.IdempotencyKey{Request: k.request}}
	if k.booking != 0 {
		record.BookingID.UUID = e.bookings.id(k.booking)
	}
	if k.ticket != 0 {
		record.TicketID.UUID = e.tickets.id(k.ticket)
	}
	return record
}

// booking returns the n-th booking with its tickets, or with its position.
func (e *event) booking(n int32) domain.Booking {
	row := e.bookings.at(n)
	b := domain.Booking{
		ID:         domain.BookingID{UUID: e.bookings.id(n)},
		EventID:    e.head.ID,
		UserID:     domain.UserID{UUID: e.people.id(row.person)},
		Identifier: e.identifier(n),
		Quantity:   int(row.quantity),
		Sequence:   int64(n),
		Status:     row.state.status(),
		CreatedAt:  moment(row.createdAt),
	}
	switch row.state {
	case waiting:
		b.Position = domain.Position(int64(row.place), e.head.PromotedCount, e.leavers.before(row.place))
	case booked, givenBack:
		b.Tickets = make([]domain.Ticket, row.quantity)
		for i := range b.Tickets {
			b.Tickets[i] = e.ticket(row.place + int32(i))
		}
	case left:
	}
	return b
}

func (e *event) ticket(n int32) domain.Ticket {
	row := e.tickets.at(n)
	b := e.bookings.at(row.booking)
	t := domain.Ticket{
		ID:          domain.TicketID{UUID: e.tickets.id(n)},
		EventID:     e.head.ID,
		BookingID:   domain.BookingID{UUID: e.bookings.id(row.booking)},
		UserID:      domain.UserID{UUID: e.people.id(b.person)},
		Sequence:    int64(row.booking),
		Ordinal:     int(n-b.place) + 1,
		Status:      domain.TicketBooked,
		BookedAt:    moment(b.bookedAt),
		CancelledAt: moment(row.cancelledAt),
	}
	if row.cancelledAt != never {
		t.Status = domain.TicketCancelled
	}
	return t
}
