package history

import (
	"fmt"
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// seenHold is what all readings and answers together tell of one booking's hold.
type seenHold struct {
	ends          time.Time // zero if nobody saw it
	booked, ended string    // the operations that saw it booked, and expired; empty if none did
}

// checkHolds finds holds that were confirmed too late, or ended too early or too
// late. Nobody extends any in a load, so that each ends when it was first said to.
func (e *event) checkHolds(final *operation) (wrong []string) {
	seen := make(map[int64]*seenHold)
	of := func(sequence int64) *seenHold {
		if seen[sequence] == nil {
			seen[sequence] = &seenHold{}
		}
		return seen[sequence]
	}
	ends := func(sequence int64, at time.Time) {
		h := of(sequence)
		if !h.ends.IsZero() && !at.Equal(h.ends) {
			wrong = append(wrong, fmt.Sprintf("hold: #%d is held until %s and until %s", sequence, h.ends, at))
		}
		h.ends = at
	}
	for _, o := range slices.Concat(e.operations, []*operation{final}) {
		if o.refusal == domain.CodeHoldExpired {
			of(o.at.asked.sequence).ended = o.String()
		}
		if o.kind == book && !o.expiresAt.IsZero() {
			ends(o.at.answered.sequence, o.expiresAt)
		}
		for _, b := range o.bookings {
			switch b.Status {
			case domain.BookingHeld:
				ends(b.Sequence, b.ExpiresAt)
			case domain.BookingBooked:
				of(b.Sequence).booked = o.String()
			case domain.BookingExpired:
				of(b.Sequence).ended = o.String()
			case domain.BookingWaiting, domain.BookingCancelled: // hold nothing
			}
		}
	}
	for i := range final.bookings {
		if h := seen[final.bookings[i].Sequence]; h != nil {
			wrong = append(wrong, h.check(&final.bookings[i], final.event, e.late)...)
		}
	}
	return wrong
}

// check compares what was seen of a hold with what its booking is at the end. A
// change of the event lets expire what is due, and without one a hold ends at most
// so late, unless late is 0.
func (h *seenHold) check(b *bookingJSON, e *eventJSON, late time.Duration) (wrong []string) {
	say := func(text string, values ...any) {
		wrong = append(wrong, fmt.Sprintf("hold: #%d, which is %s, ", b.Sequence, b.Status)+fmt.Sprintf(text, values...))
	}
	if h.ended != "" && b.Status != domain.BookingExpired {
		say("had expired: %s", h.ended)
	}
	if h.booked != "" && b.Status == domain.BookingExpired {
		say("was booked: %s", h.booked)
	}
	if h.ends.IsZero() {
		return wrong
	}
	var cancelled time.Time // the last
	for _, t := range b.Tickets {
		if !t.BookedAt.Before(h.ends) {
			say("was confirmed at %s, and over at %s", t.BookedAt, h.ends)
		}
		if t.CancelledAt.After(cancelled) {
			cancelled = t.CancelledAt
		}
	}
	switch {
	case b.Status == domain.BookingHeld && !e.UpdatedAt.Before(h.ends):
		say("was over at %s, and the event changed at %s", h.ends, e.UpdatedAt)
	case b.Status == domain.BookingExpired && cancelled.Before(h.ends):
		say("expired at %s, before %s", cancelled, h.ends)
	case b.Status == domain.BookingExpired && late > 0 && cancelled.Sub(h.ends) > late:
		say("expired at %s, %s late", cancelled, cancelled.Sub(h.ends))
	}
	return wrong
}
