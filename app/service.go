package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// knownEvents is how many events a service remembers to exist.
const knownEvents = 1 << 16

// Service books tickets. All its methods are safe for concurrent use, and may
// return, beside the errors that they name, [ports.ErrStoreUnavailable], the
// context's error and, where something is changed, [ErrOverloaded], [ErrClosed]
// and [ports.ErrOutcomeUnknown].
type Service struct {
	store   ports.Store
	options Options
	known   *lru.Cache[domain.EventID, struct{}] // events are never deleted
	pending atomic.Int64                         // calls that wait in a lane
	lanes   *lanes
	due     *due
	live    *live
	stop    context.CancelFunc // of due and live
	running sync.WaitGroup
}

// New starts a service on a store, and with it the loop that lets holds expire.
// Close it when it is needed no more.
func New(store ports.Store, options Options) *Service {
	known, err := lru.New[domain.EventID, struct{}](knownEvents)
	if err != nil {
		panic(err) // only for a size below 1
	}
	s := &Service{store: store, options: options.withDefaults(), known: known}
	if s.options.Clock == nil {
		s.options.Clock = store
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.due, s.live = newDue(s), newLive(ctx, s)
	s.lanes = newLanes(s)
	s.running.Go(func() { s.due.run(ctx) })
	return s
}

// Close refuses new commands, answers those that were accepted, and returns
// when all are. The store stays open.
func (s *Service) Close() {
	s.stop()
	s.lanes.close()
	s.running.Wait()
}

// Pending returns how many commands wait for a transaction now.
func (s *Service) Pending() int { return int(s.pending.Load()) }

// checkEvent refuses an unknown event before it takes a place in a lane, and
// before a store would have to lock what isn't there.
func (s *Service) checkEvent(ctx context.Context, id domain.EventID) error {
	if s.known.Contains(id) {
		return nil
	}
	if _, err := s.Event(ctx, id); err != nil {
		return err
	}
	s.known.Add(id, struct{}{})
	return nil
}

// repeated returns what was made then if err says that a command was accepted
// before.
func repeated(err error) (*domain.Repeat, bool) { return errors.AsType[*domain.Repeat](err) }
