package app_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
)

// transactions keeps what an observer learned.
type transactions struct {
	mu  sync.Mutex
	all []app.Transaction
}

func (o *transactions) add(t app.Transaction) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, t)
}

func TestObserverLearnsOfATransactionWithAllItsCommands(t *testing.T) {
	t.Parallel()
	const queued = 3
	var observed transactions
	l := newBusyLane(t, app.Options{Observe: observed.add})
	type caller struct{}
	done := l.queue(context.WithValue(t.Context(), caller{}, "queued"), t, queued)
	l.release()
	for range queued {
		require.NoError(t, <-done)
	}

	require.Len(t, observed.all, 2, "it learns before the callers do")
	batch := observed.all[1]
	require.NoError(t, batch.Err)
	assert.Equal(t, 1, batch.Events)
	assert.Len(t, batch.Records, queued)
	assert.Positive(t, batch.Duration)
	require.Len(t, batch.Commands, queued)
	for _, c := range batch.Commands {
		assert.IsType(t, domain.Book{}, c.Command)
		assert.Equal(t, "queued", c.Context.Value(caller{}))
		assert.False(t, c.Arrived.IsZero())
		assert.False(t, c.Arrived.After(batch.Start), "it waited for the transaction")
		assert.NoError(t, c.Refusal)
	}
}

func TestObserverLearnsOfRefusalsAndFailures(t *testing.T) {
	t.Parallel()
	failure := errors.New("a defect")
	var observed transactions
	store := &watchedStore{Store: memory.New()}
	service := start(t, store, app.Options{Observe: observed.add})
	event := createEvent(t, service, 1)
	cancel := domain.CancelTickets{EventID: event.ID, Person: person(t, "ada")}

	_, err := service.CancelTickets(t.Context(), cancel)
	require.ErrorIs(t, err, domain.ErrTicketNotFound)
	store.before = func([]domain.EventID) error { return failure }
	_, err = service.CancelTickets(t.Context(), cancel)
	require.ErrorIs(t, err, failure)

	require.Len(t, observed.all, 2)
	require.NoError(t, observed.all[0].Err)
	require.ErrorIs(t, observed.all[0].Commands[0].Refusal, domain.ErrTicketNotFound)
	require.ErrorIs(t, observed.all[1].Err, failure)
	for _, o := range observed.all {
		require.Empty(t, o.Records)
	}
}
