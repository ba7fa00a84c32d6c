package history

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Figures count what a record has proved.
type Figures struct {
	Events       int // whose histories were checked
	Calls        int // with an answer
	Unknown      int // attempts without an answer
	Bookings     int // that the events have at the end
	Linearizable int // histories for which an order was found
}

// Add adds up the figures of several records.
func (f Figures) Add(o Figures) Figures {
	return Figures{
		f.Events + o.Events, f.Calls + o.Calls, f.Unknown + o.Unknown, f.Bookings + o.Bookings,
		f.Linearizable + o.Linearizable,
	}
}

// String tells the figures in one line.
func (f Figures) String() string {
	return fmt.Sprintf("%d calls answered, %d attempts of unknown outcome, %d bookings, %d of %d histories linearizable",
		f.Calls, f.Unknown, f.Bookings, f.Linearizable, f.Events)
}

// Check ends the load, reads all bookings, and proves that the servers kept the
// rules. Its error names every rule that was broken, or says that there was not
// enough time: limit bounds the search for an order of each event's operations.
// With a limit of 0 there is no search, only the direct rules are checked.
func (r *Recorder) Check(limit time.Duration) (Figures, error) {
	r.Stop()
	defer r.caller.CloseIdleConnections()
	r.mu.Lock()
	events, wrong := r.events, r.wrong
	r.mu.Unlock()

	figures := Figures{Events: len(events), Calls: int(r.calls.Load()), Unknown: int(r.unknown.Load())}
	results := make([]result, len(events))
	var checks sync.WaitGroup
	atOnce := make(chan struct{}, checksAtOnce)
	for i, e := range events {
		atOnce <- struct{}{}
		checks.Go(func() {
			defer func() { <-atOnce }()
			results[i] = r.checkEvent(e, limit)
		})
	}
	checks.Wait()
	for i, found := range results {
		for _, w := range found.wrong {
			wrong = append(wrong, fmt.Sprintf("event %s (%s): %s", events[i].id, events[i].settings.Name, w))
		}
		figures.Bookings += found.bookings
		if found.linearizable {
			figures.Linearizable++
		}
	}
	return figures, violations(wrong)
}

const checksAtOnce = 4

// violations makes one error of what was found, with so many examples as help.
func violations(wrong []string) error {
	const examples = 10
	if len(wrong) == 0 {
		return nil
	}
	shown := wrong[:min(len(wrong), examples)]
	return errors.New(fmt.Sprintf("%d violations:\n", len(wrong)) + strings.Join(shown, "\n"))
}

type result struct {
	bookings     int
	linearizable bool
	wrong        []string
}

func (r *Recorder) checkEvent(e *event, limit time.Duration) result {
	final, err := r.readFinal(e)
	if err != nil {
		return result{wrong: []string{err.Error()}}
	}
	e.resolve(final)
	found := result{bookings: len(final.bookings), wrong: e.brokenRules(final)}
	if len(found.wrong) > 0 || limit == 0 {
		return found
	}
	operations := slices.Concat(e.operations, []*operation{final})
	history := make([]porcupine.Operation, len(operations))
	for i, o := range operations {
		history[i] = porcupine.Operation{
			ClientId: o.client, Input: nil, Output: o, Call: int64(o.called), Return: int64(o.answered),
		}
	}
	model := e.model()
	verdict, info := porcupine.CheckOperationsVerbose(model, history, limit)
	switch verdict {
	case porcupine.Ok:
		found.linearizable = true
	case porcupine.Unknown:
		found.wrong = append(found.wrong, fmt.Sprintf("whether its %d operations are linearizable was not found out within %s", len(history), limit))
	case porcupine.Illegal:
		found.wrong = append(found.wrong, explain(info, operations, e.moves))
		if r.load.Pictures != "" {
			if err := porcupine.VisualizePath(model, info, filepath.Join(r.load.Pictures, e.id+".html")); err != nil {
				found.wrong = append(found.wrong, err.Error())
			}
		}
	}
	return found
}

// explain tells how far the best order gets, and what can't come next.
func explain(info porcupine.LinearizationInfo, operations []*operation, moves map[int64]move) string {
	const shown = 5
	var longest []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	placed := make(map[*operation]bool, len(longest))
	for _, p := range longest {
		placed[p.Output.(*operation)] = true
	}
	var next *operation
	for _, o := range operations {
		if !placed[o] && (next == nil || o.answered < next.answered) {
			next = o
		}
	}
	var order []string
	for _, p := range longest[max(0, len(longest)-shown):] {
		order = append(order, p.Output.(*operation).String())
	}
	return fmt.Sprintf("its history isn't linearizable: after %d operations, at last [%s], no order allows [%s]%s",
		len(longest), strings.Join(order, "; "), next, storyOf(next.at, operations, moves))
}

// storyOf tells all that was asked and answered about one booking, with the times,
// and what the journal has of it.
func storyOf(about places, operations []*operation, moves map[int64]move) string {
	sequence := max(about.asked.sequence, about.answered.sequence)
	if sequence <= 0 {
		return ""
	}
	var story strings.Builder
	for _, o := range operations {
		if o.at.asked.sequence == sequence || o.at.answered.sequence == sequence {
			fmt.Fprintf(&story, "\n%s to %s, key %q, retried %t: %s", o.called, o.answered, o.key, o.retried, o)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(moves)) {
		if m := moves[version]; m.booking == sequence || m.ticket.sequence == sequence {
			fmt.Fprintf(&story, "\nversion %d: %s", version, m.kind)
		}
	}
	return story.String()
}
