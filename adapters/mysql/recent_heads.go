package mysql

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/boxoffice-go/boxoffice/domain"
)

// rememberedHeads is how many events a store remembers: those on sale, in about
// a megabyte.
const rememberedHeads = 1 << 12

// errStale says that somebody else changed an event whose head was remembered.
var errStale = errors.New("an event is not as it was left")

// recentHeads remembers how a store left events, so that the next batch can be
// decided before they are locked. Nobody believes it beyond that: the lock
// tells. It only answers for events that nobody else seems to work on.
type recentHeads struct {
	mu    sync.Mutex
	heads *simplelru.LRU[domain.EventID, recentHead]
}

type recentHead struct {
	domain.Event
	alone bool // nobody else had changed it when it was looked at last
}

func newRecentHeads() *recentHeads {
	heads, err := simplelru.NewLRU[domain.EventID, recentHead](rememberedHeads, nil)
	if err != nil {
		panic(err) // the size isn't positive
	}
	return &recentHeads{heads: heads}
}

// guess returns the heads of all these events, by id, if they are likely to be
// as they were left. They aren't likely to be so again before somebody says how
// this went.
func (r *recentHeads) guess(ids []domain.EventID) ([]domain.Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	guess := make([]domain.Event, len(ids))
	for i, id := range ids {
		head, ok := r.heads.Get(id)
		if !ok || !head.alone {
			return nil, false
		}
		guess[i] = head.Event
	}
	for _, head := range guess {
		r.heads.Add(head.ID, recentHead{Event: head})
	}
	slices.SortFunc(guess, func(a, b domain.Event) int { return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) })
	return guess, true
}

// found learns what a lock found.
func (r *recentHeads) found(heads []domain.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, head := range heads {
		last, ok := r.heads.Peek(head.ID)
		r.heads.Add(head.ID, recentHead{Event: head, alone: !ok || sameHead(last.Event, head)})
	}
}

// left learns what a commit left of events that were found, or guessed, before.
func (r *recentHeads) left(heads []domain.Event, guessed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, head := range heads {
		if last, ok := r.heads.Peek(head.ID); ok && last.Version < head.Version {
			r.heads.Add(head.ID, recentHead{Event: head, alone: guessed || last.alone})
		}
	}
}

func sameHeads(a, b []domain.Event) bool { return slices.EqualFunc(a, b, sameHead) }

func sameHead(a, b domain.Event) bool {
	sameTimes := a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt)
	a.CreatedAt, a.UpdatedAt = b.CreatedAt, b.UpdatedAt
	return sameTimes && a == b
}

func idsOf(heads []domain.Event) []domain.EventID {
	ids := make([]domain.EventID, len(heads))
	for i, head := range heads {
		ids[i] = head.ID
	}
	return ids
}
