package sqlite

import (
	"context"
	"errors"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// Update changes events; see [ports.Writer].
func (s *Store) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	return s.transact(ctx, func(w *connection) (*ports.JournalRow, error) {
		events := make([]domain.Event, 0, len(ids))
		for _, id := range ids {
			e, err := eventOf(context.Background(), w, id)
			if errors.Is(err, domain.ErrEventNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			events = append(events, e)
		}
		batch := domain.NewBatch(events)
		for _, n := range need(slices.Clone(events)) {
			l := loader{queryer: w, event: n.EventID, Loaded: domain.NewLoaded(n)}
			if err := l.load(n); err != nil {
				return nil, err
			}
			batch.Load(n, l.Loaded)
		}
		if err := decide(batch); err != nil {
			return nil, answer{err}
		}
		if err := batch.Err(); err != nil {
			return nil, answer{err}
		}
		if len(batch.Records()) == 0 && len(batch.Keys()) == 0 {
			return nil, nil
		}
		journal, err := ports.JournalOf(batch)
		if err != nil {
			return nil, answer{err}
		}
		return s.save(w, events, ports.ChangesOf(batch), journal)
	})
}

// eventOf reads an event, or returns domain.ErrEventNotFound.
func eventOf(ctx context.Context, q queryer, id domain.EventID) (domain.Event, error) {
	var e domain.Event
	found := false
	err := each(ctx, q, selectEvent, []any{id.UUID[:]}, func(scan func(...any) error) (more bool, err error) {
		found = true
		e, err = scanEvent(scan)
		return false, err
	})
	if err == nil && !found {
		err = domain.ErrEventNotFound
	}
	return e, err
}

// save writes what a batch came to, and returns what proves it, if
// anything does.
func (s *Store) save(w *connection, before []domain.Event, c *ports.Changes, journal []ports.JournalRow) (*ports.JournalRow, error) {
	settings := make(map[domain.EventID]int64, len(before))
	for i := range before {
		settings[before[i].ID] = before[i].SettingsVersion
	}
	for i := range c.Events {
		e := &c.Events[i]
		text, values := updateCounts, countValues(e)
		if e.SettingsVersion != settings[e.ID] {
			text, values = updateEvent, append(values, settingValues(e)...)
		}
		if err := w.exec(text, append(values, e.ID.UUID[:])...); err != nil {
			return nil, err
		}
	}
	if err := s.saveBookings(w, c.Bookings); err != nil {
		return nil, err
	}
	for _, left := range c.Left {
		for level := range levels {
			block := left.Sequence >> (level * levelBits)
			err := w.exec(addDeparture, left.EventID.UUID[:], level, block>>levelBits, block&childMask, left.Bookings, left.Tickets)
			if err != nil {
				return nil, err
			}
		}
	}
	if err := saveKeys(w, c.Keys...); err != nil {
		return nil, err
	}
	if err := saveJournal(w, journal...); err != nil {
		return nil, err
	}
	if len(journal) == 0 { // a key was used, and nothing changed
		return nil, nil
	}
	return &journal[0], nil
}

func (s *Store) saveBookings(w *connection, changes []ports.BookingChange) error {
	var bookings, tickets []any // new rows
	for i := range changes {
		b := &changes[i]
		s.traces = s.traces || b.Erased
		if b.New {
			bookings = append(bookings, b.EventID.UUID[:], b.Sequence, b.ID.UUID[:], b.UserID.UUID[:], orNull(b.Identifier), b.Quantity,
				string(b.Status), orNull(b.Reference), b.Transfers, micros(b.ExpiresAt), micros(b.LatestExpiresAt),
				b.Joined.Number, b.Joined.TicketsBefore, micros(b.CreatedAt))
		} else if err := changeBooking(w, b); err != nil {
			return err
		}
		if b.NewTickets {
			for i := range b.Tickets {
				t := &b.Tickets[i]
				tickets = append(tickets, b.EventID.UUID[:], t.Sequence, t.Ordinal, t.ID.UUID[:], string(t.Status),
					micros(t.BookedAt), micros(t.CancelledAt))
			}
		}
	}
	if err := insertBookings.add(w, bookings); err != nil {
		return err
	}
	return insertTickets.add(w, tickets)
}

func changeBooking(w *connection, b *ports.BookingChange) error {
	event := b.EventID.UUID[:]
	err := w.exec(updateBooking, orNull(b.Identifier), b.Quantity, string(b.Status), orNull(b.Reference),
		micros(b.ExpiresAt), micros(b.LatestExpiresAt), event, b.Sequence)
	if err == nil && b.NewPerson {
		err = w.exec(updatePerson, b.UserID.UUID[:], b.Transfers, event, b.Sequence)
	}
	if err != nil {
		return err
	}
	for _, i := range b.Changed {
		t := &b.Tickets[i]
		err := w.exec(updateTicket, string(t.Status), micros(t.BookedAt), micros(t.CancelledAt), event, t.Sequence, t.Ordinal)
		if err != nil {
			return err
		}
	}
	return nil
}

const forgetRequests = "UPDATE idempotency_keys INDEXED BY idempotency_keys_by_user SET request_hash = NULL, user_id = NULL WHERE user_id = ?"

// ForgetRequests implements [ports.Writer].
func (s *Store) ForgetRequests(ctx context.Context, person domain.UserID) error {
	return s.change(ctx, func(w *connection) error {
		s.traces = true
		return w.exec(forgetRequests, person.UUID[:])
	})
}

func saveKeys(w *connection, uses ...domain.KeyUse) error {
	values := make([]any, 0, len(uses)*insertKeys.columns)
	for i := range uses {
		k := &uses[i]
		var tickets []byte
		for _, id := range k.TicketIDs {
			tickets = append(tickets, id.UUID[:]...)
		}
		var person, booking, ids any
		if k.UserID != (domain.UserID{}) {
			person = k.UserID.UUID[:]
		}
		if k.BookingID != (domain.BookingID{}) {
			booking = k.BookingID.UUID[:]
		}
		if tickets != nil {
			ids = tickets
		}
		values = append(values, k.EventID.UUID[:], k.Key[:], k.Request[:], person, booking, ids)
	}
	return insertKeys.add(w, values)
}

func saveJournal(w *connection, rows ...ports.JournalRow) error {
	values := make([]any, 0, len(rows)*insertJournal.columns)
	for i := range rows {
		values = append(values, rows[i].EventID.UUID[:], rows[i].LastVersion, rows[i].FirstVersion, string(rows[i].Records))
	}
	return insertJournal.add(w, values)
}
