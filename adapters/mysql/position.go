package mysql

import (
	"fmt"
	"strings"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The counters of those who left a line are a tree whose nodes have 64 parts.
// Six levels reach to sequence 64^6, more than anybody will book on an event.
const (
	levels    = 6
	levelBits = 6
	childMask = 1<<levelBits - 1
)

// departure is one counter and what is to be added to it.
type departure struct {
	counter
	departed int64
}

type counter struct {
	event  domain.EventID
	level  int
	parent int64
	child  int64
}

// departuresOf counts those who left, on each level.
func departuresOf(leaving []waitlistRow) []departure {
	counts := make(map[counter]int)
	var departures []departure
	for _, row := range leaving {
		for level := range levels {
			block := row.Sequence >> (level * levelBits)
			c := counter{row.EventID, level, block >> levelBits, block & childMask}
			i, ok := counts[c]
			if !ok {
				i = len(departures)
				counts[c] = i
				departures = append(departures, departure{counter: c})
			}
			departures[i].departed++
		}
	}
	return departures
}

// waitsW tells whether the booking w of the event e waits, NULL if it never did.
const waitsW = "(w.status = 'JOINED' AND w.sequence > e.last_promoted)"

// leftBeforeW counts those who left the line of the event e from places before
// the booking w, NULL if that doesn't wait. Of each level it adds up the earlier
// parts of the node that w is in. As an expression it is read in the statement
// that reads the booking, and so sees the same state.
var leftBeforeW = func() string {
	sums := make([]string, levels)
	for level := range sums {
		sums[level] = fmt.Sprintf("(SELECT COALESCE(SUM(d.departed), 0) FROM waitlist_departures AS d FORCE INDEX (PRIMARY)"+
			" WHERE d.event_id = w.event_id AND d.level = %d AND d.parent = w.sequence >> %d AND d.child < (w.sequence >> %d & %d))",
			level, (level+1)*levelBits, level*levelBits, childMask)
	}
	return "IF(" + waitsW + ", " + strings.Join(sums, " + ") + ", NULL)"
}()
