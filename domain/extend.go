package domain

import (
	"strconv"
	"time"
)

// MaxExtendSeconds is how far from now a hold can be extended at a time.
const MaxExtendSeconds = 3600

// Extend lets a held booking expire later: so many seconds from now, but never
// earlier than it would, nor later than LatestExpiresAt. So repeats don't add up.
type Extend struct {
	EventID   EventID
	BookingID BookingID
	Seconds   int // 1 to MaxExtendSeconds
	Key       IdempotencyKey
	By        string // who asks, for the journal
}

// Validate names every field that is out of range, with [CodeValidation].
func (c Extend) Validate() error { return checkRange("seconds", c.Seconds, 1, MaxExtendSeconds) }

func (c Extend) about() about {
	return about{
		event: c.EventID, booking: c.BookingID, by: c.By, key: c.Key,
		operation: "extend", request: []string{c.BookingID.String(), strconv.Itoa(c.Seconds)}, tickets: 1,
	}
}

func (Extend) need(n *Need, _ *Event) { n.frees(0, 1) }

// decide extends the hold. Refused, in this order, with [ErrBookingNotFound],
// [ErrEventCancelled], [ErrHoldExpired], [ErrBookingCancelled],
// [ErrBookingNotHeld].
func (c Extend) decide(p *part, b *Booking) (Result, error) {
	if err := p.refuseUnlessHeld(b); err != nil {
		return Result{}, err
	}
	until := p.now.Add(time.Duration(c.Seconds) * time.Second)
	if until.After(b.LatestExpiresAt) {
		until = b.LatestExpiresAt
	}
	if !until.After(b.ExpiresAt) {
		return Result{}, nil
	}
	p.holds.end(b)
	b.ExpiresAt = until
	p.holds.begun = append(p.holds.begun, b)
	p.record(Record{Kind: BookingExtended, Booking: b})
	return Result{}, nil
}
