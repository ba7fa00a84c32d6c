package domain

import (
	"fmt"
	"strings"
	"time"
)

// EventStatus is where an event is in its life.
type EventStatus string

// An event goes from draft to published, and from either to cancelled.
const (
	EventDraft     EventStatus = "DRAFT"
	EventPublished EventStatus = "PUBLISHED"
	EventCancelled EventStatus = "CANCELLED"
)

// Event is an event's settings and counts, all that a plain booking is decided
// by. It is a value: a copy changes nothing elsewhere.
type Event struct {
	ID EventID
	Settings
	Status EventStatus

	// WantedTickets is the capacity that a raise is on its way to, in steps; 0 if
	// none is.
	WantedTickets int

	AvailableTickets int // neither held nor booked nor, in a cancelled event, void
	HeldTickets      int
	Line             Line

	// NextReleaseAt is when the next hold expires; zero without holds.
	NextReleaseAt time.Time
	// Promoting says that more of the line can be promoted than one transaction
	// took on: the next one goes on.
	Promoting bool

	// Version grows by one with every command that changed the event, its
	// bookings or its line, from 1. SettingsVersion is the version in which the
	// settings or the status changed last.
	Version         int64
	SettingsVersion int64
	CreatedAt       time.Time
	UpdatedAt       time.Time // when Version grew last; never before CreatedAt
	CancelledAt     time.Time // zero until it is cancelled
	// ClockAhead is how far the event's time is ahead of the store's; see
	// [Event.TimeAt].
	ClockAhead time.Duration

	// LastSequence is the sequence of the booking accepted last.
	LastSequence int64
}

// Line counts who waits, and who ever did. Positions follow from it without
// counting; see [Line.Place].
type Line struct {
	Waiting        int            // bookings
	WaitingTickets int            // that they ask for in all
	ByQuantity     QuantityCounts // of the waiting bookings

	// Of all that ever joined the line, and of all that were promoted: how many
	// bookings, and how many tickets they asked for (got, if promoted).
	Joined, JoinedTickets     int64
	Promoted, PromotedTickets int64
	// LastPromoted is the sequence of the booking promoted last, 0 if none was.
	// Of those that joined the line, all up to it were promoted or left, and all
	// after it wait or left.
	LastPromoted int64
}

// QuantityCounts counts bookings by their quantity: how many ask for 1 ticket,
// for 2, and so on.
type QuantityCounts [MaxQuantity + 1]int32

// Largest returns the largest quantity that a booking has, or 0.
func (c *QuantityCounts) Largest() int {
	for quantity := MaxQuantity; quantity > 0; quantity-- {
		if c[quantity] > 0 {
			return quantity
		}
	}
	return 0
}

// String names the quantities that there are, like 2×1 1×4.
func (c QuantityCounts) String() string {
	var counts []string
	for quantity, bookings := range c {
		if bookings != 0 {
			counts = append(counts, fmt.Sprintf("%d×%d", bookings, quantity))
		}
	}
	return strings.Join(counts, " ")
}

// Equal reports whether two events are the same in everything.
func (e Event) Equal(o Event) bool {
	same := e.Settings.Equal(o.Settings) && e.NextReleaseAt.Equal(o.NextReleaseAt) &&
		e.CreatedAt.Equal(o.CreatedAt) && e.UpdatedAt.Equal(o.UpdatedAt) && e.CancelledAt.Equal(o.CancelledAt)
	o.Settings, o.NextReleaseAt = e.Settings, e.NextReleaseAt
	o.CreatedAt, o.UpdatedAt, o.CancelledAt = e.CreatedAt, e.UpdatedAt, e.CancelledAt
	return same && e == o
}

// taken returns how many tickets people have, held or booked.
func (e *Event) taken() int { return e.TotalTickets - e.AvailableTickets }

// count adds n times what a booking adds to the event's counts.
func (e *Event) count(b *Booking, n int) {
	switch b.Status {
	case BookingBooked:
		e.AvailableTickets -= n * b.live()
	case BookingHeld:
		e.AvailableTickets -= n * b.live()
		e.HeldTickets += n * b.live()
	case BookingWaiting:
		e.Line.Waiting += n
		e.Line.WaitingTickets += n * b.Quantity
		e.Line.ByQuantity[b.Quantity] += int32(n)
	case BookingExpired, BookingCancelled: // count for nothing
	}
}

// closed refuses what only a published event allows.
func (e *Event) closed() error {
	switch e.Status {
	case EventCancelled:
		return ErrEventCancelled
	case EventDraft:
		return ErrEventNotPublished
	default:
		return nil
	}
}

// maxLag is how far behind the event's last change a clock may be before the
// event's time goes on by itself.
const maxLag = 10 * time.Second

// TimeAt is the event's own time when the store's clock says at. Within an
// event time never runs backwards: a time before the event's last change is
// moved to it. If it would have to be moved by more than 10 s, because a clock
// was ahead once, the event's time goes on from there at real speed: ahead is by
// how much, from then on.
func (e *Event) TimeAt(at time.Time) (now time.Time, ahead time.Duration) {
	now = at.Add(e.ClockAhead)
	lag := e.UpdatedAt.Sub(now)
	switch {
	case lag <= 0:
		return now, e.ClockAhead
	case lag > maxLag:
		return e.UpdatedAt, e.ClockAhead + lag
	default:
		return e.UpdatedAt, e.ClockAhead
	}
}

// NextDueAt is when, by the store's clock, something falls due without any
// command: a hold expires, or a large promotion goes on. Zero is never.
func (e *Event) NextDueAt() time.Time {
	switch {
	case e.Status == EventCancelled:
		return time.Time{}
	case e.Promoting, e.WantedTickets != 0:
		return e.UpdatedAt.Add(-e.ClockAhead)
	case e.NextReleaseAt.IsZero():
		return time.Time{}
	default:
		return e.NextReleaseAt.Add(-e.ClockAhead)
	}
}

// promotes reports whether anybody can be promoted at a time.
func (e *Event) promotes(now time.Time) bool {
	return e.Status == EventPublished && (e.PromotionEndAt.IsZero() || now.Before(e.PromotionEndAt))
}
