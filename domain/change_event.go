package domain

import (
	"slices"
	"time"
)

// ChangeEvent changes an event's settings; what is nil stays.
type ChangeEvent struct {
	EventID           EventID
	Name              *string
	TotalTickets      *int
	MaxTicketsPerUser *Limit
	MaxWaitlist       *Limit
	HoldSeconds       *int       // 0 for none, as everywhere
	ClaimSeconds      *int       //
	SalesStartAt      *time.Time // the zero time for none, as everywhere
	SalesEndAt        *time.Time
	PromotionEndAt    *time.Time
	SelfService       *bool
	StartsAt          *time.Time
	Venue             *string
	Description       *string
	Publish           bool
	// IfSettings lets the change happen only while the event's SettingsVersion
	// is one of these; nil is any version.
	IfSettings []int64
	By         string // who asks, for the journal
}

// Validate names every field that is out of range, with [CodeValidation].
// Whether the settings go together is judged by the event that results.
func (c ChangeEvent) Validate() error {
	// What stays is given a value that is in range.
	s := c.applyTo(Settings{Name: "-", TotalTickets: MaxTotalTickets})
	s.SelfService = false
	if s.ClaimSeconds == 0 {
		s.ClaimSeconds = MinClaimSeconds
	}
	s.SalesStartAt, s.SalesEndAt = time.Time{}, time.Time{}
	return s.Validate()
}

func (c ChangeEvent) about() about {
	return about{event: c.EventID, by: c.By, operation: "change event", tickets: 1}
}

// prepare says what the change may make other commands need.
func (c ChangeEvent) prepare(n *Need) {
	if c.MaxTicketsPerUser != nil {
		if _, limited := c.MaxTicketsPerUser.Max(); limited {
			n.limited = true
		}
	}
	if c.TotalTickets != nil {
		n.freeing = true
		n.capacity = max(n.capacity, *c.TotalTickets)
	}
	if c.PromotionEndAt != nil {
		n.freeing, n.promoting = true, true
	}
}

func (ChangeEvent) need(*Need, *Event) {}

// applyTo returns the settings as the change makes them.
func (c ChangeEvent) applyTo(s Settings) Settings {
	set(&s.Name, c.Name)
	set(&s.TotalTickets, c.TotalTickets)
	set(&s.MaxTicketsPerUser, c.MaxTicketsPerUser)
	set(&s.MaxWaitlist, c.MaxWaitlist)
	set(&s.HoldSeconds, c.HoldSeconds)
	set(&s.ClaimSeconds, c.ClaimSeconds)
	set(&s.SalesStartAt, c.SalesStartAt)
	set(&s.SalesEndAt, c.SalesEndAt)
	set(&s.PromotionEndAt, c.PromotionEndAt)
	set(&s.SelfService, c.SelfService)
	set(&s.StartsAt, c.StartsAt)
	set(&s.Venue, c.Venue)
	set(&s.Description, c.Description)
	return s
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// decide changes the settings, all of them or none, and promotes whoever fits
// then. If a larger capacity would promote very many, it is raised only as far as
// it promotes, and the event wants the rest; see [Event.WantedTickets]. Refused,
// in this order, with [ErrPreconditionFailed], [ErrEventCancelled],
// [ErrValidation], [ErrCapacityBelowBooked], [ErrCapacityBelowWaiting].
func (c ChangeEvent) decide(p *part, _ *Booking) (Result, error) {
	switch {
	case c.IfSettings != nil && !slices.Contains(c.IfSettings, p.SettingsVersion):
		return Result{}, ErrPreconditionFailed
	case p.Status == EventCancelled:
		return Result{}, ErrEventCancelled
	}
	changed := c.applyTo(p.Settings)
	if err := changed.Validate(); err != nil {
		return Result{}, err
	}
	wanted, isWanted := changed.TotalTickets, c.TotalTickets != nil
	if isWanted {
		if err := p.checkCapacity(wanted); err != nil {
			return Result{}, err
		}
	}
	changed.TotalTickets = p.TotalTickets
	status := p.Status
	if c.Publish {
		status = EventPublished
	}
	other := !changed.Equal(p.Settings) || status != p.Status
	p.Settings, p.Status = changed, status
	lowered := isWanted && (wanted < p.TotalTickets || wanted == p.TotalTickets && p.WantedTickets != 0)
	if lowered {
		p.AvailableTickets -= p.TotalTickets - wanted
		p.TotalTickets, p.WantedTickets = wanted, 0
	}
	if other || lowered {
		p.changedSettings()
	}
	if isWanted && wanted > p.TotalTickets {
		return Result{}, p.raise(wanted)
	}
	if c.PromotionEndAt == nil { // nothing else lets anybody be promoted
		return Result{}, nil
	}
	return Result{}, p.promote()
}

// checkCapacity refuses a capacity that leaves too little for those who have
// tickets or wait for them.
func (p *part) checkCapacity(total int) error {
	switch {
	case total < p.taken():
		return ErrCapacityBelowBooked
	case total < p.Line.ByQuantity.Largest():
		return ErrCapacityBelowWaiting
	}
	return nil
}
