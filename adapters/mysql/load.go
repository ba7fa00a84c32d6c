package mysql

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// asked is one thing of an event that is to be found, and how much of it.
type asked[T any] struct {
	event domain.EventID
	what  T
	most  int
}

// loader finds what is needed of events.
type loader struct {
	packet *lookupPacket
	events map[domain.EventID]domain.Event
	needs  map[domain.EventID]domain.Need
	loaded map[domain.EventID]*domain.Loaded
	// bookings are all that was found, as they are before they change.
	bookings map[domain.BookingID]*domain.Booking
	// after is run when all is read, in order.
	after []func()
}

// load finds what is needed of these events, in the order of the needs, and
// returns all bookings that are among it.
func (s *Store) load(ctx context.Context, events []domain.Event, needs []domain.Need) ([]*domain.Loaded, map[domain.BookingID]*domain.Booking, error) {
	l := newLoader(events)
	l.packet.vitess = s.shards.isVitess()
	found := make([]*domain.Loaded, len(needs))
	for i, n := range needs {
		found[i] = domain.NewLoaded(n)
		l.needs[n.EventID], l.loaded[n.EventID] = n, found[i]
	}
	l.keys()
	l.claims()
	latest := l.latest()
	l.tickets()
	l.namedBookings()
	l.erase()
	l.front()
	l.due()
	l.holds()
	if err := l.packet.send(ctx, s.lookups); err != nil {
		return nil, nil, err
	}
	if err := s.askForLatest(ctx, l, latest); err != nil {
		return nil, nil, err
	}
	for _, after := range l.after {
		after()
	}
	return found, l.bookings, nil
}

func newLoader(events []domain.Event) *loader {
	l := &loader{
		packet:   new(lookupPacket),
		events:   make(map[domain.EventID]domain.Event, len(events)),
		needs:    make(map[domain.EventID]domain.Need),
		loaded:   make(map[domain.EventID]*domain.Loaded),
		bookings: make(map[domain.BookingID]*domain.Booking),
	}
	for i := range events {
		l.events[events[i].ID] = events[i]
	}
	return l
}

// collect lists what all needs ask for of one kind.
func collect[T any](l *loader, of func(n domain.Need) []T) []asked[T] {
	var all []asked[T]
	for id, n := range l.needs {
		for _, what := range of(n) {
			all = append(all, asked[T]{event: id, what: what})
		}
	}
	return all
}

// perEvent lists the events of which something is needed, with how much of it.
func (l *loader) perEvent(most func(n domain.Need) int) []asked[domain.Event] {
	var all []asked[domain.Event]
	for id, n := range l.needs {
		if most := most(n); most > 0 {
			all = append(all, asked[domain.Event]{id, l.events[id], most})
		}
	}
	return all
}

// foundTickets are the tickets that lookups found, in any order.
type foundTickets struct{ rows []*ticketScan }

func (f *foundTickets) scan(rows *sql.Rows) error {
	row := new(ticketScan)
	f.rows = append(f.rows, row)
	return rows.Scan(row.into()...)
}

// bookings returns the bookings of the tickets, once each.
func (f *foundTickets) bookings() []domain.Booking {
	slices.SortFunc(f.rows, func(a, b *ticketScan) int {
		return cmp.Or(
			slices.Compare(a.ticket.EventID.UUID[:], b.ticket.EventID.UUID[:]),
			cmp.Compare(a.sequence.Int64, b.sequence.Int64),
			cmp.Compare(a.ordinal.Int64, b.ordinal.Int64),
		)
	})
	var bookings []domain.Booking
	var last domain.TicketID
	for _, row := range f.rows {
		if row.ticket.ID != last {
			bookings = row.addTo(bookings)
		}
		last = row.ticket.ID
	}
	return bookings
}

// tickets asks for bookings with tickets; each is given to put when all is read.
func addTicketLookup[T any](l *loader, b bulk, keys []T, add func(args []any, key *T) []any, put func(b domain.Booking)) {
	if len(keys) == 0 {
		return
	}
	found := new(foundTickets)
	addLookup(l.packet, b, keys, add, found.scan)
	l.after = append(l.after, func() {
		for _, b := range found.bookings() {
			l.know(&b)
			put(b)
		}
	})
}

// addWaitlistLookup asks for bookings that waited and have no tickets.
func addWaitlistLookup[T any](l *loader, b bulk, keys []T, add func(args []any, key *T) []any, put func(b domain.Booking)) {
	addLookup(l.packet, b, keys, add, func(rows *sql.Rows) error {
		var row waitlistScan
		if err := rows.Scan(row.into()...); err != nil {
			return err
		}
		event := l.events[row.booking.EventID]
		if b, ok := row.bookingOf(event.Line.LastPromoted); ok {
			l.know(&b)
			put(b)
		}
		return nil
	})
}

func (l *loader) know(b *domain.Booking) { l.bookings[b.ID] = b }

func (l *loader) keys() {
	keys := collect(l, func(n domain.Need) [][sha256.Size]byte { return n.Keys })
	addLookup(l.packet, selectKeys, keys, func(args []any, k *asked[[sha256.Size]byte]) []any {
		return append(args, k.event.UUID[:], k.what[:])
	}, func(rows *sql.Rows) error {
		event, record, err := scanKey(rows)
		if err == nil {
			l.loaded[event].Keys[record.Key] = &record
		}
		return err
	})
}

func (l *loader) claims() {
	users := collect(l, func(n domain.Need) []domain.UserID { return n.Claims })
	count := func(rows *sql.Rows) error {
		var event domain.EventID
		var user domain.UserID
		var claimed int
		err := rows.Scan(&event.UUID, &user.UUID, &claimed)
		if err == nil {
			l.loaded[event].Claims[user] += claimed
		}
		return err
	}
	addLookup(l.packet, countTickets, users, addUserTwice, count)
	addLookup(l.packet, countWaiting(users), users, func(args []any, user *asked[domain.UserID]) []any {
		return append(addUser(args, user), l.events[user.event].Line.LastPromoted)
	}, count)
}

// latestOf are the latest bookings of some people that have tickets.
type latestOf struct {
	people []asked[domain.UserID]
	found  foundTickets
}

// latest looks for all bookings with tickets of people who hopefully have few.
func (l *loader) latest() []*latestOf {
	var people []asked[domain.UserID]
	for id, n := range l.needs {
		for user, most := range n.Latest {
			people = append(people, asked[domain.UserID]{id, user, most})
		}
	}
	var latest []*latestOf
	for chunk := range slices.Chunk(people, maxLookups) {
		of := &latestOf{people: chunk}
		addLookup(l.packet, selectLive(chunk), chunk, addUserTwice, of.found.scan)
		latest = append(latest, of)
	}
	return latest
}

// askForLatest asks again if there were too many bookings, and takes the latest of
// each person.
func (s *Store) askForLatest(ctx context.Context, l *loader, latest []*latestOf) error {
	for _, of := range latest {
		full := len(of.found.rows) == mostLive(len(of.people))
		bookings := of.found.bookings()
		if full {
			again := lookupPacket{vitess: l.packet.vitess}
			of.found = foundTickets{}
			addLookup(&again, selectLatest, of.people, func(args []any, user *asked[domain.UserID]) []any {
				for range 2 { // with either status
					args = append(addUser(args, user), int64(user.most))
				}
				return args
			}, of.found.scan)
			if err := again.send(ctx, s.lookups); err != nil {
				return err
			}
			bookings = of.found.bookings()
		}
		for _, b := range slices.Backward(bookings) { // the latest first
			people := l.loaded[b.EventID].Latest
			if len(people[b.UserID]) < l.needs[b.EventID].Latest[b.UserID] {
				l.know(&b)
				people[b.UserID] = append(people[b.UserID], b)
			}
		}
	}
	return nil
}

func (l *loader) tickets() {
	ids := collect(l, func(n domain.Need) []domain.TicketID { return n.Tickets })
	addTicketLookup(l, selectTickets(ids), ids, func(args []any, id *asked[domain.TicketID]) []any {
		return append(args, id.event.UUID[:], id.what.UUID[:])
	}, func(b domain.Booking) {
		tickets := l.loaded[b.EventID].Tickets
		for _, t := range b.Tickets {
			if _, asked := tickets[t.ID]; asked {
				tickets[t.ID] = &b
			}
		}
	})
}

func (l *loader) namedBookings() {
	ids := collect(l, func(n domain.Need) []domain.BookingID { return n.Bookings })
	add := func(args []any, id *asked[domain.BookingID]) []any {
		return append(args, id.event.UUID[:], id.what.UUID[:])
	}
	put := func(b domain.Booking) { l.loaded[b.EventID].Bookings[b.ID] = &b }
	addWaitlistLookup(l, selectWaiting, ids, add, put)
	addTicketLookup(l, selectTicketsOfBookings, ids, add, put)
}

func (l *loader) erase() {
	people := collect(l, func(n domain.Need) []domain.UserID { return n.Erase })
	add := func(args []any, user *asked[domain.UserID]) []any {
		return append(addUser(args, user), int64(domain.MostErased))
	}
	put := func(b domain.Booking) {
		theirs := l.loaded[b.EventID].Erase
		if len(theirs[b.UserID]) < domain.MostErased {
			theirs[b.UserID] = append(theirs[b.UserID], b)
		}
	}
	addTicketLookup(l, selectTicketsToErase, people, add, put)
	addWaitlistLookup(l, selectWaitingToErase, people, func(args []any, user *asked[domain.UserID]) []any {
		return append(addUser(args, user), l.events[user.event].Line.LastPromoted, int64(domain.MostErased))
	}, put)
}

func (l *loader) front() {
	lines := l.perEvent(func(n domain.Need) int { return n.Front })
	addWaitlistLookup(l, selectFront, lines, func(args []any, line *asked[domain.Event]) []any {
		return append(args, line.event.UUID[:], line.what.Line.LastPromoted, int64(line.most))
	}, func(b domain.Booking) {
		loaded := l.loaded[b.EventID]
		loaded.Front = append(loaded.Front, b)
	})
	l.after = append(l.after, func() {
		for _, line := range lines {
			slices.SortFunc(l.loaded[line.event].Front, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
		}
	})
}

func eventID(args []any, e *asked[domain.Event]) []any { return append(args, e.event.UUID[:]) }

func addUser(args []any, user *asked[domain.UserID]) []any {
	return append(args, user.event.UUID[:], user.what.UUID[:])
}

func addUserTwice(args []any, user *asked[domain.UserID]) []any {
	return addUser(addUser(args, user), user)
}

func scanKey(rows *sql.Rows) (domain.EventID, domain.KeyRecord, error) {
	var event domain.EventID
	var record domain.KeyRecord
	var key, request, tickets sql.RawBytes
	if err := rows.Scan(&event.UUID, &key, &request, &record.BookingID.UUID, &tickets); err != nil {
		return event, record, err
	}
	copy(record.Key[:], key)
	copy(record.Request[:], request) // none matches no request: no hash is all zeros
	for id := range slices.Chunk([]byte(tickets), len(uuid.UUID{})) {
		ticket, err := uuid.FromBytes(id)
		if err != nil {
			return event, record, errors.Join(errors.New("idempotency_keys.ticket_ids can't be read"), err)
		}
		record.TicketIDs = append(record.TicketIDs, domain.TicketID{UUID: ticket})
	}
	return event, record, nil
}
