package memory

import (
	"crypto/sha256"
	"slices"

	"github.com/google/btree"

	"github.com/boxoffice-go/boxoffice/domain"
)

// apply follows a record. What it says of the event alone, the head says too.
func (e *event) apply(r *domain.Record) {
	b := r.Booking
	switch r.Kind {
	case domain.EventWasCreated, domain.EventWasChanged, domain.EventWasCancelled:
		return
	case domain.BookingJoined:
		e.places.join(b.Joined, b.Quantity)
	case domain.BookingLeft:
		e.places.leave(b.Joined.Number, b.Quantity)
	case domain.BookingChanged:
		if r.Less > 0 {
			e.places.lessen(b.Joined.Number, r.Less)
		}
	case domain.BookingWasBooked, domain.BookingWasHeld, domain.BookingWasPromoted, domain.BookingConfirmed, domain.BookingExtended,
		domain.BookingHasExpired, domain.BookingTransferred, domain.TicketsCancelled, domain.PersonErased: // their booking says it all
	}
	e.keep(b)
}

// keep makes a booking's rows what the booking is now.
func (e *event) keep(b *domain.Booking) {
	n := int32(b.Sequence)
	if n > e.bookings.count {
		e.accept(b)
	}
	owner := e.owner(b.UserID)
	row := e.bookings.at(n)

	was, wasIn, wasHeld := *row, e.chainOf(row), e.holdOf(n)
	row.quantity, row.state, row.joined = uint8(b.Quantity), stateOf(b.Status), int32(b.Joined.Number)
	row.person = owner
	e.rename(n, b.Identifier)
	e.keepTickets(n, b.Tickets)
	e.keepExtras(n, b)

	counts := &e.block(n).counts
	counts[was.state]--
	counts[row.state]++
	if in := e.chainOf(row); in != wasIn {
		if wasIn != nil {
			e.unlink(wasIn, chained, n)
		}
		if in != nil {
			e.link(in, chained, n)
		}
	}
	if is := e.holdOf(n); is != wasHeld {
		e.keepHold(wasHeld, is)
	}
	if was.person != 0 {
		e.people.at(was.person).claims -= was.claims()
	}
	e.people.at(owner).claims += row.claims()
	if was.person != owner {
		if was.person != 0 {
			e.disown(was.person, n)
		}
		e.link(&e.people.at(owner).bookings, ofPerson, n)
	}
}

// accept adds a booking's row, which has nothing and is nobody's yet.
func (e *event) accept(b *domain.Booking) {
	if e.bookings.count%chunkSize == 0 {
		e.blocks = append(e.blocks, block{})
	}
	in := &e.blocks[len(e.blocks)-1]
	in.names = append(in.names, b.Identifier...)
	in.counts[cancelled]++
	e.bookings.add(b.ID.UUID, booking{
		state:      cancelled,
		createdAt:  micros(b.CreatedAt),
		nameEnd:    uint32(len(in.names)),
		nameLength: uint16(len(b.Identifier)),
	})
}

// owner finds a person, or adds them.
func (e *event) owner(id domain.UserID) int32 {
	if p := e.people.find(id.UUID); p != 0 {
		return p
	}
	return e.people.add(id.UUID, person{})
}

// disown takes a booking from its person. Of who has none any more nothing is
// left.
func (e *event) disown(p, n int32) {
	owner := e.people.at(p)
	e.unlink(&owner.bookings, ofPerson, n)
	if owner.bookings == (chain{}) {
		e.people.remove(p)
	}
}

// chainOf returns the chain that a booking is in by what it is.
func (e *event) chainOf(row *booking) *chain {
	switch {
	case row.state == waiting:
		return &e.line
	case row.live > 0:
		return &e.people.at(row.person).holding
	default:
		return nil
	}
}

// holdOf returns the hold of a booking, zero if it isn't held.
func (e *event) holdOf(n int32) hold {
	if e.bookings.at(n).state != held {
		return hold{}
	}
	return hold{e.windows[n].expiresAt, n}
}

func (e *event) keepHold(was, is hold) {
	const degree = 32
	if e.holds == nil {
		e.holds = btree.NewG(degree, hold.before)
	}
	if was != (hold{}) {
		e.holds.Delete(was)
	}
	if is != (hold{}) {
		e.holds.ReplaceOrInsert(is)
	}
}

// rename writes a booking's identifier in the place of the one that it had, of
// which nothing is left.
func (e *event) rename(n int32, identifier string) {
	row, in := e.bookings.at(n), e.block(n)
	start := row.nameEnd - uint32(row.nameLength)
	if string(in.names[start:row.nameEnd]) == identifier {
		return
	}
	in.names = slices.Replace(in.names, int(start), int(row.nameEnd), []byte(identifier)...)
	longer := uint32(len(identifier)) - uint32(row.nameLength)
	row.nameLength = uint16(len(identifier))
	for last := min(((n-1)|(chunkSize-1))+1, e.bookings.count); n <= last; n++ {
		e.bookings.at(n).nameEnd += longer
	}
}

func (e *event) keepTickets(n int32, tickets []domain.Ticket) {
	if len(tickets) == 0 {
		return
	}
	row := e.bookings.at(n)
	if row.firstTicket == 0 {
		row.firstTicket = e.tickets.count + 1
		for i := range tickets {
			e.tickets.add(tickets[i].ID.UUID, ticket{booking: n})
		}
	}
	row.live = 0
	for i := range tickets {
		row.bookedAt = max(row.bookedAt, micros(tickets[i].BookedAt))
		e.tickets.at(row.firstTicket + int32(i)).cancelledAt = micros(tickets[i].CancelledAt)
		if tickets[i].Status != domain.TicketCancelled {
			row.live++
		}
	}
	for i := range tickets {
		if at := micros(tickets[i].BookedAt); at != row.bookedAt {
			put(&e.bookedAt, row.firstTicket+int32(i), at)
		}
	}
}

// keepExtras keeps what few bookings have.
func (e *event) keepExtras(n int32, b *domain.Booking) {
	if !b.LatestExpiresAt.IsZero() {
		put(&e.windows, n, window{micros(b.ExpiresAt), micros(b.LatestExpiresAt)})
	}
	if b.Transfers > 0 {
		put(&e.transfers, n, b.Transfers)
	}
	was := e.references[n]
	if was == b.Reference {
		return
	}
	if was != "" {
		e.unrefer(was, n)
	}
	if b.Reference != "" {
		put(&e.references, n, b.Reference)
		same := e.byReference[b.Reference]
		i, _ := slices.BinarySearch(same, n)
		put(&e.byReference, b.Reference, slices.Insert(same, i, n))
	}
}

func (e *event) unrefer(reference string, n int32) {
	delete(e.references, n)
	same := e.byReference[reference]
	if len(same) == 1 {
		delete(e.byReference, reference)
		return
	}
	i, _ := slices.BinarySearch(same, n)
	e.byReference[reference] = slices.Delete(same, i, i+1)
}

// useKey keeps what a command left under its idempotency key.
func (e *event) useKey(r domain.KeyRecord) {
	k := key{request: r.Request, person: r.UserID, booking: e.bookings.find(r.BookingID.UUID), tickets: int32(len(r.TicketIDs))}
	if k.tickets > 0 {
		k.firstTicket = e.keyTickets.count + 1
	}
	for _, id := range r.TicketIDs {
		e.keyTickets.push(e.tickets.find(id.UUID))
	}
	put(&e.keys, r.Key, k)
}

// forgetRequests forgets what a person's requests under keys asked for.
func (e *event) forgetRequests(person domain.UserID) {
	e.Lock()
	defer e.Unlock()
	for hash, k := range e.keys {
		if k.person == person {
			k.request, k.person = [sha256.Size]byte{}, domain.UserID{}
			e.keys[hash] = k
		}
	}
}

// put is for maps that most events don't need.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}
