package porttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

var isolationRules = []rule{
	{"saves what was decided on the latest state only", isolateEvents},
	{"keeps the rules whatever happens at once", isolateRandomUpdates},
	{"shows readers whole states only", isolateReaders},
}

// rounds is fewer with -short.
func rounds(n int) int {
	if testing.Short() {
		return max(1, n/5)
	}
	return n
}

// isolateEvents updates the same two events from several goroutines, half of
// which name them in the other order. Each update adds one to the versions, so
// no two may be saved that were decided on the same ones.
func isolateEvents(f *fixture) {
	const writers = 4
	n := rounds(50)
	events := []domain.Event{f.sale(domain.MaxTotalTickets), f.sale(domain.MaxTotalTickets)}
	var failures, stale atomic.Int64
	var firstFailure atomic.Value
	var decidedOn sync.Map // of domain.Event by its id and version
	var all sync.WaitGroup
	for w := range writers {
		ids := []domain.EventID{events[w%2].ID, events[1-w%2].ID}
		commands := []domain.Book{
			f.book(events[w%2], fmt.Sprint("writer ", w), 1),
			f.book(events[1-w%2], fmt.Sprint("writer ", w), 2),
		}
		all.Go(func() {
			for range n {
				var seen []domain.Event // the last time
				err := untilFree(func() error {
					seen = nil
					return f.store.Update(f.Context(), ids,
						func(events []domain.Event) []domain.Need {
							seen = events
							return nil
						},
						func(b *domain.Batch) error {
							for _, c := range commands {
								for range 20 { // give others a chance to come in
									runtime.Gosched()
								}
								_ = decide(b, c, f.now())
							}
							return b.Err()
						})
				})
				for _, e := range seen {
					type state struct {
						id      domain.EventID
						version int64
					}
					if _, again := decidedOn.LoadOrStore(state{e.ID, e.Version}, nil); again {
						stale.Add(1)
					}
				}
				if err != nil {
					failures.Add(1)
					firstFailure.CompareAndSwap(nil, fmt.Sprint(err))
				}
			}
		})
	}
	all.Wait()
	require.Zero(f, failures.Load(), "updates of the same events at once are all saved; one failed with: %v", firstFailure.Load())
	require.Zero(f, stale.Load(), "nobody else has changed the events between need and the commit")
	for _, e := range events {
		checkRules(f, f.event(e.ID), f.allBookings(e.ID))
		require.EqualValues(f, writers*n, f.event(e.ID).LastSequence, "no update is lost")
		require.EqualValues(f, writers*n+1, f.event(e.ID).Version, "no update is lost")
	}
	booked := 2*domain.MaxTotalTickets - f.event(events[0].ID).AvailableTickets - f.event(events[1].ID).AvailableTickets
	require.Equal(f, 3*writers*n, booked, "no booking is lost")
}

func isolateRandomUpdates(f *fixture) {
	const writers = 6
	n := rounds(30)
	var events []domain.Event
	for range 3 {
		events = append(events, f.sale(8, held(3600, 3600)))
	}
	var all sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		random := rand.New(rand.NewPCG(uint64(w), 1)) //nolint:gosec // a test that repeats
		person := f.person(fmt.Sprint("person ", w))
		all.Go(func() {
			var mine []domain.Booking
			for i := range n {
				one, two := events[random.IntN(3)].ID, events[random.IntN(3)].ID
				commands := []domain.Command{
					domain.Book{EventID: one, Person: person, Quantity: 1 + random.IntN(4)},
					domain.CancelTickets{EventID: two, Person: person},
				}
				if len(mine) > 0 {
					commands = append(commands, leave(mine[random.IntN(len(mine))]), confirm(mine[random.IntN(len(mine))]))
				}
				if i%10 == 9 {
					commands = append(commands, resize(events[i%3], 8+random.IntN(4)))
				}
				var answers []answer
				errs[w] = untilFree(func() (err error) {
					answers, err = f.try(commands...)
					return err
				})
				if errs[w] != nil {
					return
				}
				if answers[0].Err == nil {
					mine = append(mine, answers[0].Booking)
				}
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(f, err, "updates at once are all saved")
	}
	for _, e := range events {
		checkRules(f, f.event(e.ID), f.allBookings(e.ID))
		f.checkJournal(&reader{event: e.ID, page: 100}, f.event(e.ID), f.allBookings(e.ID))
	}
}

// untilFree makes an update again while the others keep hold of its events, which
// they do where the machine is slow: nothing was done then.
func untilFree(update func() error) error {
	for {
		err := update()
		if _, locked := errors.AsType[*ports.LockedError](err); !locked {
			return err
		}
	}
}

// isolateReaders reads a full event while every update gives one ticket back,
// promotes the head and lets somebody else join.
func isolateReaders(f *fixture) {
	const tickets, line = 6, 30
	event := f.sale(tickets)
	var commands []domain.Command
	for i := range tickets + line {
		commands = append(commands, f.book(event, fmt.Sprint("person ", i), 1))
	}
	f.do(commands...)

	const readers = 2
	var done atomic.Bool
	var all sync.WaitGroup
	broken := make([]string, readers)
	for r := range readers {
		all.Go(func() {
			for !done.Load() && broken[r] == "" {
				broken[r] = f.readWhole(event.ID, tickets, line)
			}
		})
	}
	var err error
	for i := range rounds(100) {
		_, err = f.try(
			f.cancel(event, fmt.Sprint("person ", i), domain.Ticket{}),
			f.book(event, fmt.Sprint("person ", tickets+line+i), 1),
		)
		if err != nil {
			break
		}
	}
	done.Store(true)
	all.Wait()
	require.NoError(f, err, "updates are saved while others read")
	for _, b := range broken {
		require.Empty(f, b, "a read sees one committed state")
	}
	checkRules(f, f.event(event.ID), f.allBookings(event.ID))
}

// readWhole reads an event that is always full, with the same number waiting,
// and says what is wrong with what it sees.
func (f *fixture) readWhole(id domain.EventID, tickets, line int) string {
	before, err := f.store.Event(f.Context(), id)
	if err != nil {
		return err.Error()
	}
	if before.AvailableTickets != 0 || before.Line.Waiting != line {
		return fmt.Sprintf("Event saw %d available and %d waiting, never 0 and %d", before.AvailableTickets, before.Line.Waiting, line)
	}
	bookings, err := f.store.Bookings(f.Context(), ports.BookingQuery{EventID: id, Limit: everything})
	if err != nil {
		return err.Error()
	}
	booked, waiting := count(bookings)
	if booked != tickets || waiting != line {
		return fmt.Sprintf("Bookings saw %d tickets booked and %d bookings waiting, never %d and %d", booked, waiting, tickets, line)
	}
	last := bookings[len(bookings)-1]
	if last.Position != line {
		return fmt.Sprintf("Bookings saw the last of %d at position %d", line, last.Position)
	}
	last, err = f.store.Booking(f.Context(), id, last.ID)
	if err != nil {
		return err.Error()
	}
	if (last.Status == domain.BookingWaiting) != (last.Position > 0 && len(last.Tickets) == 0) {
		return fmt.Sprintf("Booking saw half a promotion: %+v", last)
	}
	return ""
}

func count(bookings []domain.Booking) (booked, waiting int) {
	for _, b := range bookings {
		if b.Status == domain.BookingWaiting {
			waiting++
		}
		for _, t := range b.Tickets {
			if t.Status == domain.TicketBooked {
				booked++
			}
		}
	}
	return booked, waiting
}
