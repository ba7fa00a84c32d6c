package app

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/boxoffice-go/boxoffice/domain"
)

// EventState is an event as it was at some moment, for those who are told it
// together.
type EventState struct {
	domain.Event
	encoded
}

// BookingState is a booking as it was at some moment, for those who are told it
// together.
type BookingState struct {
	domain.Booking
	Version int64 // of its event
	Over    bool  // nothing can become of it any more
	encoded
}

// encoded is what an encoder made of a state, before anybody was told it.
type encoded struct {
	done bool
	text []byte
	err  error
}

// Encoded is what the encoder of who was told the state first made of it; nil if
// there was none.
func (e *encoded) Encoded() ([]byte, error) { return e.text, e.err }

func encode[T any](e *encoded, state T, encoder func(T) ([]byte, error)) {
	if !e.done && encoder != nil {
		e.text, e.err = encoder(state)
		e.done = true
	}
}

// WatchEvent returns a channel of an event's states: the present one, and then
// each that is new, but only the last of those that nobody took. It is closed when
// the context ends, the service is closed, or nothing can change any more: the
// event is cancelled. Refused with [domain.ErrEventNotFound].
//
// An encoder, if it isn't nil, makes of each state what [EventState.Encoded] returns:
// once for all who watch the event, and before they are told. Of very many none then
// needs a stack for it.
func (s *Service) WatchEvent(ctx context.Context, id domain.EventID, encoder func(domain.Event) ([]byte, error)) (<-chan *EventState, error) {
	if s.live.ctx.Err() != nil {
		return nil, ErrClosed
	}
	w := newWatch(s.live, func(state *EventState) { encode(&state.encoded, state.Event, encoder) })
	leave := s.live.join(id, func(o *watched) { o.events[w] = struct{}{} }, func(o *watched) { delete(o.events, w) })
	event, err := s.Event(ctx, id)
	if err != nil {
		leave()
		return nil, err
	}
	w.tell(&EventState{Event: event}, event.Version, event.Status == domain.EventCancelled)
	context.AfterFunc(ctx, func() { leave(); w.end() })
	return w.states, nil
}

// WatchBooking is [Service.WatchEvent] for one booking: a state is new if what
// became of the booking is, its position, what is ahead of it or its hold. It is
// also closed when the booking is over. Refused with [domain.ErrEventNotFound],
// [domain.ErrBookingNotFound].
func (s *Service) WatchBooking(
	ctx context.Context, event domain.EventID, id domain.BookingID, encoder func(domain.Booking) ([]byte, error),
) (<-chan *BookingState, error) {
	if s.live.ctx.Err() != nil {
		return nil, ErrClosed
	}
	w := &bookingWatch{id: id, watch: newWatch(s.live, func(state *BookingState) { encode(&state.encoded, state.Booking, encoder) })}
	leave := s.live.join(event, func(o *watched) { o.bookings[w] = struct{}{} }, func(o *watched) { delete(o.bookings, w) })
	e, found, err := s.store.BookingsByID(ctx, event, []domain.BookingID{id})
	if err == nil && len(found) == 0 {
		err = domain.ErrBookingNotFound
	}
	if err != nil {
		leave()
		return nil, err
	}
	w.learn(stateOf(&e, &found[0]))
	context.AfterFunc(ctx, func() { leave(); w.end() })
	return w.states, nil
}

// Conflated returns how many states were never taken by who watches, since a newer
// one came first.
func (s *Service) Conflated() int64 { return s.live.conflated.Load() }

func stateOf(e *domain.Event, b *domain.Booking) *BookingState {
	over := e.Status == domain.EventCancelled || b.Status == domain.BookingCancelled || b.Status == domain.BookingExpired
	return &BookingState{Booking: *b, Version: e.Version, Over: over}
}

// watch is one who watches: a place for one state, of which the last counts.
type watch[S any] struct {
	encode    func(S)
	conflated *atomic.Int64
	number    int64 // who watched first is told first

	mu      sync.Mutex
	states  chan S
	version int64 // of the state that was told last
	ended   bool
}

func newWatch[S any](l *live, encode func(S)) *watch[S] {
	return &watch[S]{encode: encode, conflated: &l.conflated, number: l.joined.Add(1), states: make(chan S, 1)}
}

// tell puts a state in the place of one that was not taken. Nobody is told an
// older one after a newer one. After the last one nothing follows.
func (w *watch[S]) tell(state S, version int64, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || version <= w.version {
		return
	}
	w.encode(state)
	w.version = version
	select {
	case <-w.states:
		w.conflated.Add(1)
	default:
	}
	w.states <- state
	if last {
		w.ended = true
		close(w.states)
	}
}

func (w *watch[S]) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.ended = true
		close(w.states)
	}
}

// bookingWatch is one who watches a booking.
type bookingWatch struct {
	id domain.BookingID
	*watch[*BookingState]
	last *BookingState // guarded by the lock of told
	told sync.Mutex
}

// learn tells a state if it is another than before.
func (w *bookingWatch) learn(state *BookingState) {
	w.told.Lock()
	defer w.told.Unlock()
	if w.last != nil && (state.Version <= w.last.Version || sameBooking(&w.last.Booking, &state.Booking) && state.Over == w.last.Over) {
		return
	}
	w.last = state
	w.tell(state, state.Version, state.Over)
}

// sameBooking reports whether nothing that is streamed of a booking differs.
func sameBooking(a, b *domain.Booking) bool {
	return a.Status == b.Status && a.Position == b.Position && a.TicketsAhead == b.TicketsAhead && a.Quantity == b.Quantity &&
		a.ExpiresAt.Equal(b.ExpiresAt) && a.Transfers == b.Transfers &&
		slices.EqualFunc(a.Tickets, b.Tickets, func(t, u domain.Ticket) bool { return t.Status == u.Status })
}
