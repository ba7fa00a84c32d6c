package domain

import (
	"fmt"
	"time"
)

// Replica is an event that is played back from its journal. Apply its records in
// order, from the first on; then it has the event and its bookings as they are,
// but for who they belong to, which no record tells. The zero value is ready.
//
// Nor does a record tell [Event.ClockAhead] and [Event.Promoting], which only say
// how a server goes on.
type Replica struct {
	Event    Event
	Bookings []Booking // by sequence, the first at 0, positions filled in by [Replica.Booking]
	left     []LeftBefore
	holds    map[BookingID]time.Time // when they expire
}

// Apply plays the next record. It fails if that is not the one that follows.
func (r *Replica) Apply(record Record) error {
	next := record.Version == r.Event.Version+1 && record.Number == 1
	if !next && record.Version != r.Event.Version {
		return fmt.Errorf("record %d-%d of event %s does not follow version %d", record.Version, record.Number, record.EventID, r.Event.Version)
	}
	if record.Event != nil {
		r.applyEvent(record)
	}
	if record.Booking != nil {
		if err := r.applyBooking(record); err != nil {
			return err
		}
	}
	r.Event.Version, r.Event.UpdatedAt = record.Version, record.At
	r.findNextRelease()
	return nil
}

func (r *Replica) applyEvent(record Record) {
	e := &r.Event
	if record.Kind == EventWasCreated {
		*e = *record.Event
		return
	}
	e.AvailableTickets += record.Event.TotalTickets - e.TotalTickets
	e.Settings, e.Status, e.WantedTickets = record.Event.Settings, record.Event.Status, record.Event.WantedTickets
	e.SettingsVersion = record.Event.SettingsVersion
	if record.Kind == EventWasCancelled {
		e.cancel(record.At)
	}
}

func (r *Replica) applyBooking(record Record) error {
	b, e := record.Booking.Clone(), &r.Event
	i := int(b.Sequence) - 1
	switch {
	case i == len(r.Bookings):
		r.Bookings, r.left = append(r.Bookings, b), append(r.left, LeftBefore{})
		e.LastSequence = b.Sequence
	case i >= 0 && i < len(r.Bookings):
		if e.Status != EventCancelled {
			e.count(&r.Bookings[i], -1)
		}
		r.Bookings[i] = b
	default:
		return fmt.Errorf("booking %d of event %s comes after %d others", b.Sequence, record.EventID, len(r.Bookings))
	}
	if e.Status != EventCancelled {
		e.count(&b, +1)
	}
	if r.holds == nil {
		r.holds = make(map[BookingID]time.Time)
	}
	delete(r.holds, b.ID)
	if b.Status == BookingHeld {
		r.holds[b.ID] = b.ExpiresAt
	}
	switch record.Kind {
	case BookingJoined:
		e.Line.Joined, e.Line.JoinedTickets = b.Joined.Number, b.Joined.TicketsBefore+int64(b.Quantity)
	case BookingWasPromoted:
		e.Line.Promoted++
		e.Line.PromotedTickets += int64(b.Quantity)
		e.Line.LastPromoted = b.Sequence
	case BookingLeft:
		r.left[i] = LeftBefore{Bookings: 1, Tickets: r.left[i].Tickets + int64(b.Quantity)}
	case BookingChanged:
		r.left[i].Tickets += int64(record.Less)
	case BookingWasBooked, BookingWasHeld, BookingConfirmed, BookingExtended, BookingHasExpired, BookingTransferred,
		TicketsCancelled, PersonErased, EventWasCreated, EventWasChanged, EventWasCancelled: // their booking says it all
	}
	return nil
}

func (r *Replica) findNextRelease() {
	e := &r.Event
	e.NextReleaseAt = time.Time{}
	if e.Status == EventCancelled {
		return
	}
	for _, at := range r.holds {
		if e.NextReleaseAt.IsZero() || at.Before(e.NextReleaseAt) {
			e.NextReleaseAt = at
		}
	}
}

// Booking returns the booking with a sequence, as a store shows it.
func (r *Replica) Booking(sequence int64) Booking {
	b := r.Bookings[sequence-1]
	if b.Status == BookingWaiting {
		var left LeftBefore
		for _, l := range r.left[:sequence-1] {
			left.Bookings += l.Bookings
			left.Tickets += l.Tickets
		}
		b.Position, b.TicketsAhead = r.Event.Line.Place(b.Joined, left)
	}
	return b.OfEvent(r.Event)
}
