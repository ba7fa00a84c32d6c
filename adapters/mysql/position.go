package mysql

import (
	"fmt"
	"strings"

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
	event  domain.EventID
	level  int
	parent int64
	child  int64
}

// departuresOf counts what left, on each level.
func departuresOf(left []ports.LeftLine) []departure {
	index := make(map[counter]int)
	var departures []departure
	for _, l := range left {
		for level := range levels {
			block := l.Sequence >> (level * levelBits)
			c := counter{l.EventID, level, block >> levelBits, block & childMask}
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

// leftBeforeW are what left the line from places before the booking w of the
// event e, bookings and tickets, NULL if w doesn't wait. Of each level they add up
// the earlier parts of the node that w is in. As expressions they are read in the
// statement that reads the booking, and so see the same state.
var leftBeforeW = sumBeforeW("bookings") + ", " + sumBeforeW("tickets")

func sumBeforeW(what string) string {
	sums := make([]string, levels)
	for level := range sums {
		sums[level] = fmt.Sprintf("(SELECT COALESCE(SUM(d.%s), 0) FROM waitlist_departures AS d FORCE INDEX (PRIMARY)"+
			" WHERE d.event_id = w.event_id AND d.level = %d AND d.parent = w.sequence >> %d AND d.child < (w.sequence >> %d & %d))",
			what, level, (level+1)*levelBits, level*levelBits, childMask)
	}
	return "IF(" + waitsW + "e.last_promoted, " + strings.Join(sums, " + ") + ", NULL)"
}
