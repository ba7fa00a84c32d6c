package domain

import (
	"time"
)

// holds are what is known of an event's holds: which expires next.
type holds struct {
	next  []Hold // the next ones, as they were when the batch began
	whole bool   // there are no others
	begun []*Booking
	ended bool // one that may have been the next has ended
}

// minHoldSpan is how long any hold can be kept by extending it.
const minHoldSpan = time.Hour

// hold begins the hold of a booking.
func (p *part) hold(b *Booking, window time.Duration) {
	b.Status = BookingHeld
	b.ExpiresAt = p.now.Add(window)
	b.LatestExpiresAt = p.now.Add(max(minHoldSpan, 2*window))
	p.holds.begun = append(p.holds.begun, b)
	if p.NextReleaseAt.IsZero() || b.ExpiresAt.Before(p.NextReleaseAt) {
		p.NextReleaseAt = b.ExpiresAt
	}
}

func (h *holds) end(*Booking) { h.ended = true }

// findNextRelease finds when the next hold expires, if one has ended or was
// extended.
func (p *part) findNextRelease() error {
	h := &p.holds
	if !h.ended {
		return nil
	}
	h.ended = false
	if p.HeldTickets == 0 || p.Status == EventCancelled {
		p.NextReleaseAt = time.Time{}
		return nil
	}
	for len(h.next) > 0 && !p.stillHeld(h.next[0]) {
		h.next = h.next[1:]
	}
	var next time.Time
	switch {
	case len(h.next) > 0:
		next = h.next[0].ExpiresAt
	case !h.whole:
		return ErrNotLoaded
	}
	for _, b := range h.begun {
		if b.Status == BookingHeld && (next.IsZero() || b.ExpiresAt.Before(next)) {
			next = b.ExpiresAt
		}
	}
	p.NextReleaseAt = next
	return nil
}

// stillHeld reports whether a hold is as it was.
func (p *part) stillHeld(h Hold) bool {
	b := p.bookings[h.BookingID]
	return b == nil || b.Status == BookingHeld && b.ExpiresAt.Equal(h.ExpiresAt)
}

// isDue reports whether a booking's hold is over.
func (p *part) isDue(b *Booking) bool {
	return b.Status == BookingHeld && !p.now.Before(b.ExpiresAt) && p.Status != EventCancelled
}

// catchUp lets take place what has fallen due in the event: holds expire, and
// the line moves, both as far as one transaction takes them.
func (p *part) catchUp() error {
	if p.Status != EventPublished {
		return nil
	}
	due := p.HeldTickets > 0 && !p.now.Before(p.NextReleaseAt)
	if due && !p.dueAsked {
		return ErrNotLoaded
	}
	if due {
		for _, b := range p.due {
			if p.batch.expired >= MostExpiries {
				break // the others stay due
			}
			p.batch.expired += b.live()
			p.expire(b)
		}
	}
	if due || p.Promoting {
		if err := p.promote(); err != nil {
			return err
		}
	}
	if p.WantedTickets > 0 {
		if err := p.raise(p.WantedTickets); err != nil {
			return err
		}
	}
	return p.findNextRelease()
}

// expireIfDue expires a booking that a command names, and lets the line move.
func (p *part) expireIfDue(b *Booking) error {
	if !p.isDue(b) {
		return nil
	}
	by := p.by
	p.begin(ByBoxoffice)
	p.expire(b)
	err := p.promote()
	if err == nil {
		err = p.findNextRelease()
	}
	p.begin(by)
	return err
}

func (p *part) expire(b *Booking) {
	if !p.isDue(b) {
		return
	}
	p.cancelTickets(b, anyTicket, BookingExpired)
}

// refuseUnlessHeld refuses what only a held booking allows.
func (p *part) refuseUnlessHeld(b *Booking) error {
	if p.Status == EventCancelled {
		return ErrEventCancelled
	}
	switch b.Status {
	case BookingHeld:
		return nil
	case BookingExpired:
		return ErrHoldExpired
	case BookingCancelled:
		return ErrBookingCancelled
	default:
		return ErrBookingNotHeld
	}
}
