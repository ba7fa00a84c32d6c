package domain

import (
	"errors"
	"fmt"
)

// Batch is what many commands are decided in, one after another, each seeing
// what those before it did. A store makes it from events and saves what came
// out of it, in one transaction.
//
// A Batch is not safe for concurrent use.
type Batch struct {
	parts    map[EventID]*part
	order    []*part
	records  []Record
	keys     []KeyUse
	expired  int // tickets; see MostExpiries
	promoted int // tickets; see MostPromoted
	err      error
}

// KeyUse is a key that was used on an event.
type KeyUse struct {
	EventID EventID
	KeyRecord
}

// NewBatch starts a batch on events. What comes out of it may be saved only if
// nobody else has changed them meanwhile.
func NewBatch(events []Event) *Batch {
	b := &Batch{parts: make(map[EventID]*part, len(events)), order: make([]*part, len(events))}
	for i, e := range events {
		p := newPart(b, e)
		b.order[i], b.parts[e.ID] = p, p
	}
	return b
}

// Load adds what a store found of a need; see [NewLoaded]. A need of an event
// that is not in the batch is passed over.
func (b *Batch) Load(n Need, l *Loaded) {
	if p, ok := b.parts[n.EventID]; ok {
		p.load(n, l)
	}
}

// Records returns what happened, in order.
func (b *Batch) Records() []Record { return b.records }

// Keys returns what accepted commands left under their idempotency keys.
func (b *Batch) Keys() []KeyUse { return b.keys }

// Changed returns the events that something happened to, as they are now, in
// the order in which they were given.
func (b *Batch) Changed() []Event {
	var changed []Event
	for _, p := range b.order {
		if p.Version != p.before.Version {
			changed = append(changed, p.Event)
		}
	}
	return changed
}

// ClockJumps returns the changed events whose own time is further ahead of the
// store's than it was: the clock of one who changed them must have been wrong. See
// [Event.TimeAt].
func (b *Batch) ClockJumps() []EventID {
	var jumped []EventID
	for _, p := range b.order {
		if p.Version != p.before.Version && p.ClockAhead != p.before.ClockAhead {
			jumped = append(jumped, p.ID)
		}
	}
	return jumped
}

// Err returns [ErrNotLoaded] if a decision could not be made; then nothing of
// the batch may be saved.
func (b *Batch) Err() error { return b.err }

// Decide decides one command. Before the first one of an event, what has fallen
// due in the event takes place. A refusal, which is an [*Error] with the codes
// that the command names, undoes nothing. A command whose idempotency key was
// accepted before is answered with a [*Repeat]. Any other error sinks the whole
// batch; see [Batch.Err].
func (b *Batch) Decide(c Command, s Stamp) (Result, error) {
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	if s.NewID == nil || s.At.IsZero() {
		return Result{}, b.fail(errors.New("domain: a stamp needs a time and a source of ids"))
	}
	a := c.about()
	p, ok := b.parts[a.event]
	if !ok {
		return Result{}, ErrEventNotFound
	}
	r, err := p.decide(c, a, s)
	if err != nil {
		return Result{}, b.fail(err)
	}
	r.Event = p.Event
	return r, nil
}

// fail passes an error on, and remembers it if it sinks the whole batch.
func (b *Batch) fail(err error) error {
	var refusal *Error
	var repeat *Repeat
	if b.err == nil && !errors.As(err, &refusal) && !errors.As(err, &repeat) {
		b.err = fmt.Errorf("deciding a batch: %w", err)
	}
	return err
}
