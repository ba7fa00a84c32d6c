package mysql

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
)

// asked is one thing of an event that is to be found, and how much of it.
type asked[T any] struct {
	event domain.EventID
	what  T
	most  int
}

// load finds what is needed of events with these heads, in the order of the
// needs.
func (s *Store) load(ctx context.Context, heads []domain.Event, needs []domain.Need) ([]*domain.Loaded, error) {
	l := loader{
		Store:    s,
		packet:   new(lookupPacket),
		promoted: make(map[domain.EventID]int64, len(heads)),
		needs:    make(map[domain.EventID]domain.Need, len(needs)),
		loaded:   make(map[domain.EventID]*domain.Loaded, len(needs)),
	}
	for _, head := range heads {
		l.promoted[head.ID] = head.LastPromoted
	}
	found := make([]*domain.Loaded, len(needs))
	for i, n := range needs {
		found[i] = domain.NewLoaded(n)
		l.needs[n.EventID], l.loaded[n.EventID] = n, found[i]
	}
	l.keys()
	l.holdings()
	latest := l.latest()
	l.tickets()
	l.bookings()
	l.front()
	l.quantities()
	if err := l.packet.send(ctx, s.lookups); err != nil {
		return nil, err
	}
	for _, people := range latest {
		if err := people.load(ctx, l); err != nil {
			return nil, err
		}
	}
	for _, loaded := range found { // a UNION promises no order
		slices.SortFunc(loaded.Front, func(a, b domain.Booking) int { return cmp.Compare(a.Sequence, b.Sequence) })
	}
	return found, nil
}

type loader struct {
	*Store
	packet   *lookupPacket
	promoted map[domain.EventID]int64 // the sequence that promotion has reached
	needs    map[domain.EventID]domain.Need
	loaded   map[domain.EventID]*domain.Loaded
}

// collect lists what all needs ask for of one kind.
func collect[T any](l loader, of func(n domain.Need) []T) []asked[T] {
	var all []asked[T]
	for id, n := range l.needs {
		for _, what := range of(n) {
			all = append(all, asked[T]{event: id, what: what})
		}
	}
	return all
}

func (l loader) keys() {
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

func (l loader) holdings() {
	users := collect(l, func(n domain.Need) []domain.UserID { return n.Holdings })
	count := func(rows *sql.Rows) error {
		var event domain.EventID
		var user domain.UserID
		var held int
		err := rows.Scan(&event.UUID, &user.UUID, &held)
		if err == nil {
			l.loaded[event].Holdings[user] += held
		}
		return err
	}
	addLookup(l.packet, countBooked, users, addUser, count)
	addLookup(l.packet, countWaiting, users, func(args []any, user *asked[domain.UserID]) []any {
		return append(addUser(args, user), l.promoted[user.event])
	}, count)
}

// latestOf are the latest booked tickets of some people.
type latestOf struct {
	people  []asked[domain.UserID]
	tickets []domain.Ticket
}

// latest looks for all booked tickets of people who hopefully have few.
func (l loader) latest() []*latestOf {
	var people []asked[domain.UserID]
	for id, n := range l.needs {
		for user, most := range n.Latest {
			people = append(people, asked[domain.UserID]{id, user, most})
		}
	}
	var latest []*latestOf
	for chunk := range slices.Chunk(people, maxLookups) {
		of := &latestOf{people: chunk}
		addLookup(l.packet, selectBooked, chunk, addUser, of.scan)
		latest = append(latest, of)
	}
	return latest
}

func (of *latestOf) scan(rows *sql.Rows) error {
	t, err := scanTicket(rows)
	of.tickets = append(of.tickets, t)
	return err
}

// load asks again if there were too many tickets, and takes the latest of each
// person.
func (of *latestOf) load(ctx context.Context, l loader) error {
	if len(of.tickets) == maxTickets {
		of.tickets = nil
		var again lookupPacket
		addLookup(&again, selectLatest, of.people, func(args []any, user *asked[domain.UserID]) []any {
			return append(addUser(args, user), int64(user.most))
		}, of.scan)
		if err := again.send(ctx, l.lookups); err != nil {
			return err
		}
	}
	slices.SortFunc(of.tickets, func(a, b domain.Ticket) int { // the latest first
		return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), cmp.Compare(b.Ordinal, a.Ordinal))
	})
	for _, t := range of.tickets {
		latest := l.loaded[t.EventID].Latest
		if len(latest[t.UserID]) < l.needs[t.EventID].Latest[t.UserID] {
			latest[t.UserID] = append(latest[t.UserID], t)
		}
	}
	return nil
}

func (l loader) tickets() {
	ids := collect(l, func(n domain.Need) []domain.TicketID { return n.Tickets })
	addLookup(l.packet, selectTickets, ids, func(args []any, id *asked[domain.TicketID]) []any {
		return append(args, id.event.UUID[:], id.what.UUID[:])
	}, func(rows *sql.Rows) error {
		t, err := scanTicket(rows)
		if err == nil {
			l.loaded[t.EventID].Tickets[t.ID] = &t
		}
		return err
	})
}

func (l loader) bookings() {
	ids := collect(l, func(n domain.Need) []domain.BookingID { return n.Bookings })
	add := func(args []any, id *asked[domain.BookingID]) []any {
		return append(args, id.event.UUID[:], id.what.UUID[:])
	}
	addLookup(l.packet, selectWaits, ids, add, func(rows *sql.Rows) error {
		b, err := scanWait(rows)
		if err == nil {
			l.loaded[b.EventID].Bookings[b.ID] = &b
		}
		return err
	})
	addLookup(l.packet, selectTicketsOfBookings, ids, add, func(rows *sql.Rows) error {
		var b domain.Booking
		t, err := scanTicket(rows, &b.Identifier, &b.CreatedAt)
		if err != nil {
			return err
		}
		found := l.loaded[t.EventID].Bookings
		if t.Ordinal == 1 { // in place of its row in the line, if it has one
			b.ID, b.EventID, b.UserID, b.Sequence = t.BookingID, t.EventID, t.UserID, t.Sequence
			found[b.ID] = &b
		}
		addTicketTo(found[t.BookingID], t)
		return nil
	})
}

func (l loader) front() {
	var lines []asked[struct{}]
	for id, n := range l.needs {
		if n.Front > 0 {
			lines = append(lines, asked[struct{}]{event: id, most: n.Front})
		}
	}
	addLookup(l.packet, selectFront, lines, func(args []any, line *asked[struct{}]) []any {
		return append(args, line.event.UUID[:], l.promoted[line.event], int64(line.most))
	}, func(rows *sql.Rows) error {
		b, err := scanWait(rows)
		if err == nil {
			loaded := l.loaded[b.EventID]
			loaded.Front = append(loaded.Front, b)
		}
		return err
	})
}

func (l loader) quantities() {
	var lines []asked[struct{}]
	for id, n := range l.needs {
		if n.Quantities {
			lines = append(lines, asked[struct{}]{event: id})
		}
	}
	addLookup(l.packet, selectQuantities, lines, func(args []any, line *asked[struct{}]) []any {
		return append(args, line.event.UUID[:], l.promoted[line.event])
	}, func(rows *sql.Rows) error {
		var event domain.EventID
		var quantity, bookings int
		err := rows.Scan(&event.UUID, &quantity, &bookings)
		if err == nil {
			l.loaded[event].Quantities[quantity] = bookings
		}
		return err
	})
}

func addUser(args []any, user *asked[domain.UserID]) []any {
	return append(args, user.event.UUID[:], user.what.UUID[:])
}

// scanTicket reads a row of ticketColumns and perhaps more.
func scanTicket(rows *sql.Rows, more ...any) (domain.Ticket, error) {
	var t domain.Ticket
	var cancelledAt sql.NullTime
	err := rows.Scan(append([]any{
		&t.EventID.UUID, &t.ID.UUID, &t.BookingID.UUID, &t.UserID.UUID, &t.Sequence, &t.Ordinal, &t.Status, &t.BookedAt, &cancelledAt,
	}, more...)...)
	t.CancelledAt = cancelledAt.Time
	return t, err
}

// scanWait reads a row of waitColumns: a booking that left or waits, or one that
// was promoted and has tickets elsewhere, which tell.
func scanWait(rows *sql.Rows) (domain.Booking, error) {
	var b domain.Booking
	var status string
	err := rows.Scan(&b.EventID.UUID, &b.ID.UUID, &b.UserID.UUID, &b.Identifier, &b.Quantity, &b.Sequence, &b.CreatedAt, &status)
	b.Status = domain.BookingCancelled
	if status == joined {
		b.Status = domain.BookingWaiting
	}
	return b, err
}

func scanKey(rows *sql.Rows) (domain.EventID, domain.KeyRecord, error) {
	var event domain.EventID
	var record domain.KeyRecord
	var key, request sql.RawBytes
	err := rows.Scan(&event.UUID, &key, &request, &record.BookingID.UUID, &record.TicketID.UUID)
	copy(record.Key[:], key)
	copy(record.Request[:], request)
	return event, record, err
}
