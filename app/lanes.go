package app

import (
	"encoding/binary"
	"sync"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// lanes are the lanes of each shard, made when something arrives for it. A store
// that isn't sharded has one, without a name.
type lanes struct {
	service *Service
	shardOf func(domain.EventID) string

	mu     sync.RWMutex
	of     map[string][]*lane // by shard
	closed bool
}

func newLanes(s *Service) *lanes {
	l := &lanes{service: s, shardOf: func(domain.EventID) string { return "" }, of: make(map[string][]*lane)}
	if store, ok := s.store.(ports.Sharded); ok {
		l.shardOf = store.ShardOf
	}
	return l
}

// lane is the lane of an event. It is another one after the event's shard has
// been split or merged; what waits in the old one is committed there.
func (l *lanes) lane(id domain.EventID) *lane {
	shard := l.shardOf(id)
	l.mu.RLock()
	lanes, ok := l.of[shard]
	l.mu.RUnlock()
	if !ok {
		lanes = l.open(shard)
	}
	return lanes[binary.BigEndian.Uint64(id.UUID[8:])%uint64(len(lanes))]
}

func (l *lanes) open(shard string) []*lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	lanes, ok := l.of[shard]
	if ok { // meanwhile
		return lanes
	}
	for range l.service.options.Lanes {
		lane := newLane(l.service)
		if l.closed {
			lane.close()
		} else {
			l.service.running.Go(lane.run)
		}
		lanes = append(lanes, lane)
	}
	l.of[shard] = lanes
	return lanes
}

// close lets the lanes end when they are empty; what is pushed later is refused.
func (l *lanes) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, lanes := range l.of {
		for _, lane := range lanes {
			lane.close()
		}
	}
}
