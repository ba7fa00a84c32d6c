package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

// state is the model at some point of an order.
type state struct {
	*porttest.Model
	latest time.Duration // when the latest of the operations so far was called
	over   bool          // the final reading was made
}

// model is porttest.Model as porcupine takes it. Inputs and outputs are both the
// operation.
func (e *event) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{Model: porttest.NewModel(e.settings, time.Unix(0, 0).UTC())} },
		Step: func(before, _, output any) (bool, any) {
			return output.(*operation).step(before.(state), e.moves)
		},
		// All states that are compared come from the same operations.
		Equal: func(a, b any) bool { return a.(state).Equal(b.(state).Model) },
		Hash:  func(s any) uint64 { return uint64(s.(state).Version) },
		DescribeOperation: func(_, output any) string {
			return output.(*operation).String()
		},
		DescribeState: func(s any) string {
			m := s.(state).Model
			lines := []string{seeEvent(m).String()}
			for i, v := range seeBookings(m) {
				lines = append(lines, fmt.Sprintf("#%d %s %s", i+1, m.Bookings[i].Identifier, v))
			}
			return strings.Join(lines, "\n")
		},
	}
}

// step reports whether the model answers as the server did, where the journal has
// the operation if it changes anything, and returns the model after it.
func (o *operation) step(s state, moves map[int64]move) (bool, state) {
	if s.over { // what took no effect until then, nobody has seen
		return o.unknown, s
	}
	s.latest = max(s.latest, o.called)
	if !o.writes() {
		s.over = o.final
		return o.refusal == "" && o.saw(s.Model), s
	}
	if !o.possible(s.Model) || o.unknown && s.latest > o.until {
		return false, s
	}
	before := s.Version
	s.Model = s.Clone()
	answer := o.do(s.Model)
	if s.Version != before && !moves[s.Version].isOf(o, answer) {
		return false, s
	}
	if o.unknown { // without an effect its place is after the end; else there were very many orders
		return answer.Refusal == "" && (s.Version != before || o.key != ""), s
	}
	return o.agrees(answer, s.Model), s
}

// possible rules out, without copying the model, what names something that
// isn't there yet.
func (o *operation) possible(m *porttest.Model) bool {
	there := int64(len(m.Bookings))
	asked, answered := o.at.asked, o.at.answered
	switch {
	case asked.sequence > there, answered.sequence > there+1, o.kind != book && answered.sequence > there:
		return false
	case asked.sequence > 0 && asked.ordinal > len(m.Bookings[asked.sequence-1].Tickets):
		return false
	}
	return true
}

func (o *operation) do(m *porttest.Model) porttest.Answer {
	about := porttest.Target{Sequence: o.at.asked.sequence, Ordinal: o.at.asked.ordinal}
	return m.Do(m.CreatedAt, o.command(), about) // holds last longer than any load
}

// command is what was asked for, without the ids that the model doesn't know.
func (o *operation) command() domain.Command {
	key := o.idempotencyKey()
	switch o.kind {
	case book:
		return domain.Book{Person: o.person, Quantity: o.quantity, Key: key}
	case cancel:
		return domain.CancelTickets{Person: o.person, Key: key}
	case leave:
		return domain.LeaveWaitlist{}
	case confirm:
		return domain.Confirm{Key: key}
	case giveBack:
		return domain.GiveBack{Key: key}
	case transfer:
		return domain.Transfer{Person: o.person, Key: key}
	case resize:
		return domain.ChangeEvent{TotalTickets: &o.total}
	default:
		return domain.CancelEvent{}
	}
}

// agrees compares the model's answer with the server's.
func (o *operation) agrees(a porttest.Answer, after *porttest.Model) bool {
	if o.refusal != "" || a.Refusal != "" {
		return o.refusal == a.Refusal
	}
	switch o.kind {
	case book:
		same := a.Booking.Sequence == o.at.answered.sequence
		if o.retried || a.Repeat { // then the rest is as it was when it was read
			return same
		}
		return same && len(a.Booking.Tickets) == len(o.tickets) && a.Booking.Position == o.position
	case cancel:
		return o.at.answered == place{a.Tickets[0].Sequence, a.Tickets[0].Ordinal}
	case leave:
		return true
	case confirm, giveBack, transfer:
		// One that waits is read after it was decided, as in a repeat.
		return o.retried || a.Repeat || a.Booking.Status == domain.BookingWaiting ||
			viewsOf(o.bookings)[0] == seeBooking(&a.Booking)
	default:
		return o.event.view() == seeEvent(after)
	}
}

// saw reports whether a reader sees in the model what it was answered.
func (o *operation) saw(m *porttest.Model) bool {
	if o.kind == readBooking {
		if !o.possible(m) {
			return false
		}
		return viewsOf(o.bookings)[0] == seeBookings(m)[o.at.asked.sequence-1]
	}
	if o.event != nil {
		want := seeEvent(m)
		if o.event.Version == 0 {
			want.version = 0
		}
		if o.event.view() != want {
			return false
		}
	}
	return o.kind != readAll || slices.Equal(viewsOf(o.bookings), seeBookings(m))
}
