package porttest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Small events, which few bookings fill. What comes first or last in a list is
// drawn more often.
var (
	noLimit    domain.Limit
	userLimits = []domain.Limit{noLimit, domain.AtMost(8), domain.AtMost(5), domain.AtMost(4), noLimit}
	lineLimits = []domain.Limit{noLimit, noLimit, noLimit, domain.AtMost(5), domain.AtMost(2), domain.AtMost(0), noLimit}
	capacities = []int{6, 4, 5, 3, 1, 2, 10, 14, 8}
	quantities = []int{1, 2, 3, 4, 5, 0, 1}
	spellings  = []string{"ada", "bob", "cy", " ADA", "dan", "Bob "}
	references = []string{"", "", "order 7", "order 8"}
	keys       = []string{"", "", "", "k1", "k2", ""}
	holds      = []int{0, 30, 0, 60, 4000}
	claims     = []int{60, 0, 120, 5000, 60}
	seconds    = []int{1, 45, 600, 3600}

	// From the time at which the event was created.
	moments = []time.Duration{noTime, noTime, time.Minute, -time.Hour, 2 * time.Hour, 30 * time.Hour, noTime}
	// How far the clock goes between two batches; see nextTime.
	jumps = []time.Duration{
		0, time.Second, nextTime, nextTime, 30 * time.Second, nextTime - time.Microsecond, time.Microsecond, time.Minute,
		time.Hour, -time.Second, -10 * time.Second, -11 * time.Second, -time.Hour, 24 * time.Hour, -24 * time.Hour, time.Minute, 0,
	}
)

const (
	noTime = time.Duration(-1)
	// nextTime is no time: the clock goes to where something falls due, ends or
	// begins next, or as much before it.
	nextTime = 1000 * time.Hour
)

// often are commands that are drawn, each as often as it stands here.
var often = []func(*rapid.T) domain.Command{
	aBooking, aCancellation, aBooking, aConfirmation, aBooking, aDeparture, aChange, aBooking, aGift, aBooking,
	anExtension, aBooking, aCancellation, aTransfer, aSmallerWish, aBooking, aTransfer, aChange, aConfirmation, anErasure, aBooking,
}

var commandsOf = slices.Concat(slices.Repeat(often, 4), []func(*rapid.T) domain.Command{
	aCatchUp, aCatchUp, theEnd,
}, slices.Repeat(often, 4))

func pick[V any](t *rapid.T, from []V, name string) V { return rapid.SampledFrom(from).Draw(t, name) }

func aPerson(t *rapid.T) domain.Person {
	person, err := domain.NewPerson(pick(t, spellings, "person"))
	if err != nil {
		t.Fatal(err)
	}
	return person
}

func aKey(t *rapid.T) domain.IdempotencyKey {
	if k := pick(t, keys, "key"); k != "" {
		return key(k)
	}
	return domain.IdempotencyKey{}
}

func aBooking(t *rapid.T) domain.Command {
	c := domain.Book{Person: aPerson(t), Quantity: pick(t, quantities, "quantity"), Reference: pick(t, references, "reference"), Key: aKey(t)}
	c.NoWait = rapid.IntRange(0, 4).Draw(t, "noWait") == 4
	if !c.Key.IsZero() { // so that a key often comes with the same request
		c.Quantity, c.Reference, c.NoWait = min(1, c.Quantity), "", false
	}
	return c
}

func aCancellation(t *rapid.T) domain.Command {
	c := domain.CancelTickets{Person: aPerson(t), Key: aKey(t)}
	if rapid.Bool().Draw(t, "several") {
		c.Quantity = 1 + pick(t, quantities, "quantity")
	}
	return c
}

func aDeparture(*rapid.T) domain.Command      { return domain.LeaveWaitlist{} }
func aGift(t *rapid.T) domain.Command         { return domain.GiveBack{Key: aKey(t)} }
func aConfirmation(t *rapid.T) domain.Command { return domain.Confirm{Key: aKey(t)} }
func aTransfer(t *rapid.T) domain.Command     { return domain.Transfer{Person: aPerson(t), Key: aKey(t)} }
func aCatchUp(*rapid.T) domain.Command        { return domain.CatchUp{} }
func theEnd(t *rapid.T) domain.Command        { return domain.CancelEvent{Key: aKey(t)} }

func anExtension(t *rapid.T) domain.Command {
	return domain.Extend{Seconds: pick(t, seconds, "seconds"), Key: aKey(t)}
}

func anErasure(t *rapid.T) domain.Command {
	return domain.ErasePerson{Person: aPerson(t), Force: rapid.Bool().Draw(t, "force")}
}

func aSmallerWish(t *rapid.T) domain.Command {
	var c domain.ChangeBooking
	if rapid.IntRange(0, 3).Draw(t, "what") > 0 {
		c.Quantity = new(max(1, pick(t, quantities, "quantity")))
	}
	c.Reference = rapid.Ptr(rapid.SampledFrom(references), true).Draw(t, "reference")
	return c
}

func aChange(t *rapid.T) domain.Command {
	var c domain.ChangeEvent
	switch pick(t, []string{"capacity", "capacity and name", "limits", "holds", "times", "promotion", "publish", "capacity"}, "what") {
	case "capacity":
		c.TotalTickets = new(pick(t, capacities, "totalTickets"))
	case "capacity and name":
		c.TotalTickets = new(pick(t, capacities, "totalTickets"))
		c.Name = new(pick(t, []string{"Concert", "Encore"}, "name"))
		c.Venue, c.Description = c.Name, c.Name
	case "limits":
		c.MaxTicketsPerUser = rapid.Ptr(rapid.SampledFrom(userLimits), true).Draw(t, "maxTicketsPerUser")
		c.MaxWaitlist = rapid.Ptr(rapid.SampledFrom(lineLimits), true).Draw(t, "maxWaitlist")
		c.SelfService = new(rapid.Bool().Draw(t, "selfService"))
	case "holds":
		c.HoldSeconds = rapid.Ptr(rapid.SampledFrom(holds), true).Draw(t, "holdSeconds")
		c.ClaimSeconds = rapid.Ptr(rapid.SampledFrom(claims), true).Draw(t, "claimSeconds")
	case "times":
		c.SalesStartAt, c.SalesEndAt, c.StartsAt = aTime(t, "salesStartAt"), aTime(t, "salesEndAt"), aTime(t, "startsAt")
	case "promotion":
		c.PromotionEndAt = aTime(t, "promotionEndAt")
	case "publish":
		c.Publish = true
	}
	c.IfSettings = pick(t, [][]int64{nil, nil, {1, 3, 5, 7, 9, 11, 13, 15}, nil}, "ifSettings")
	return c
}

// epoch is when the events of the properties are created: long after anything
// else that a store may hold, so that nobody's clock plays a part.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func aTime(t *rapid.T, name string) *time.Time {
	after := pick(t, moments, name)
	if after == noTime {
		return new(time.Time{})
	}
	return new(epoch.Add(after))
}

var creations = rapid.Custom(func(t *rapid.T) domain.CreateEvent {
	c := domain.CreateEvent{Settings: domain.Settings{
		Name:              "Concert",
		TotalTickets:      pick(t, capacities, "totalTickets"),
		MaxTicketsPerUser: pick(t, userLimits, "maxTicketsPerUser"),
		MaxWaitlist:       pick(t, lineLimits, "maxWaitlist"),
		HoldSeconds:       pick(t, holds, "holdSeconds"),
		ClaimSeconds:      pick(t, claims, "claimSeconds"),
	}}
	if c.HoldSeconds > 0 {
		c.ClaimSeconds = max(c.ClaimSeconds, domain.MinClaimSeconds)
	}
	statuses := append(slices.Repeat([]domain.EventStatus{domain.EventPublished}, 6), domain.EventDraft, domain.EventPublished)
	c.Status = pick(t, statuses, "status")
	if pick(t, []string{"", "", "times", ""}, "times") != "" {
		c.PromotionEndAt, c.SalesEndAt = *aTime(t, "promotionEndAt"), *aTime(t, "salesEndAt")
	}
	return c
})

// randomBatch is what is decided at a time.
type randomBatch struct {
	jump  time.Duration
	moves []move
}

var batches = rapid.Custom(func(t *rapid.T) randomBatch {
	return randomBatch{
		jump: pick(t, jumps, "jump"),
		moves: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
			return move{
				event:   rapid.IntRange(0, 1).Draw(t, "event"),
				pick:    rapid.IntRange(0, 30).Draw(t, "pick"),
				command: pick(t, commandsOf, "command")(t),
			}
		}), 1, 12).Draw(t, "moves"),
	}
})

// GoString keeps the log of what is drawn short.
func (b randomBatch) GoString() string { return fmt.Sprintf("%d moves after %v", len(b.moves), b.jump) }

// drawBatches draws batches of moves, so many batches on average.
func drawBatches(t *rapid.T, average int) []randomBatch {
	const half = 5 // of rapid's own: it draws so many more than the least, on average
	return rapid.SliceOfN(batches, max(1, average-half), 2*average).Draw(t, "batches")
}

// after is what the clock says after a jump, from what it said before.
func (b randomBatch) after(clock time.Time, events []eventState) time.Time {
	if b.jump < nextTime-time.Second {
		return clock.Add(b.jump)
	}
	var next time.Time
	for _, e := range events {
		for _, at := range []time.Time{e.NextReleaseAt, e.PromotionEndAt, e.SalesStartAt, e.SalesEndAt} {
			at = at.Add(-e.ClockAhead)
			if at.After(clock) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	if next.IsZero() {
		return clock
	}
	return next.Add(b.jump - nextTime)
}
