package porttest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// RunProperties checks what random commands do, each time on any of the stores:
// a store that can be set up in several ways need not pay for all checks in each.
func RunProperties(t *testing.T, stores ...ports.Store) {
	t.Helper()
	t.Run("Properties", func(t *testing.T) {
		t.Parallel()
		for name, check := range map[string]func(*rapid.T, *fixture){
			"random batches do what the model does":        likeTheModel,
			"a batch does what its commands do one by one": batchLikeSingles,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) {
					check(t, &fixture{tb: t, store: stores[rapid.IntRange(0, len(stores)-1).Draw(t, "store")]})
				})
			})
		}
	})
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

// told is all that a store or a model tells of an event, but for ids.
func told(e domain.Event, bookings []domain.Booking) string {
	e.ID = domain.EventID{}
	named := make([]domain.Booking, len(bookings))
	for i, b := range bookings {
		named[i] = withoutIDs(b)
	}
	return text(e) + text(named...)
}

func likeTheModel(t *rapid.T, f *fixture) {
	var ids []domain.EventID
	var models []*Model
	var journals []*reader
	for range 2 {
		c := creations.Draw(t, "event")
		ids, models = append(ids, f.createAt(c, epoch).ID), append(models, NewModel(c, epoch))
		journals = append(journals, &reader{event: ids[len(ids)-1], page: rapid.IntRange(1, 9).Draw(t, "page")})
	}
	clock, states := epoch, f.states(ids)
	for _, batch := range drawBatches(t, 8) {
		clock = batch.after(clock, states)
		var commands []domain.Command
		var want []Answer
		for i, m := range batch.moves {
			m = m.among(states[m.event].bookings)
			batch.moves[i] = m
			commands = append(commands, m.in(ids[m.event], states[m.event].bookings))
			want = append(want, models[m.event].Do(clock, m.command, m.about))
		}
		t.Logf("a batch at %v:\n%s", clock, text(batch.moves...))
		answers := f.doAt(clock, commands...)
		states = f.states(ids)
		for i, m := range batch.moves {
			same(t, want[i], answerOf(answers[i], states[m.event].bookings), "the answer to move %d of the last batch: %v", i+1, m)
		}
		for i, model := range models {
			require.Equal(t, told(model.Event(domain.EventID{}), model.List()), told(states[i].Event, states[i].bookings),
				"event %d after the last batch", i)
			checkRules(t, states[i].Event, states[i].bookings)
			f.checkJournal(journals[i], states[i].Event, states[i].bookings)
		}
	}
}

// batchLikeSingles makes the same moves in two pairs of events, in batches in
// the one, and one by one in the other, each at the same time of the day.
func batchLikeSingles(t *rapid.T, f *fixture) {
	var batched, singled []domain.EventID
	for range 2 {
		c := creations.Draw(t, "event")
		batched, singled = append(batched, f.createAt(c, epoch).ID), append(singled, f.createAt(c, epoch).ID)
	}
	clock := epoch
	for _, batch := range drawBatches(t, 2) {
		inBatches, inSingles := f.states(batched), f.states(singled)
		clock = batch.after(clock, inBatches)
		var together []domain.Command
		var want []answer
		for i, m := range batch.moves {
			m = m.among(inBatches[m.event].bookings)
			batch.moves[i] = m
			together = append(together, m.in(batched[m.event], inBatches[m.event].bookings))
			want = append(want, f.doAt(clock, m.in(singled[m.event], inSingles[m.event].bookings))...)
		}
		t.Logf("a batch at %v:\n%s", clock, text(batch.moves...))
		got := f.doAt(clock, together...)

		inBatches, inSingles = f.states(batched), f.states(singled)
		for i, m := range batch.moves {
			same(t, answerOf(want[i], inSingles[m.event].bookings), answerOf(got[i], inBatches[m.event].bookings),
				"move %d of the last batch is answered as it is on its own: %v", i+1, m)
		}
		for i := range batched {
			require.Equal(t, told(inSingles[i].Event, inSingles[i].bookings), told(inBatches[i].Event, inBatches[i].bookings),
				"event %d after the last batch is as after its commands one by one, but for ids", i)
		}
	}
}
