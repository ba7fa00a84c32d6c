package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// loader reads what is needed of an event, inside the transaction that decides.
type loader struct {
	queryer
	event domain.EventID
	*domain.Loaded
	found []*domain.Booking // whose tickets are still to be read
}

const (
	selectKey = "SELECT request_hash, booking_id, ticket_ids FROM idempotency_keys WHERE event_id = ? AND key_hash = ?"
	// What a person has waits, or has tickets that are not cancelled.
	selectClaims = "SELECT COALESCE(SUM(CASE b.status WHEN 'WAITING' THEN b.quantity ELSE" +
		" (SELECT COUNT(*) FROM tickets AS t WHERE t.event_id = b.event_id AND t.sequence = b.sequence AND t.status <> 'CANCELLED') END), 0)" +
		" FROM bookings AS b INDEXED BY bookings_by_user" +
		" WHERE b.user_id = ? AND b.event_id = ? AND b.status IN ('WAITING', 'HELD', 'BOOKED')"
	whereLatest = "INDEXED BY bookings_by_user WHERE user_id = ? AND event_id = ? AND status IN ('HELD', 'BOOKED')" +
		" ORDER BY sequence DESC LIMIT ?"
	whereTicket = "WHERE event_id = ?1 AND sequence = (SELECT sequence FROM tickets WHERE event_id = ?1 AND id = ?2)"
	whereID     = "WHERE event_id = ? AND id = ?"
	whereErase  = "INDEXED BY bookings_by_user WHERE user_id = ? AND event_id = ? LIMIT ?"
	whereFront  = "INDEXED BY bookings_by_status WHERE event_id = ? AND status = 'WAITING' ORDER BY sequence LIMIT ?"
	whereDue    = "INDEXED BY bookings_by_expiry WHERE event_id = ? AND status = 'HELD' AND expires_at <= ?" +
		" ORDER BY expires_at, sequence LIMIT ?"
	selectHolds = "SELECT id, sequence, expires_at FROM bookings INDEXED BY bookings_by_expiry WHERE event_id = ? AND status = 'HELD'" +
		" ORDER BY expires_at, sequence LIMIT ?"
)

func (l *loader) load(n domain.Need) error {
	for _, step := range []func(domain.Need) error{l.loadKeys, l.loadClaims, l.loadBookings, l.loadPeople, l.loadLine, l.loadHolds} {
		if err := step(n); err != nil {
			return err
		}
	}
	return addTickets(context.Background(), l, l.event, l.found)
}

func (l *loader) loadKeys(n domain.Need) error {
	for _, key := range n.Keys {
		record, err := keyOf(l, l.event, key)
		if err != nil {
			return err
		}
		l.Keys[key] = record
	}
	return nil
}

// keyOf reads what a key left; nil is nothing.
func keyOf(q queryer, event domain.EventID, key [32]byte) (*domain.KeyRecord, error) {
	var request, tickets []byte
	record := &domain.KeyRecord{Key: key}
	err := get(context.Background(), q, selectKey, []any{&request, &record.BookingID.UUID, &tickets}, event.UUID[:], key[:])
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	copy(record.Request[:], request) // what is forgotten is zero, and matches nothing
	for ; len(tickets) >= len(uuid.UUID{}); tickets = tickets[len(uuid.UUID{}):] {
		record.TicketIDs = append(record.TicketIDs, domain.TicketID{UUID: uuid.UUID(tickets[:len(uuid.UUID{})])})
	}
	return record, err
}

func (l *loader) loadClaims(n domain.Need) error {
	for _, u := range n.Claims {
		var tickets int
		if err := get(context.Background(), l, selectClaims, []any{&tickets}, u.UUID[:], l.event.UUID[:]); err != nil {
			return err
		}
		l.Claims[u] = tickets
	}
	return nil
}

func (l *loader) loadBookings(n domain.Need) error {
	for _, id := range n.Tickets {
		b, err := l.one(whereTicket, id.UUID)
		if err != nil {
			return err
		}
		l.Tickets[id] = b
	}
	for _, id := range n.Bookings {
		b, err := l.one(whereID, id.UUID)
		if err != nil {
			return err
		}
		l.Bookings[id] = b
	}
	return nil
}

// one reads a booking of the event; nil is that there is none.
func (l *loader) one(where string, id uuid.UUID) (*domain.Booking, error) {
	found, err := l.some(where, l.event.UUID[:], id[:])
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// some reads bookings, which get their tickets in the end.
func (l *loader) some(where string, args ...any) ([]domain.Booking, error) {
	found, err := bookingsWhere(context.Background(), l, where, args...)
	for i := range found {
		l.found = append(l.found, &found[i])
	}
	return found, err
}

func (l *loader) loadPeople(n domain.Need) (err error) {
	for u, most := range n.Latest {
		if l.Latest[u], err = l.some(whereLatest, u.UUID[:], l.event.UUID[:], most); err != nil {
			return err
		}
	}
	for _, u := range n.Erase {
		if l.Erase[u], err = l.some(whereErase, u.UUID[:], l.event.UUID[:], domain.MostErased); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadLine(n domain.Need) (err error) {
	if n.Front > 0 {
		l.Front, err = l.some(whereFront, l.event.UUID[:], n.Front)
	}
	return err
}

func (l *loader) loadHolds(n domain.Need) (err error) {
	if !n.Due.IsZero() {
		if l.Due, err = l.some(whereDue, l.event.UUID[:], micros(n.Due), domain.MostExpiries); err != nil {
			return err
		}
	}
	if n.Holds == 0 {
		return nil
	}
	return each(context.Background(), l, selectHolds, []any{l.event.UUID[:], n.Holds}, func(scan func(...any) error) (bool, error) {
		var h domain.Hold
		err := scan(&h.BookingID.UUID, &h.Sequence, moment{&h.ExpiresAt})
		l.Holds = append(l.Holds, h)
		return true, err
	})
}
