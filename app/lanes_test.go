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

// shardedStore spreads events over shards by their last byte, which is random.
type shardedStore struct {
	watchedStore
	shards, told atomic.Int64 // that there are, and that it knows of
}

var errSpread = errors.New("the events are on several shards")

func newShardedStore(shards int64) *shardedStore {
	s := &shardedStore{watchedStore: watchedStore{Store: memory.New()}}
	s.shards.Store(shards)
	s.told.Store(shards)
	return s
}

// The shards when there are two.
const first, second = "1 of 2", "2 of 2"

func shardOf(id domain.EventID, shards int64) string {
	return fmt.Sprintf("%d of %d", int64(id.UUID[15])%shards+1, shards)
}

func (s *shardedStore) ShardOf(id domain.EventID) string { return shardOf(id, s.told.Load()) }

func (s *shardedStore) Update(ctx context.Context, ids []domain.EventID, need ports.Need, decide ports.Decide) error {
	shards := s.shards.Load()
	for _, id := range ids {
		if shardOf(id, shards) != shardOf(ids[0], shards) {
			s.told.Store(shards)
			return errSpread
		}
	}
	return s.watchedStore.Update(ctx, ids, need, decide)
}

// createOn creates events until there are so many on each shard.
func createOn(t *testing.T, service *app.Service, shards int64, events int) map[string][]domain.EventID {
	t.Helper()
	on := make(map[string][]domain.EventID)
	for complete := int64(0); complete < shards; {
		id := createEvent(t, service, 100).ID
		shard := shardOf(id, shards)
		if len(on[shard]) < events {
			if on[shard] = append(on[shard], id); len(on[shard]) == events {
				complete++
			}
		}
	}
	return on
}

// bookOn starts a booking on each of the events, one after another, each once
// the one before waits.
func bookOn(t *testing.T, service *app.Service, who string, events []domain.EventID) chan error {
	t.Helper()
	done := make(chan error, len(events))
	p := person(t, who)
	for _, id := range events {
		waiting := service.Pending()
		go func() {
			_, err := service.Book(context.Background(), domain.Book{EventID: id, Person: p})
			done <- err
		}()
		for service.Pending() == waiting {
			runtime.Gosched()
		}
	}
	return done
}

// holdUp lets a booking hang for as long as do runs, as a transaction may whose
// commit has no answer.
func (s *shardedStore) holdUp(t *testing.T, service *app.Service, event domain.EventID, do func()) {
	t.Helper()
	hanging, release := make(chan struct{}), make(chan struct{})
	s.before = func(ids []domain.EventID) error {
		if ids[0] == event {
			close(hanging)
			<-release
			return ports.ErrOutcomeUnknown
		}
		return nil
	}
	lost, somebody := make(chan error, 1), person(t, "lost")
	go func() {
		_, err := service.Book(context.Background(), domain.Book{EventID: event, Person: somebody})
		lost <- err
	}()
	<-hanging
	do()
	close(release)
	require.ErrorIs(t, <-lost, ports.ErrOutcomeUnknown)
}

func TestAShardThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	store := newShardedStore(2)
	service := start(t, store, app.Options{Lanes: 1})
	on := createOn(t, service, 2, 5)
	store.holdUp(t, service, on[first][0], func() {
		for _, id := range on[second] {
			_, err := service.Book(t.Context(), domain.Book{EventID: id, Person: person(t, "ada")})
			require.NoError(t, err)
		}
	})
}

func TestATransactionHasManyEventsOfOneShard(t *testing.T) {
	t.Parallel()
	const shards, events = 3, 8
	store := newShardedStore(shards)
	service := start(t, store, app.Options{Lanes: 1})
	on := createOn(t, service, shards, events+1)
	entered, release := make(chan struct{}, shards), make(chan struct{})
	var mu sync.Mutex
	var sizes []int
	store.before = func(ids []domain.EventID) error {
		mu.Lock()
		sizes = append(sizes, len(ids))
		mu.Unlock()
		entered <- struct{}{}
		<-release
		return nil
	}
	firsts, somebody := make(chan error, shards), person(t, "first")
	var mixed []domain.EventID
	for shard := range on {
		go func() {
			_, err := service.Book(context.Background(), domain.Book{EventID: on[shard][events], Person: somebody})
			firsts <- err
		}()
		<-entered // all its shard's other events wait
	}
	for i := range events {
		for shard := range on {
			mixed = append(mixed, on[shard][i])
		}
	}
	done := bookOn(t, service, "ada", mixed)
	close(release)
	for range mixed {
		require.NoError(t, <-done)
	}
	for range shards {
		require.NoError(t, <-firsts)
	}
	slices.Sort(sizes)
	assert.Equal(t, []int{1, 1, 1, events, events, events}, sizes)
}

func TestLanesFollowWhenAShardIsSplit(t *testing.T) {
	t.Parallel()
	store := newShardedStore(1)
	service := start(t, store, app.Options{Lanes: 1})
	on := createOn(t, service, 2, 8)
	entered, release := make(chan struct{}), make(chan struct{})
	store.before = func([]domain.EventID) error {
		entered <- struct{}{}
		<-release
		return nil
	}
	all := slices.Concat(on[first], on[second])
	done, ada := make(chan error, 1), person(t, "ada")
	go func() {
		_, err := service.Book(context.Background(), domain.Book{EventID: all[0], Person: ada})
		done <- err
	}()
	<-entered
	bob, cleo := bookOn(t, service, "bob", all), bookOn(t, service, "cleo", all) // both behind ada
	store.shards.Store(2)                                                        // which the store has not heard of
	store.before = nil
	close(release)
	require.NoError(t, <-done)
	for range all {
		require.NoError(t, <-bob, "what can't be one transaction is several")
		require.NoError(t, <-cleo)
	}
	bookings, err := service.Bookings(t.Context(), ports.BookingQuery{EventID: all[0]})
	require.NoError(t, err)
	var order []string
	for _, b := range bookings {
		order = append(order, b.Identifier)
	}
	require.Equal(t, []string{"ada", "bob", "cleo"}, order)

	store.holdUp(t, service, on[first][0], func() {
		for _, id := range on[second] {
			_, err := service.Book(t.Context(), domain.Book{EventID: id, Person: person(t, "dan")})
			require.NoError(t, err)
		}
	})
}
