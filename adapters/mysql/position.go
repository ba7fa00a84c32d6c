package mysql

import (
	"context"
	"database/sql"
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// The counters of what left a line are a tree whose nodes have 64 parts. Six
// levels reach to sequence 64^6, more than anybody will book on an event.
const (
	levels    = 6
	levelBits = 6
	childMask = 1<<levelBits - 1
)

// departure is one counter and what is to be added to it.
type departure struct {
	counter
	bookings, tickets int64
}

type counter struct {
	node
	child int64
}

// departuresOf counts what left, on each level.
func departuresOf(left []ports.LeftLine) []departure {
	index := make(map[counter]int)
	var departures []departure
	for _, l := range left {
		nodes, parts := wayTo(l.EventID, l.Sequence)
		for level := range levels {
			c := counter{nodes[level], parts[level]}
			i, ok := index[c]
			if !ok {
				i = len(departures)
				index[c] = i
				departures = append(departures, departure{counter: c})
			}
			departures[i].bookings += int64(l.Bookings)
			departures[i].tickets += int64(l.Tickets)
		}
	}
	return departures
}

// node is one of the tree: its parts are counters.
type node struct {
	event  domain.EventID
	level  int
	parent int64
}

// wayTo are the nodes that lead to a sequence, each with the part that it is in.
func wayTo(event domain.EventID, sequence int64) (nodes [levels]node, parts [levels]int64) {
	for level := range levels {
		block := sequence >> (level * levelBits)
		nodes[level], parts[level] = node{event, level, block >> levelBits}, block&childMask
	}
	return nodes, parts
}

var selectDepartures = bulk{
	before: "SELECT event_id, level, parent, child, bookings, tickets FROM waitlist_departures FORCE INDEX (PRIMARY)" +
		" WHERE (event_id, level, parent) IN (",
	row: "(?,?,?)", after: ")",
}

// place fills in the places of the bookings that wait. What left the line before
// one of them is, of each node on the way to it, what the earlier parts counted:
// those that stand side by side in the line have most nodes in common.
func (r *shownRows) place(ctx context.Context, db querier, remembered *departures) error {
	counted := make(map[node][]departure)
	lefts := make(map[domain.EventID]domain.LeftBefore)
	var ways []node
	for i := range r.waiting {
		w := &r.waiting[i]
		left := leftOf(&w.line)
		if left == (domain.LeftBefore{}) {
			continue // there are no counters
		}
		b := &r.bookings[w.index]
		lefts[b.EventID] = left
		nodes, _ := wayTo(b.EventID, b.Sequence)
		for _, n := range nodes {
			if _, asked := counted[n]; asked {
				continue
			}
			counters, known := remembered.find(n, left)
			if counted[n] = counters; !known {
				ways = append(ways, n)
			}
		}
	}
	for chunk := range slices.Chunk(ways, maxRows) {
		args := make([]any, 0, 3*len(chunk))
		for i := range chunk {
			args = append(args, chunk[i].event.UUID[:], int64(chunk[i].level), chunk[i].parent)
		}
		err := queryEach(ctx, db, selectDepartures.query(len(chunk)), args, func(rows *sql.Rows) error {
			var d departure
			err := rows.Scan(&d.event.UUID, &d.level, &d.parent, &d.child, &d.bookings, &d.tickets)
			n := node{d.event, d.level, d.parent}
			counted[n] = append(counted[n], d)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, n := range ways {
		remembered.keep(n, lefts[n.event], counted[n])
	}
	for i := range r.waiting {
		w := &r.waiting[i]
		b := &r.bookings[w.index]
		var left domain.LeftBefore
		nodes, parts := wayTo(b.EventID, b.Sequence)
		for level, n := range nodes {
			for _, d := range counted[n] {
				if d.child < parts[level] {
					left.Bookings += d.bookings
					left.Tickets += d.tickets
				}
			}
		}
		b.Position, b.TicketsAhead = w.line.Place(b.Joined, left)
	}
	return nil
}
