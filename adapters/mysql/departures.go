package mysql

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/boxoffice-go/boxoffice/domain"
)

// mostNodes is how many nodes a store remembers, each with 64 counters at most:
// those of a line of eight million, in a few megabytes.
const mostNodes = 1 << 11

// departures remembers counters of what left lines: of all levels but the lowest,
// since those are few and shared by many bookings. They are right as long as nothing
// more has left, and how much that is in all stands in the event's own row.
type departures struct {
	mu    sync.Mutex
	nodes *simplelru.LRU[node, nodeCounters]
}

type nodeCounters struct {
	left     domain.LeftBefore // in all, when they were read
	counters []departure
}

func newDepartures() *departures {
	nodes, err := simplelru.NewLRU[node, nodeCounters](mostNodes, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &departures{nodes: nodes}
}

// leftOf is what left a line in all.
func leftOf(l *domain.Line) domain.LeftBefore {
	return domain.LeftBefore{
		Bookings: l.Joined - l.Promoted - int64(l.Waiting),
		Tickets:  l.JoinedTickets - l.PromotedTickets - int64(l.WaitingTickets),
	}
}

// find returns the counters of a node of a line that so much has left, if they are
// remembered. Nobody may change them.
func (d *departures) find(n node, left domain.LeftBefore) ([]departure, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.nodes.Get(n)
	if !ok || known.left != left {
		return nil, false
	}
	return known.counters, true
}

func (d *departures) keep(n node, left domain.LeftBefore, counters []departure) {
	if n.level == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nodes.Add(n, nodeCounters{left, counters})
}
