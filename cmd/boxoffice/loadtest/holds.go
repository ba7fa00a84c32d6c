package loadtest

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

// hold is what became of a booking's hold, as far as its caller was told.
type hold uint8

const (
	notHeld hold = iota // yet, or by an event that has no holds
	held
	confirmed
	expired
	givenBack
)

// visit is when somebody comes back who is too late.
type visit struct {
	promise int32
	at      time.Time
}

// comeBack lets somebody whose tickets are held decide: of 10, 6 confirm at once,
// 2 give them back and 2 come too late.
func (c *client) comeBack() {
	if len(c.late) > 0 && !time.Now().Before(c.late[0].at) {
		i := c.late[0].promise
		c.late = c.late[1:]
		c.confirm(&c.promises[i])
		c.keep(i)
		return
	}
	if len(c.held) == 0 {
		return
	}
	i := takeAny(c.random, &c.held)
	p := &c.promises[i]
	switch dice := c.random.IntN(10); {
	case dice < 2:
		c.late = append(c.late, visit{i, time.UnixMilli(p.expiresAt).Add(time.Second)})
		return
	case dice < 4:
		c.giveBack(p)
	default:
		c.confirm(p)
	}
	c.keep(i)
}

func (p *promise) path(c *client) string {
	return "/events/" + c.load.events[p.event] + "/bookings/" + p.booking.String()
}

func (c *client) confirm(p *promise) {
	var now listedBooking
	switch failed := c.do(opConfirm, http.MethodPost, p.path(c)+"/confirm", nil, http.StatusOK, &now); {
	case failed == nil && now.Status == "BOOKED":
		p.hold = confirmed
	case failed == nil:
		c.load.wrong.add("%s of %s was confirmed and is %s", p.booking, identifier(p.person), now.Status)
	case failed.code == codeHoldExpired:
		p.hold = expired
	default:
		c.notDone(p, failed)
	}
}

func (c *client) giveBack(p *promise) {
	var now listedBooking
	switch failed := c.do(opGiveBack, http.MethodDelete, p.path(c), nil, http.StatusOK, &now); {
	case failed == nil && now.Status == "CANCELLED":
		p.hold = givenBack
	case failed == nil && now.Status == "EXPIRED":
		p.hold = expired
	case failed == nil:
		c.load.wrong.add("%s of %s was given back and is %s", p.booking, identifier(p.person), now.Status)
	default:
		c.notDone(p, failed)
	}
}

// notDone takes it in that a hold could not be ended. No refusal but for a busy
// server makes sense then.
func (c *client) notDone(p *promise, failed *failure) {
	p.unsure = failed.unknown
	if !failed.unknown && !failed.busy() {
		c.load.wrong.add("%s of %s is held, and was refused with %s", p.booking, identifier(p.person), failed.code)
		p.unsure = true
	}
}

const codeHoldExpired = "hold_expired"

// settle confirms what an event still holds, so that its books stand still.
func (l *load) settle(c *connection, event string, promised *ledger) error {
	settled := make(map[uuid.UUID]bool)
	for {
		var page bookingsPage
		if err := c.read("/events/"+event+"/bookings?status=HELD&limit=200", &page); err != nil || len(page.Bookings) == 0 {
			return err
		}
		for i := range page.Bookings {
			b := &page.Bookings[i]
			if settled[b.ID] {
				l.wrong.add("event %s: %s of %s was confirmed, or too late for that, and is held", event, b.ID, b.Identifier)
				return nil
			}
			settled[b.ID] = true
			p := new(promise) // nobody was told of it
			if place, ok := promised.places[b.ID]; ok {
				p = promised.promises[place]
			}
			failed := patiently(func() *failure {
				return c.call(http.MethodPost, "/events/"+event+"/bookings/"+b.ID.String()+"/confirm", nil, http.StatusOK, nil)
			})
			switch {
			case failed == nil:
				p.hold = confirmed
			case failed.code == codeHoldExpired:
				p.hold = expired
			default:
				return explain(failed)
			}
		}
	}
}
