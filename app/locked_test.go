package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// lockableStore is a store of which somebody else keeps hold of some events.
type lockableStore struct {
	ports.Store
	bad     domain.BookingID // the transaction that would change it fails
	whenBad func()

	mu     sync.Mutex
	locked []domain.EventID
}

// lockWait is how long the store waits for a lock.
const lockWait = time.Second

func (s *lockableStore) lock(ids ...domain.EventID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked = ids
}

func (s *lockableStore) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	s.mu.Lock()
	locked := slices.DeleteFunc(slices.Clone(s.locked), func(id domain.EventID) bool { return !slices.Contains(ids, id) })
	s.mu.Unlock()
	if len(locked) > 0 {
		time.Sleep(lockWait)
		return &ports.LockedError{Events: locked}
	}
	return s.Store.Update(ctx, ids, need, func(b *domain.Batch) error {
		err := decide(b)
		for _, r := range b.Records() {
			if r.Booking != nil && r.Booking.ID == s.bad {
				s.whenBad()
				return errBad
			}
		}
		return err
	})
}

var errBad = errors.New("cannot be stored")

// lockedEvent is a service with one lane, of which one event is locked and two
// are free.
type lockedEvent struct {
	*testing.T
	*app.Service
	store  *lockableStore
	locked domain.EventID
	free   []domain.EventID
}

func newLockedEvent(t *testing.T, options app.Options) *lockedEvent {
	t.Helper()
	options.Lanes = 1
	l := &lockedEvent{T: t, store: &lockableStore{Store: memory.New()}}
	l.Service = start(t, l.store, options)
	l.locked = createEvent(t, l.Service, 10).ID
	l.free = []domain.EventID{createEvent(t, l.Service, 10).ID, createEvent(t, l.Service, 10).ID}
	return l
}

// book starts a booking, and returns when it waits for nothing but time.
func (l *lockedEvent) book(event domain.EventID, who string) chan error {
	outcome := make(chan error, 1)
	p := person(l, who)
	go func() {
		_, err := l.Book(l.Context(), domain.Book{EventID: event, Person: p})
		outcome <- err
	}()
	synctest.Wait()
	return outcome
}

func (l *lockedEvent) identifiers(event domain.EventID) (identifiers []string) {
	bookings, err := l.Bookings(l.Context(), ports.BookingQuery{EventID: event})
	require.NoError(l, err)
	for _, b := range bookings {
		identifiers = append(identifiers, b.Identifier)
	}
	return identifiers
}

func TestALockedEventHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLockedEvent(t, app.Options{CommitTimeout: time.Hour})
		l.store.lock(l.locked)
		var locked []chan error
		var names []string
		for i := range 6 { // those of the free events queue behind the first
			names = append(names, fmt.Sprint("person ", i))
			locked = append(locked, l.book(l.locked, names[i]))
			free := l.book(l.free[i%2], "free")
			if i == 0 {
				time.Sleep(lockWait) // until it is found out
			}
			synctest.Wait()
			require.NoError(t, <-free)
		}
		for _, outcome := range locked {
			require.Empty(t, outcome)
		}
		time.Sleep(time.Minute)
		require.Empty(t, l.identifiers(l.locked))

		l.store.lock()
		late := l.book(l.locked, "late")
		for _, outcome := range append(locked, late) {
			require.NoError(t, <-outcome)
		}
		assert.Equal(t, append(names, "late"), l.identifiers(l.locked), "nobody is overtaken")
		require.NoError(t, <-l.book(l.locked, "again in the lane"))
	})
}

// badCommand is a command that fails its transaction.
func (l *lockedEvent) badCommand(event domain.EventID, whenBad func()) (send func() chan error) {
	bad, err := l.Book(l.Context(), domain.Book{EventID: event, Person: person(l, "bad")})
	require.NoError(l, err)
	l.store.bad, l.store.whenBad = bad.ID, whenBad
	return func() chan error {
		outcome := make(chan error, 1)
		go func() {
			_, err := l.GiveBack(l.Context(), domain.GiveBack{EventID: event, BookingID: bad.ID})
			outcome <- err
		}()
		synctest.Wait()
		return outcome
	}
}

// A batch that is halved because one of its commands is bad must not set the
// same event aside twice.
func TestALockedEventInAHalvedBatchKeepsItsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLockedEvent(t, app.Options{CommitTimeout: time.Hour})
		bad := l.badCommand(l.free[0], func() { l.store.lock(l.locked) })
		l.store.lock(l.free[1]) // holds the lane up until all are in the queue
		first := l.book(l.free[1], "first")
		var names []string
		var outcomes []chan error
		var failed chan error
		for i := range 8 {
			names = append(names, fmt.Sprint("person ", i))
			outcomes = append(outcomes, l.book(l.locked, names[i]))
			if i == 3 {
				failed = bad()
			}
		}
		l.store.lock()
		require.ErrorIs(t, <-failed, errBad)
		time.Sleep(10*lockWait + lockWait/2)
		late := l.book(l.locked, "late")
		l.store.lock()
		for _, outcome := range append(outcomes, first, late) {
			require.NoError(t, <-outcome)
		}
		assert.Equal(t, append(names, "late"), l.identifiers(l.locked))
	})
}

func TestABadCommandOnALockedEventSinksNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLockedEvent(t, app.Options{CommitTimeout: time.Hour})
		bad := l.badCommand(l.locked, func() {})
		l.store.lock(l.free[1], l.locked) // the first of them until all are in the queue
		first := l.book(l.free[1], "first")
		before := l.book(l.locked, "before")
		failed := bad()
		after := l.book(l.locked, "after")
		time.Sleep(3 * lockWait)
		l.store.lock()
		require.NoError(t, <-first)
		require.NoError(t, <-before)
		require.ErrorIs(t, <-failed, errBad)
		require.NoError(t, <-after)
		assert.Equal(t, []string{"bad", "before", "after"}, l.identifiers(l.locked))
	})
}

func TestAnEventThatStaysLockedIsAnsweredInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLockedEvent(t, app.Options{CommitTimeout: 10 * time.Second})
		l.store.lock(l.locked)
		outcome := l.book(l.locked, "ada")
		begun := time.Now()
		err := <-outcome
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		require.ErrorContains(t, err, l.locked.String())
		assert.Less(t, time.Since(begun), 10*time.Second+3*lockWait)
		assert.Zero(t, l.Pending())

		closing := l.book(l.locked, "bob")
		go l.Close()
		require.ErrorIs(t, <-closing, ports.ErrStoreUnavailable, "closing waits for it")
	})
}
