package porttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var updateRules = []rule{
	{"saves every change that a batch can make", updateSavesEveryKind},
	{"saves many commands on many events", updateSavesManyEvents},
	{"saves nothing when decide returns an error", updateUndoesErrors},
	{"saves nothing when decide panics", updateUndoesPanics},
	{"saves nothing that was decided without what it needs", updateUndoesNotLoaded},
	{"saves nothing when all is refused", updateOfRefusals},
	{"leaves out events that do not exist", updateWithoutMissing},
	{"shows need and decide the same events", updateShowsEvents},
	{"does nothing when its context has ended", updateAfterContext},
	{"saves all or nothing when its context ends on the way", updateDuringContext},
	{"keeps an idempotency key even if nothing else changed", updateKeepsKeyAlone},
	{"copies values in and out", updateCopies},
}

// updateSavesEveryKind makes every kind of record in one batch, of bookings that
// were there before, and compares what is kept with what the records say.
func updateSavesEveryKind(f *fixture) {
	start := f.store.Now()
	event := f.createAt(domain.CreateEvent{Settings: concert(8, held(60, 90))}, start)
	gone := f.acceptAt(start, f.book(event, "gone", 2)).Booking // expires
	later := start.Add(50 * time.Second)
	confirmed := f.acceptAt(later, f.book(event, "ada", 3)).Booking
	extended := f.acceptAt(later, f.book(event, "bob", 3)).Booking
	leaving := f.acceptAt(later, f.book(event, "cy", 6)).Booking
	smaller := f.acceptAt(later, f.book(event, "dan", 5)).Booking
	f.acceptAt(later, f.book(event, "eve", 4))
	two, note := 2, "a note"
	batch := []domain.Command{
		extend(extended, 3000), confirm(confirmed), f.transfer(extended, "fay"), f.transfer(smaller, " DAN "), f.erase(event, "ada", true),
		leave(leaving),
		domain.ChangeBooking{EventID: event.ID, BookingID: smaller.ID, Quantity: &two, Reference: &note}, // is promoted
		f.cancel(event, "fay", extended.Tickets[1]),
		f.book(event, "gus", 1), resize(event, 20), // eve and gus are promoted
		f.book(event, "hal", 2), rename(event, "Encore"),
	}
	at := start.Add(61 * time.Second)
	var changed domain.Event
	var records []domain.Record
	err := f.store.Update(f.Context(), []domain.EventID{event.ID},
		func(events []domain.Event) []domain.Need { return domain.NeedsOf(at, events, batch) },
		func(b *domain.Batch) error {
			for _, c := range batch {
				require.NoError(f, decide(b, c, stampAt(at)).Err, words(c))
			}
			changed, records = b.Changed()[0], b.Records()
			return b.Err()
		})
	require.NoError(f, err)
	same(f, changed, f.event(event.ID), "the event is as the batch left it, with times in UTC to the microsecond")

	kinds := make(map[domain.Kind]bool)
	want := make(map[int64]domain.Booking)
	for _, r := range records { // the records alone tell what the bookings are now
		kinds[r.Kind] = true
		if r.Booking != nil {
			want[r.Booking.Sequence] = *r.Booking
		}
	}
	for _, kind := range domain.Kinds {
		switch kind {
		case domain.EventWasCreated, domain.EventWasCancelled, domain.BookingWasBooked: // not in this one
		default:
			require.True(f, kinds[kind], "the batch makes a record of the kind %s", kind)
		}
	}
	for _, b := range f.allBookings(event.ID) {
		kept := want[b.Sequence]
		kept.Position, kept.TicketsAhead = b.Position, b.TicketsAhead
		same(f, kept, b, "bookings and tickets are as the records tell, with times in UTC to the microsecond")
	}
	require.Equal(f, domain.BookingExpired, f.booking(gone).Status)
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
	f.checkJournal(&reader{event: event.ID, page: 4}, f.event(event.ID), f.allBookings(event.ID))

	f.acceptAt(at, domain.CancelEvent{EventID: event.ID})
	require.Equal(f, domain.EventCancelled, f.event(event.ID).Status, "a cancelled event is saved")
}

func updateSavesManyEvents(f *fixture) {
	const events, each = 20, 20
	var commands []domain.Command
	var sales []domain.Event
	for range events {
		sales = append(sales, f.sale(each/2))
	}
	for i := range each {
		for _, e := range sales {
			commands = append(commands, f.book(e, fmt.Sprint("person ", i), 1))
		}
	}
	answers := f.do(commands...)
	for i, e := range sales {
		var want []domain.Booking
		for j := range each {
			a := answers[j*events+i]
			require.NoError(f, a.Err)
			want = append(want, a.Booking)
		}
		sameList(f, want, f.allBookings(e.ID), "each event has the bookings that its commands were answered with")
		require.Equal(f, each/2, f.event(e.ID).Line.Waiting, "each event has counts of its own")
		f.checkJournal(&reader{event: e.ID, page: 3}, f.event(e.ID), want)
	}
}

func updateUndoesErrors(f *fixture) {
	one, two := f.sale(5), f.sale(5)
	f.accept(f.book(one, "ada", 3))
	before, records := f.state(one.ID)+f.state(two.ID), len(f.journal(one.ID))
	stop := &domain.Error{Code: "stop"}
	err := f.store.Update(f.Context(), []domain.EventID{one.ID, two.ID}, noNeed, func(b *domain.Batch) error {
		for _, e := range []domain.Event{one, two} {
			require.NoError(f, decide(b, f.book(e, "bob", 4), f.now()).Err)
		}
		return stop
	})
	require.Same(f, stop, err, "an error of decide is returned as it is")
	require.Equal(f, before, f.state(one.ID)+f.state(two.ID), "nothing is saved when decide returns an error")
	require.Len(f, f.journal(one.ID), records, "nothing is recorded when decide returns an error")
}

func updateUndoesPanics(f *fixture) {
	event := f.sale(5)
	before := f.state(event.ID)
	var err error
	panicked := true
	func() {
		defer func() { _ = recover() }() // a store may pass the panic on
		err = f.store.Update(f.Context(), []domain.EventID{event.ID}, noNeed, func(b *domain.Batch) error {
			require.NoError(f, decide(b, f.book(event, "ada", 1), f.now()).Err)
			panic("a defect in decide")
		})
		panicked = false
	}()
	require.True(f, panicked || err != nil, "a panic in decide is passed on or made an error")
	require.Equal(f, before, f.state(event.ID), "nothing is saved when decide panics")
	f.accept(f.book(event, "ada", 1)) // and nothing is left locked
}

func updateUndoesNotLoaded(f *fixture) {
	event := f.sale(5)
	before := f.state(event.ID)
	err := f.store.Update(f.Context(), []domain.EventID{event.ID}, noNeed, func(b *domain.Batch) error {
		require.NoError(f, decide(b, f.book(event, "ada", 1), f.now()).Err)
		require.Equal(f, domain.ErrNotLoaded, decide(b, f.cancel(event, "ada", domain.Ticket{}), f.now()).Err)
		return nil
	})
	require.ErrorIs(f, err, domain.ErrNotLoaded, "Update returns Batch.Err even if decide doesn't")
	require.Equal(f, before, f.state(event.ID), "nothing of a batch with an Err is saved")
}

func updateOfRefusals(f *fixture) {
	event := f.sale(5)
	before := f.state(event.ID)
	answers := f.do(f.book(event, "ada", 6), f.cancel(event, "bob", domain.Ticket{}), rename(event, event.Name))
	require.ErrorIs(f, answers[0].Err, domain.ErrQuantityOverCapacity)
	require.ErrorIs(f, answers[1].Err, domain.ErrTicketNotFound)
	require.Equal(f, before, f.state(event.ID), "commands that were refused change nothing")
	require.Len(f, f.journal(event.ID), 1, "commands that were refused leave no record")
}

func updateWithoutMissing(f *fixture) {
	event, missing := f.sale(5), domain.Event{ID: f.missing()}
	answers := f.do(f.book(missing, "ada", 1), f.book(event, "ada", 1))
	require.ErrorIs(f, answers[0].Err, domain.ErrEventNotFound, "a missing event is left out of the batch")
	require.NoError(f, answers[1].Err, "the other events of the batch are there")

	answers = f.do(f.book(missing, "ada", 1))
	require.Len(f, answers, 1, "decide is called even if all events are missing")
	require.ErrorIs(f, answers[0].Err, domain.ErrEventNotFound, "a missing event is left out of the batch")
}

func updateShowsEvents(f *fixture) {
	one, two := f.sale(5), f.create(domain.CreateEvent{Settings: fullSettings(f.store.Now())})
	f.accept(f.book(one, "ada", 5), f.book(one, "bob", 1), f.book(two, "ada", 2))
	want := []domain.Event{f.event(one.ID), f.event(two.ID)}
	var needed, decided []domain.Event
	err := f.store.Update(f.Context(), []domain.EventID{one.ID, two.ID},
		func(events []domain.Event) []domain.Need {
			needed = slices.Clone(events)
			return nil
		},
		func(b *domain.Batch) error {
			decided = nil // of an attempt before
			for _, e := range want {
				decided = append(decided, decide(b, rename(e, e.Name), f.now()).Event)
			}
			return b.Err()
		})
	require.NoError(f, err)
	if needed[0].ID != one.ID { // any order will do
		slices.Reverse(needed)
	}
	sameList(f, want, needed, "need sees the events as they are kept")
	sameList(f, want, decided, "decide works on the events as they are kept")
}

func updateAfterContext(f *fixture) {
	event := f.sale(5)
	before := f.state(event.ID)
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	err := f.store.Update(ctx, []domain.EventID{event.ID}, noNeed, func(b *domain.Batch) error {
		_ = decide(b, f.book(event, "ada", 1), f.now())
		return nil
	})
	require.ErrorIs(f, err, context.Canceled, "Update returns the error of a context that has ended")
	require.Equal(f, before, f.state(event.ID), "nothing is done when the context has ended")

	unborn := f.creation(domain.CreateEvent{Settings: concert(1)}, f.now())
	_, err = f.store.Create(ctx, unborn)
	require.ErrorIs(f, err, context.Canceled, "Create returns the error of a context that has ended")
	_, err = f.store.Event(f.Context(), unborn.Event.ID)
	require.ErrorIs(f, err, domain.ErrEventNotFound, "nothing is created when the context has ended")
}

func updateDuringContext(f *fixture) {
	one, two := f.sale(5), f.sale(5)
	before := f.state(one.ID) + f.state(two.ID)
	ctx, cancel := context.WithCancel(f.Context())
	defer cancel()
	err := f.store.Update(ctx, []domain.EventID{one.ID, two.ID}, noNeed, func(b *domain.Batch) error {
		for _, e := range []domain.Event{one, two} {
			require.NoError(f, decide(b, f.book(e, "ada", 2), f.now()).Err)
		}
		cancel()
		return b.Err()
	})
	saved := f.event(one.ID).Version == 2
	require.Equal(f, saved, f.event(two.ID).Version == 2, "all events of a batch are saved, or none")
	switch {
	case err == nil:
		require.True(f, saved, "what Update returned nil for is saved")
		require.Len(f, f.allBookings(one.ID), 1, "an event is saved with its bookings")
	case !errors.Is(err, ports.ErrOutcomeUnknown):
		require.Equal(f, before, f.state(one.ID)+f.state(two.ID), "nothing is saved when Update returns an error")
	}
	f.accept(f.book(one, "bob", 1)) // and nothing is left locked
}

func updateKeepsKeyAlone(f *fixture) {
	event := f.sale(5)
	ticket := f.accept(f.book(event, "ada", 1)).Booking.Tickets[0]
	cancel := f.cancel(event, "ada", ticket)
	f.accept(cancel)
	before := f.state(event.ID)

	cancel.Key = key("cancel")
	f.accept(cancel) // it is cancelled already: only the key is new
	require.Equal(f, before, f.state(event.ID), "cancelling a cancelled ticket changes nothing")
	want := &domain.Repeat{EventID: event.ID, BookingID: ticket.BookingID, TicketIDs: []domain.TicketID{ticket.ID}}
	require.Equal(f, want, f.do(cancel)[0].Err, "a command that was accepted without a change is remembered too")
}

func updateCopies(f *fixture) {
	one, two := f.sale(5), f.sale(5)
	ids := []domain.EventID{one.ID, two.ID}
	slices.SortFunc(ids, func(a, b domain.EventID) int { return slices.Compare(b.UUID[:], a.UUID[:]) })
	handedIn := slices.Clone(ids)
	var events []domain.Event
	var a answer
	var records []domain.Record
	err := f.store.Update(f.Context(), handedIn,
		func(shown []domain.Event) []domain.Need {
			events = shown
			return nil
		},
		func(b *domain.Batch) error {
			a = decide(b, f.book(one, "ada", 2), f.now())
			records = b.Records()
			return cmp.Or(a.Err, b.Err())
		})
	require.NoError(f, err)
	require.Equal(f, ids, handedIn, "the list of ids is the caller's: Update must not sort it in place")
	before, journal := f.state(one.ID), text(f.journal(one.ID)[1].Booking.Tickets...)

	for i := range events {
		events[i].Name = "spoilt"
	}
	a.Booking.Tickets[0].Status = domain.TicketCancelled
	records[0].Booking.Tickets[0].Status = domain.TicketCancelled
	require.Equal(f, before, f.state(one.ID), "changing what Update handed out changes nothing that is kept")

	f.allBookings(one.ID)[0].Tickets[0].Status = domain.TicketCancelled
	f.booking(a.Booking).Tickets[0].Status = domain.TicketCancelled
	f.journal(one.ID)[1].Booking.Tickets[0].Status = domain.TicketCancelled
	require.Equal(f, before, f.state(one.ID), "changing what a read handed out changes nothing that is kept")
	require.Equal(f, journal, text(f.journal(one.ID)[1].Booking.Tickets...), "changing what a read handed out changes nothing that is kept")
}

// noNeed is for batches that are decided by the events alone.
func noNeed([]domain.Event) []domain.Need { return nil }
