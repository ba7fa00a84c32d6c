package app_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// watchedStore lets a test look into the transactions of a real store.
type watchedStore struct {
	ports.Store
	before func(ids []domain.EventID) error // may hold a transaction up, or fail it
	after  func()
	count  atomic.Int64
}

func (w *watchedStore) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	w.count.Add(1)
	if w.before != nil {
		if err := w.before(ids); err != nil {
			return err
		}
	}
	err := w.Store.Update(ctx, ids, need, decide)
	if w.after != nil {
		w.after()
	}
	return err
}

func (w *watchedStore) updates() int { return int(w.count.Load()) }

// busyLane is a service with one lane whose first transaction is held up, so
// that a test decides what queues behind it.
type busyLane struct {
	*app.Service
	store   *watchedStore
	event   domain.Event
	release func()
	first   chan error // the outcome of the booking that holds the lane
}

func newBusyLane(t *testing.T, options app.Options) *busyLane {
	t.Helper()
	entered, held := make(chan struct{}), make(chan struct{})
	var once sync.Once
	store := &watchedStore{Store: memory.New()}
	store.before = func([]domain.EventID) error {
		once.Do(func() { close(entered); <-held })
		return nil
	}
	options.Lanes = 1
	l := &busyLane{Service: start(t, store, options), store: store, release: sync.OnceFunc(func() { close(held) }), first: make(chan error, 1)}
	t.Cleanup(l.release)
	l.event = createEvent(t, l.Service, 1000)
	first := l.booking(t, "first")
	go func() { l.first <- first(t.Context()) }()
	<-entered
	return l
}

// booking is somebody's booking, yet to be made.
func (l *busyLane) booking(t *testing.T, who string) func(context.Context) error {
	t.Helper()
	command := domain.Book{EventID: l.event.ID, Person: person(t, who), Quantity: 1}
	return func(ctx context.Context) error {
		_, err := l.Book(ctx, command)
		return err
	}
}

func (l *busyLane) book(t *testing.T, who string) error {
	t.Helper()
	return l.booking(t, who)(t.Context())
}

// queue starts n bookings, one after another, each once the one before waits.
func (l *busyLane) queue(ctx context.Context, t *testing.T, n int) chan error {
	t.Helper()
	done := make(chan error, n)
	for i := range n {
		waiting := l.Pending()
		book := l.booking(t, fmt.Sprint("queued ", i))
		go func() { done <- book(ctx) }()
		for l.Pending() == waiting {
			runtime.Gosched()
		}
	}
	return done
}

func TestWhatQueuesDuringATransactionSharesTheNext(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{})
	done := l.queue(t.Context(), t, 100)
	l.release()
	for range 100 {
		require.NoError(t, <-done)
	}
	require.NoError(t, <-l.first)
	assert.Equal(t, 2, l.store.updates())

	bookings, err := l.Bookings(t.Context(), ports.BookingQuery{EventID: l.event.ID, Limit: 200})
	require.NoError(t, err)
	require.Len(t, bookings, 101)
	for i, b := range bookings[1:] {
		assert.Equal(t, fmt.Sprint("queued ", i), b.Identifier, "the order of arrival is kept")
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{MaxBatch: 10})
	done := l.queue(t.Context(), t, 25)
	l.release()
	for range 25 {
		require.NoError(t, <-done)
	}
	assert.Equal(t, 1+3, l.store.updates())
}

func TestLargeBookingsKeepAnotherEventWaitingOnlyOnce(t *testing.T) {
	t.Parallel()
	var transactions []app.Transaction // of the one lane
	l := newBusyLane(t, app.Options{Observe: func(tx app.Transaction) { transactions = append(transactions, tx) }})
	other := createEvent(t, l.Service, 1)
	const large = 100 // of 100 tickets each: more than two transactions full
	done := make(chan error, large+1)
	send := func(c domain.Book) {
		waiting := l.Pending()
		go func() {
			_, err := l.Book(t.Context(), c)
			done <- err
		}()
		for l.Pending() == waiting {
			runtime.Gosched()
		}
	}
	for i := range large {
		send(domain.Book{EventID: l.event.ID, Person: person(t, fmt.Sprint("large ", i)), Quantity: 100})
	}
	send(domain.Book{EventID: other.ID, Person: person(t, "ada"), Quantity: 1})
	l.release()
	for range large + 1 {
		require.NoError(t, <-done)
	}
	require.Len(t, transactions, 1+3)
	next := transactions[1].Commands
	assert.Equal(t, other.ID, domain.EventOf(next[len(next)-1].Command))
	bookings, err := l.Bookings(t.Context(), ports.BookingQuery{EventID: l.event.ID, Limit: 200})
	require.NoError(t, err)
	for i, b := range bookings[1:] {
		assert.Equal(t, fmt.Sprint("large ", i), b.Identifier, "the order of arrival is kept")
	}
}

func TestEventsPerTransactionAreBounded(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{MaxEventsPerTx: 2})
	var most atomic.Int64
	var callers sync.WaitGroup
	for range 9 {
		event := createEvent(t, l.Service, 1)
		for range 3 {
			callers.Go(func() {
				_, err := l.Book(t.Context(), domain.Book{EventID: event.ID, Person: person(t, "ada"), Quantity: 1})
				assert.NoError(t, err)
			})
		}
	}
	for l.Pending() < 27 {
		runtime.Gosched()
	}
	l.store.before = func(ids []domain.EventID) error {
		most.Store(max(most.Load(), int64(len(ids))))
		return nil
	}
	l.release()
	callers.Wait()
	assert.EqualValues(t, 2, most.Load())
}

func TestFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{MaxPending: 5})
	done := l.queue(t.Context(), t, 5)
	require.ErrorIs(t, l.book(t, "one too many"), app.ErrOverloaded)
	l.release()
	for range 5 {
		require.NoError(t, <-done)
	}
	require.NoError(t, l.book(t, "later"))
}

func TestCallerWhoGaveUpInTheQueueIsNeverApplied(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{})
	ctx, giveUp := context.WithCancel(t.Context())
	gone := l.queue(ctx, t, 3)
	giveUp()
	for range 3 {
		require.ErrorIs(t, <-gone, context.Canceled)
	}
	l.release()
	require.NoError(t, l.book(t, "last"))
	event, err := l.Event(t.Context(), l.event.ID)
	require.NoError(t, err)
	assert.EqualValues(t, 2, event.LastSequence)
}

func TestCallerWhoseCommandWasDrainedGetsItsOutcome(t *testing.T) {
	t.Parallel()
	drained, held := make(chan struct{}), make(chan struct{})
	store := &watchedStore{Store: memory.New(), before: func([]domain.EventID) error {
		close(drained)
		<-held
		return nil
	}}
	service := start(t, store, app.Options{})
	event := createEvent(t, service, 1)
	ctx, giveUp := context.WithCancel(t.Context())
	outcome := make(chan error, 1)
	book := domain.Book{EventID: event.ID, Person: person(t, "ada"), Quantity: 1}
	go func() {
		_, err := service.Book(ctx, book)
		outcome <- err
	}()
	<-drained
	giveUp()
	close(held)
	assert.NoError(t, <-outcome)
}

func TestOneBadCommandDoesNotSinkTheOthers(t *testing.T) {
	t.Parallel()
	boom := errors.New("cannot be stored")
	for name, fail := range map[string]func() error{
		"error": func() error { return boom },
		"panic": func() error { panic(boom) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newBusyLane(t, app.Options{})
			bad := createEvent(t, l.Service, 1)
			good := l.queue(t.Context(), t, 20)
			failed := make(chan error, 1)
			go func() {
				_, err := l.CancelEvent(t.Context(), domain.CancelEvent{EventID: bad.ID})
				failed <- err
			}()
			for l.Pending() < 21 {
				runtime.Gosched()
			}
			more := l.queue(t.Context(), t, 20)
			l.store.before = func(ids []domain.EventID) error {
				if slices.Contains(ids, bad.ID) {
					return fail()
				}
				return nil
			}
			l.release()
			for range 20 {
				require.NoError(t, <-good)
				require.NoError(t, <-more)
			}
			require.ErrorContains(t, <-failed, boom.Error())
		})
	}
}

func TestStoreThatIsAwayAnswersEverybodyAtOnce(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{})
	done := l.queue(t.Context(), t, 20)
	l.store.before = func([]domain.EventID) error { return fmt.Errorf("%w: refused", ports.ErrStoreUnavailable) }
	before := l.store.updates()
	l.release()
	for range 20 {
		require.ErrorIs(t, <-done, ports.ErrStoreUnavailable)
	}
	assert.Equal(t, 1, l.store.updates()-before, "a smaller batch would fare no better")
}

func TestCloseAnswersEverythingThatWasAccepted(t *testing.T) {
	t.Parallel()
	l := newBusyLane(t, app.Options{MaxBatch: 7})
	done := l.queue(t.Context(), t, 50)
	closed := make(chan struct{})
	go func() { l.Close(); close(closed) }()
	l.release()
	<-closed
	for range 50 {
		require.NoError(t, <-done)
	}
	require.ErrorIs(t, l.book(t, "late"), app.ErrClosed)
}
