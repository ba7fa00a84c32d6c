package domain_test

import (
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
)

// model is one event, told as plainly as possible: all its bookings in a slice,
// and everything else counted from them each time.
type model struct {
	name             string
	status           domain.EventStatus
	total            int
	perUser, maxLine domain.Limit
	version          int64
	bookings         []*modelBooking
	accepted         map[string]memo // by idempotency key
}

type modelBooking struct {
	sequence int64
	user     string
	quantity int
	waits    bool
	tickets  []*modelTicket // none if it never got any
}

type modelTicket struct {
	sequence  int64
	ordinal   int
	user      string
	cancelled bool
}

// answer is what a command is answered with, without ids and times.
type answer struct {
	Refused          domain.Code
	Repeated         bool
	Sequence         int64
	Ordinal          int
	Status           string
	Position         int
	Tickets          int
	Total, Available int
	Waiting          int
}

// memo is what an idempotency key was used for, and what that made.
type memo struct {
	request string
	answer  answer
}

func refused(code domain.Code) answer { return answer{Refused: code} }

func newModel(e domain.Event) *model {
	return &model{
		name: e.Name, status: e.Status, total: e.TotalTickets, perUser: e.MaxTicketsPerUser, maxLine: e.MaxWaitlist,
		version: 1, accepted: make(map[string]memo),
	}
}

func (m *model) tickets() []*modelTicket {
	var tickets []*modelTicket
	for _, b := range m.bookings {
		tickets = append(tickets, b.tickets...)
	}
	return tickets
}

func (m *model) booked() int {
	booked := 0
	for _, t := range m.tickets() {
		if !t.cancelled {
			booked++
		}
	}
	return booked
}

func (m *model) available() int {
	if m.status == domain.EventCancelled {
		return 0
	}
	return m.total - m.booked()
}

func (m *model) line() []*modelBooking {
	var line []*modelBooking
	for _, b := range m.bookings {
		if b.waits {
			line = append(line, b)
		}
	}
	return line
}

// held counts what the limit per person counts.
func (m *model) held(user string) int {
	held := 0
	for _, b := range m.line() {
		if b.user == user {
			held += b.quantity
		}
	}
	for _, t := range m.tickets() {
		if t.user == user && !t.cancelled {
			held++
		}
	}
	return held
}

func over(limit domain.Limit, n int) bool {
	most, limited := limit.Max()
	return limited && n > most
}

func (m *model) promote() {
	for _, b := range m.line() {
		if b.quantity > m.available() {
			return
		}
		b.giveTickets()
	}
}

func (b *modelBooking) giveTickets() {
	b.waits = false
	for i := range b.quantity {
		b.tickets = append(b.tickets, &modelTicket{sequence: b.sequence, ordinal: i + 1, user: b.user})
	}
}

// once answers a repeat of what was accepted, and remembers what is accepted.
func (m *model) once(key, request string, do func() answer) answer {
	before, found := m.accepted[key]
	switch {
	case found && before.request != request:
		return refused(domain.CodeIdempotencyKeyReused)
	case found:
		return answer{Repeated: true, Sequence: before.answer.Sequence, Ordinal: before.answer.Ordinal}
	}
	a := do()
	if key != "" && a.Refused == "" {
		m.accepted[key] = memo{request, a}
	}
	return a
}

func (m *model) closed() domain.Code {
	switch m.status {
	case domain.EventCancelled:
		return domain.CodeEventCancelled
	case domain.EventDraft:
		return domain.CodeEventNotPublished
	}
	return ""
}

func (m *model) book(user string, quantity int) answer {
	line := m.line()
	waits := len(line) > 0 || quantity > m.available()
	switch {
	case m.closed() != "":
		return refused(m.closed())
	case quantity > m.total:
		return refused(domain.CodeQuantityExceedsCapacity)
	case over(m.perUser, m.held(user)+quantity):
		return refused(domain.CodeUserLimitReached)
	case waits && over(m.maxLine, len(line)+1):
		return refused(domain.CodeWaitlistFull)
	}
	m.version++
	b := &modelBooking{sequence: int64(len(m.bookings) + 1), user: user, quantity: quantity}
	m.bookings = append(m.bookings, b)
	if waits {
		b.waits = true
		return answer{Sequence: b.sequence, Status: "WAITING", Position: len(line) + 1}
	}
	b.giveTickets()
	return answer{Sequence: b.sequence, Status: "BOOKED", Tickets: quantity}
}

func (m *model) cancelLatest(user string) answer {
	if m.closed() != "" {
		return refused(m.closed())
	}
	for _, t := range slices.Backward(m.tickets()) {
		if t.user == user && !t.cancelled {
			return m.cancel(user, t)
		}
	}
	return refused(domain.CodeTicketNotFound)
}

// cancel cancels a ticket by its id; nil is one that doesn't exist.
func (m *model) cancel(user string, t *modelTicket) answer {
	mine := t != nil && t.user == user
	cancelled := mine && (t.cancelled || m.status == domain.EventCancelled)
	switch {
	case cancelled:
		return answer{Sequence: t.sequence, Ordinal: t.ordinal, Status: "CANCELLED"}
	case m.closed() != "":
		return refused(m.closed())
	case !mine:
		return refused(domain.CodeTicketNotFound)
	}
	m.version++
	t.cancelled = true
	m.promote()
	return answer{Sequence: t.sequence, Ordinal: t.ordinal, Status: "CANCELLED"}
}

// leave takes a booking out of the line; nil is one that doesn't exist.
func (m *model) leave(b *modelBooking) answer {
	switch {
	case b == nil:
		return refused(domain.CodeBookingNotFound)
	case m.status == domain.EventCancelled:
		return answer{}
	case len(b.tickets) > 0:
		return refused(domain.CodeBookingNotWaiting)
	case b.waits:
		m.version++
		b.waits = false
		m.promote()
	}
	return answer{}
}

func (m *model) change(c domain.ChangeEvent) answer {
	switch {
	case c.IfVersions != nil && !slices.Contains(c.IfVersions, m.version):
		return refused(domain.CodePreconditionFailed)
	case m.status == domain.EventCancelled:
		return refused(domain.CodeEventCancelled)
	case c.TotalTickets != nil && *c.TotalTickets < m.booked():
		return refused(domain.CodeCapacityBelowBooked)
	}
	for _, b := range m.line() {
		if c.TotalTickets != nil && *c.TotalTickets < b.quantity {
			return refused(domain.CodeCapacityBelowWaiting)
		}
	}
	changed := set(&m.name, c.Name)
	changed = set(&m.total, c.TotalTickets) || changed
	changed = set(&m.perUser, c.MaxTicketsPerUser) || changed
	changed = set(&m.maxLine, c.MaxWaitlist) || changed
	if c.Publish {
		changed = set(&m.status, new(domain.EventPublished)) || changed
	}
	if changed {
		m.version++
	}
	m.promote()
	return m.asEvent()
}

// set takes a new value over, if there is one, and reports whether it is another.
func set[T comparable](old, value *T) bool {
	if value == nil || *value == *old {
		return false
	}
	*old = *value
	return true
}

func (m *model) cancelEvent() answer {
	if m.status != domain.EventCancelled {
		m.version++
		m.status = domain.EventCancelled
		for _, b := range m.line() {
			b.waits = false
		}
	}
	return m.asEvent()
}

func (m *model) asEvent() answer {
	return answer{Status: string(m.status), Total: m.total, Available: m.available(), Waiting: len(m.line())}
}
