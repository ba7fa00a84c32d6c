package loadtest

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
)

type statusAnswer struct {
	TotalTickets     int `json:"totalTickets"`
	AvailableTickets int `json:"availableTickets"`
	HeldTickets      int `json:"heldTickets"`
	WaitingListCount int `json:"waitingListCount"`
}

// check returns the rule that a status breaks by itself, or "".
func (s statusAnswer) check(totalTickets int) string {
	switch {
	case s.TotalTickets != totalTickets:
		return fmt.Sprintf("has %d tickets, not %d", s.TotalTickets, totalTickets)
	case s.AvailableTickets < 0 || s.AvailableTickets > s.TotalTickets:
		return fmt.Sprintf("%d of %d tickets are available", s.AvailableTickets, s.TotalTickets)
	case s.HeldTickets < 0 || s.HeldTickets > s.TotalTickets-s.AvailableTickets:
		return fmt.Sprintf("%d tickets are held and %d available, of %d", s.HeldTickets, s.AvailableTickets, s.TotalTickets)
	case s.WaitingListCount < 0:
		return fmt.Sprintf("%d bookings wait", s.WaitingListCount)
	}
	return ""
}

type listedBooking struct {
	ID         uuid.UUID      `json:"id"`
	Identifier string         `json:"identifier"`
	Quantity   int            `json:"quantity"`
	Sequence   int64          `json:"sequence"`
	Status     string         `json:"status"`
	Position   int32          `json:"position"`
	ExpiresAt  time.Time      `json:"expiresAt"`
	Tickets    []ticketAnswer `json:"tickets"`
}

type bookingsPage struct {
	Bookings   []listedBooking `json:"bookings"`
	NextCursor string          `json:"nextCursor"`
}

// count counts the booking's tickets that have a status.
func (b *listedBooking) count(status string) int {
	n := 0
	for _, t := range b.Tickets {
		if t.Status == status {
			n++
		}
	}
	return n
}

// compare returns how a booking differs from what its caller was told, or "".
func (p *promise) compare(b *listedBooking, holds bool) string {
	if b.ID != p.booking || b.Identifier != identifier(p.person) || b.Quantity != int(p.quantity) {
		return fmt.Sprintf("is %d tickets for %s under %s", b.Quantity, b.Identifier, b.ID)
	}
	wantBooked := int(p.quantity - p.cancelled)
	switch booked := b.count("BOOKED"); {
	case p.unsure:
		return ""
	case p.left:
		if b.Status != "CANCELLED" || len(b.Tickets) > 0 {
			return fmt.Sprintf("left the line and is %s with %d tickets", b.Status, len(b.Tickets))
		}
	case b.Status == "WAITING":
		switch {
		case p.position == 0:
			return "was booked and waits again"
		case b.Position < 1 || b.Position > p.position:
			return fmt.Sprintf("moved from position %d to %d", p.position, b.Position)
		case len(b.Tickets) > 0:
			return fmt.Sprintf("waits and has %d tickets", len(b.Tickets))
		}
	case p.hold == givenBack, p.hold == expired:
		over := map[hold]string{givenBack: "CANCELLED", expired: "EXPIRED"}[p.hold]
		if b.Status != over || b.count("CANCELLED") != int(p.quantity) {
			return fmt.Sprintf("was told that it is %s, and is %s with %d tickets that aren't cancelled", over, b.Status, len(b.Tickets)-b.count("CANCELLED"))
		}
	case holds && p.hold != confirmed: // it may have been promoted meanwhile, and have expired
		isHeld := b.Status == "HELD" && b.count("HELD") == int(p.quantity)
		if !isHeld && (b.Status != "EXPIRED" || b.count("CANCELLED") != int(p.quantity)) {
			return fmt.Sprintf("was not confirmed and is %s with %d tickets booked", b.Status, booked)
		}
	case booked != wantBooked || len(b.Tickets) != int(p.quantity):
		return fmt.Sprintf("is %s with %d of %d tickets booked, not %d of %d", b.Status, booked, len(b.Tickets), wantBooked, p.quantity)
	case (b.Status == "BOOKED") != (booked > 0):
		return fmt.Sprintf("is %s with %d booked tickets", b.Status, booked)
	}
	return ""
}

// read gets what a check needs. It waits for a server that is busy or away: the
// load may just have been too much for it.
func (c *connection) read(path string, answer any) error {
	failed := patiently(func() *failure { return c.call(http.MethodGet, path, nil, http.StatusOK, answer) })
	if failed != nil {
		return explain(failed)
	}
	return nil
}

// patiently makes a call, that may be made twice, until the server isn't busy.
func patiently(call func() *failure) *failure {
	const tries = 6
	wait := patience
	for try := 1; ; try++ {
		failed := call()
		if try == tries || failed == nil || !failed.busy() {
			return failed
		}
		time.Sleep(wait)
		wait *= 2
	}
}

func (c *connection) readStatus(event string) (statusAnswer, error) {
	var s statusAnswer
	err := c.read("/status/"+event, &s)
	return s, err
}

// readBookings hands over all bookings of an event, page by page, by sequence.
func (c *connection) readBookings(event string, use func([]listedBooking)) error {
	const pageSize = 200
	first := fmt.Sprintf("/events/%s/bookings?limit=%d", event, pageSize)
	path := first
	for {
		var page bookingsPage
		if err := c.read(path, &page); err != nil {
			return err
		}
		use(page.Bookings)
		if page.NextCursor == "" {
			return nil
		}
		path = first + "&cursor=" + url.QueryEscape(page.NextCursor)
	}
}
