package porttest

import (
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
)

var propertyRules = []rule{
	{"random batches do what the model does", likeTheModel},
	{"a batch does what its commands do one by one", batchLikeSingles},
}

// eventState is all that a store tells of an event.
type eventState struct {
	domain.Event
	bookings []domain.Booking
}

func (f *fixture) states(ids []domain.EventID) []eventState {
	f.Helper()
	states := make([]eventState, len(ids))
	for i, id := range ids {
		states[i] = eventState{f.event(id), f.allBookings(id)}
	}
	return states
}

func likeTheModel(f *fixture) {
	rapid.Check(f, func(t *rapid.T) {
		f := &fixture{tb: t, store: f.store}
		var ids []domain.EventID
		var models []*Model
		for range 2 {
			n := settings.Draw(t, "event")
			ids, models = append(ids, f.create(n).ID), append(models, NewModel(n))
		}
		states := f.states(ids)
		for _, batch := range drawBatches(t, 8) {
			var commands []domain.Command
			var want []Answer
			for i, m := range batch {
				batch[i] = m.among(states[m.event].bookings)
				commands = append(commands, batch[i].in(ids[m.event], states[m.event].bookings))
				want = append(want, batch[i].on(models[m.event]))
			}
			t.Logf("a batch:\n%s", text(batch...))
			answers := f.do(commands...)
			states = f.states(ids)
			for i, m := range batch {
				require.Equal(t, want[i], answerOf(answers[i], states[m.event].bookings), "the answer to move %d of the last batch: %v", i+1, m)
			}
			for i, model := range models {
				require.Equal(t, briefState(model.event(), model.bookings()), briefState(states[i].Event, states[i].bookings),
					"event %d after the last batch", i)
			}
		}
	})
}

// batchLikeSingles makes the same moves in two pairs of events, in batches in
// the one, and one by one in the other, each at the same time of the day.
func batchLikeSingles(f *fixture) {
	rapid.Check(f, func(t *rapid.T) {
		f := &fixture{tb: t, store: f.store}
		start := now()
		var batched, singled []domain.EventID
		for range 2 {
			n := settings.Draw(t, "event")
			for _, ids := range []*[]domain.EventID{&batched, &singled} {
				event, err := f.store.Create(t.Context(), n.Event(domain.EventID{UUID: newID()}, start), domain.IdempotencyKey{})
				require.NoError(t, err)
				*ids = append(*ids, event.ID)
			}
		}
		clock := start
		for _, batch := range drawBatches(t, 2) {
			inBatches, inSingles := f.states(batched), f.states(singled)
			var together, singles []domain.Command
			for i, m := range batch {
				m = m.among(inBatches[m.event].bookings)
				batch[i] = m
				together = append(together, m.in(batched[m.event], inBatches[m.event].bookings))
				singles = append(singles, m.in(singled[m.event], inSingles[m.event].bookings))
			}
			t.Logf("a batch:\n%s", text(batch...))
			got, err := f.tryAt(func(i int) time.Time { return clock.Add(time.Duration(i) * time.Second) }, together...)
			require.NoError(t, err, "Update saves a batch")
			var want []answer
			for _, c := range singles {
				a, err := f.tryAt(func(int) time.Time { return clock }, c)
				require.NoError(t, err, "Update saves a batch of one")
				want = append(want, a...)
				clock = clock.Add(time.Second)
			}

			inBatches, inSingles = f.states(batched), f.states(singled)
			for i, m := range batch {
				require.Equal(t, answerOf(want[i], inSingles[m.event].bookings), answerOf(got[i], inBatches[m.event].bookings),
					"move %d of the last batch is answered as it is on its own: %v", i+1, m)
			}
			for i := range batched {
				require.Equal(t, withoutIDs(inSingles[i]), withoutIDs(inBatches[i]),
					"event %d after the last batch is as after its commands one by one, but for ids", i)
			}
		}
	})
}

// withoutIDs tells the whole state, with times but without ids that differ.
func withoutIDs(s eventState) string {
	s.ID = domain.EventID{}
	for i := range s.bookings {
		b := &s.bookings[i]
		b.ID, b.EventID = domain.BookingID{}, domain.EventID{}
		for j := range b.Tickets {
			t := &b.Tickets[j]
			t.ID, t.BookingID, t.EventID = domain.TicketID{}, domain.BookingID{}, domain.EventID{}
		}
	}
	return text(s.Event) + text(s.bookings...)
}
