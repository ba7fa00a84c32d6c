package memory

import (
	"context"
	"sync"
	"time"

	"github.com/google/btree"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// dues are the events in which something falls due, by when it does.
type dues struct {
	sync.Mutex
	tree *btree.BTreeG[dueEvent]
}

type dueEvent struct {
	at time.Time
	id domain.EventID
}

// move says when something falls due in an event, and when it was before; zero
// is never.
type move struct {
	id      domain.EventID
	was, is time.Time
}

func newDues() *dues {
	const degree = 32
	return &dues{tree: btree.NewG(degree, func(a, b dueEvent) bool {
		if c := a.at.Compare(b.at); c != 0 {
			return c < 0
		}
		return compareIDs(a.id, b.id) < 0
	})}
}

func (d *dues) move(moves []move) {
	if len(moves) == 0 {
		return
	}
	d.Lock()
	defer d.Unlock()
	for _, m := range moves {
		if !m.was.IsZero() {
			d.tree.Delete(dueEvent{m.was, m.id})
		}
		if !m.is.IsZero() {
			d.tree.ReplaceOrInsert(dueEvent{m.is, m.id})
		}
	}
}

// Due implements [ports.Reader].
func (s *Store) Due(ctx context.Context, limit int) (due []domain.EventID, next time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, err
	}
	if limit, err = ports.LimitOf(limit); err != nil {
		return nil, time.Time{}, err
	}
	now := s.Now()
	s.due.Lock()
	defer s.due.Unlock()
	s.due.tree.Ascend(func(e dueEvent) bool {
		if e.at.After(now) || len(due) == limit {
			next = e.at
			return false
		}
		due = append(due, e.id)
		return true
	})
	return due, next, nil
}
