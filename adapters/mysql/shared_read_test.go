package mysql

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

// heldReads are shared reads whose queries a test answers one by one.
type heldReads struct {
	*sharedReads[struct{}, domain.Event]
	sent    int
	answers chan domain.Event // the zero event is a failure
}

var errNoAnswer = errors.New("no answer")

func newHeldReads() *heldReads {
	h := &heldReads{answers: make(chan domain.Event)}
	h.sharedReads = newSharedReads(func(context.Context, domain.EventID, []struct{}) (domain.Event, error) {
		h.sent++
		e := <-h.answers
		if e == (domain.Event{}) {
			return e, errNoAnswer
		}
		return e, nil
	})
	return h
}

// come starts readers, and returns when all of them wait for an answer. What
// each is told is sent to told.
func (h *heldReads) come(ctx context.Context, readers int, told chan<- error, versions chan<- int64) {
	for range readers {
		go func() {
			e, err := h.read(ctx, domain.EventID{})
			told <- err
			versions <- e.Version
		}()
	}
	synctest.Wait()
}

func TestReadersShareOnlyAQueryThatHasNotBeenSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldReads()
		const late = 50
		told, versions := make(chan error, 1+late), make(chan int64, 1+late)
		h.come(t.Context(), 1, told, versions) // sends a query: its answer is too old for whoever comes now
		h.come(t.Context(), late, told, versions)
		require.Equal(t, 1, h.sent)

		h.answers <- domain.Event{Version: 1}
		require.NoError(t, <-told)
		require.EqualValues(t, 1, <-versions)

		h.answers <- domain.Event{Version: 2}
		for range late {
			require.NoError(t, <-told)
			require.EqualValues(t, 2, <-versions)
		}
		synctest.Wait()
		require.Equal(t, 2, h.sent)
		require.Empty(t, h.flights)
	})
}

func TestFailedReadIsOnlyForThoseWhoSharedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldReads()
		told, versions := make(chan error, 2), make(chan int64, 2)
		h.come(t.Context(), 1, told, versions)
		h.come(t.Context(), 1, told, versions)
		h.answers <- domain.Event{}
		require.ErrorIs(t, <-told, errNoAnswer)
		h.answers <- domain.Event{Version: 7}
		require.NoError(t, <-told)
	})
}

func TestReaderWhoGivesUpLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeldReads()
		told, versions := make(chan error, 3), make(chan int64, 3)
		ctx, giveUp := context.WithCancel(t.Context())
		h.come(t.Context(), 1, told, versions)
		h.come(ctx, 1, told, versions)
		h.come(t.Context(), 1, told, versions)
		giveUp()
		require.ErrorIs(t, <-told, context.Canceled)
		for range 2 {
			h.answers <- domain.Event{Version: 1}
			require.NoError(t, <-told)
		}
	})
}
