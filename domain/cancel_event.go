package domain

import "time"

// CancelEvent cancels an event for good.
type CancelEvent struct {
	EventID EventID
	Key     IdempotencyKey
	By      string // who asks, for the journal
}

// Validate always succeeds.
func (CancelEvent) Validate() error { return nil }

func (c CancelEvent) about() about {
	return about{event: c.EventID, by: c.By, key: c.Key, operation: "cancel event", tickets: 1}
}

func (CancelEvent) need(*Need, *Event) {}

// decide cancels the event; nothing happens if it is already. The rows of its
// bookings stay as they are: that they are cancelled follows from the event.
func (CancelEvent) decide(p *part, _ *Booking) (Result, error) {
	if p.Status == EventCancelled {
		return Result{}, nil
	}
	p.touch()
	p.Event.cancel(p.now)
	p.SettingsVersion = p.Version
	p.recordEvent(EventWasCancelled, "")
	return Result{}, nil
}

func (e *Event) cancel(at time.Time) {
	e.Status, e.CancelledAt = EventCancelled, at
	e.AvailableTickets, e.HeldTickets, e.WantedTickets = 0, 0, 0
	e.Line.Waiting, e.Line.WaitingTickets, e.Line.ByQuantity = 0, 0, QuantityCounts{}
	e.NextReleaseAt, e.Promoting = time.Time{}, false
}
