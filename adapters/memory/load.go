package memory

import (
	"crypto/sha256"
	"math"

	"github.com/boxoffice-go/boxoffice/domain"
)

// load finds what a batch needs to know of the event. It gives rows as they
// are, also in a cancelled event.
func (e *event) load(need domain.Need) *domain.Loaded {
	l := domain.NewLoaded(need)
	for _, hash := range need.Keys {
		if k, ok := e.keys[hash]; ok {
			l.Keys[hash] = e.keyRecord(hash, k)
		}
	}
	for _, u := range need.Claims {
		if p := e.people.find(u.UUID); p != 0 {
			l.Claims[u] = int(e.people.at(p).claims)
		}
	}
	for u, most := range need.Latest {
		if p := e.people.find(u.UUID); p != 0 {
			l.Latest[u] = e.latest(p, most)
		}
	}
	for _, id := range need.Tickets {
		if n := e.tickets.find(id.UUID); n != 0 {
			b := e.booking(e.tickets.at(n).booking)
			l.Tickets[id] = &b
		}
	}
	for _, id := range need.Bookings {
		if n := e.bookings.find(id.UUID); n != 0 {
			b := e.booking(n)
			l.Bookings[id] = &b
		}
	}
	for _, u := range need.Erase {
		if p := e.people.find(u.UUID); p != 0 {
			l.Erase[u] = e.anyOf(p, domain.MostErased)
		}
	}
	for n := e.line.first; n != 0 && len(l.Front) < need.Front; n = e.bookings.at(n).chained.after {
		l.Front = append(l.Front, e.booking(n))
	}
	if e.holds != nil {
		e.loadHolds(need, l)
	}
	return l
}

// latest returns a person's latest bookings that have live tickets.
func (e *event) latest(p int32, most int) (bookings []domain.Booking) {
	for n := e.people.at(p).holding.last; n != 0 && len(bookings) < most; n = e.bookings.at(n).chained.before {
		bookings = append(bookings, e.booking(n))
	}
	return bookings
}

func (e *event) anyOf(p int32, most int) (bookings []domain.Booking) {
	for n := e.people.at(p).bookings.first; n != 0 && len(bookings) < most; n = e.bookings.at(n).ofPerson.after {
		bookings = append(bookings, e.booking(n))
	}
	return bookings
}

func (e *event) loadHolds(need domain.Need, l *domain.Loaded) {
	if !need.Due.IsZero() {
		e.holds.AscendLessThan(hold{micros(need.Due), math.MaxInt32}, func(h hold) bool {
			l.Due = append(l.Due, e.booking(h.booking))
			return len(l.Due) < domain.MostExpiries
		})
	}
	if need.Holds > 0 {
		e.holds.Ascend(func(h hold) bool {
			l.Holds = append(l.Holds, domain.Hold{
				BookingID: domain.BookingID{UUID: e.bookings.id(h.booking)},
				Sequence:  int64(h.booking),
				ExpiresAt: moment(h.expiresAt),
			})
			return len(l.Holds) < need.Holds
		})
	}
}

func (e *event) keyRecord(hash [sha256.Size]byte, k key) *domain.KeyRecord {
	record := &domain.KeyRecord{Key: hash, Request: k.request}
	if k.booking != 0 {
		record.BookingID.UUID = e.bookings.id(k.booking)
	}
	for i := range k.tickets {
		record.TicketIDs = append(record.TicketIDs, domain.TicketID{UUID: e.tickets.id(*e.keyTickets.at(k.firstTicket + i))})
	}
	return record
}

// booking returns the n-th booking as its rows are, with its place if it waits.
func (e *event) booking(n int32) domain.Booking {
	row := e.bookings.at(n)
	b := domain.Booking{
		ID:         domain.BookingID{UUID: e.bookings.id(n)},
		EventID:    e.id,
		UserID:     domain.UserID{UUID: e.people.id(row.person)},
		Identifier: e.identifier(n),
		Quantity:   int(row.quantity),
		Sequence:   int64(n),
		Status:     statuses[row.state],
		Reference:  e.references[n],
		Transfers:  e.transfers[n],
		CreatedAt:  moment(row.createdAt),
	}
	if w, ok := e.windows[n]; ok {
		b.ExpiresAt, b.LatestExpiresAt = moment(w.expiresAt), moment(w.latestExpiresAt)
	}
	if row.joined != 0 {
		b.Joined = e.places.joined(int64(row.joined))
	}
	if row.state == waiting {
		b.Position, b.TicketsAhead = e.head.Line.Place(b.Joined, e.places.leftBefore(b.Joined.Number))
	}
	if row.firstTicket != 0 {
		b.Tickets = make([]domain.Ticket, row.quantity)
	}
	for i := range b.Tickets {
		b.Tickets[i] = e.ticket(&b, row, i)
	}
	return b
}

// ticket returns the i-th ticket of a booking, from 0.
func (e *event) ticket(b *domain.Booking, row *booking, i int) domain.Ticket {
	n := row.firstTicket + int32(i)
	t := domain.Ticket{
		ID:          domain.TicketID{UUID: e.tickets.id(n)},
		EventID:     e.id,
		BookingID:   b.ID,
		UserID:      b.UserID,
		Sequence:    b.Sequence,
		Ordinal:     i + 1,
		Status:      domain.TicketBooked,
		BookedAt:    moment(row.bookedAt),
		CancelledAt: moment(e.tickets.at(n).cancelledAt),
	}
	switch {
	case !t.CancelledAt.IsZero():
		t.Status = domain.TicketCancelled
	case row.state == held:
		t.Status = domain.TicketHeld
	}
	if at, ok := e.bookedAt[n]; ok {
		t.BookedAt = moment(at)
	}
	return t
}
