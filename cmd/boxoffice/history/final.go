package history

import (
	"fmt"
	"time"
)

// readFinal reads an event and all its bookings as they are when nothing
// changes any more.
func (r *Recorder) readFinal(e *event) (*operation, error) {
	const patience = 15 * time.Second
	o := &operation{kind: readAll, final: true, called: r.now()}
	var lastErr error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(retryPause) {
		before, err := r.readHead(e)
		if err != nil {
			lastErr = err
			continue
		}
		if o.bookings, err = r.readPages(e); err != nil {
			lastErr = err
			continue
		}
		if e.journal, err = r.readJournal(e); err != nil {
			lastErr = err
			continue
		}
		after, err := r.readHead(e)
		if err == nil && before.Version == after.Version {
			o.event, o.answered = after, r.now()
			return o, nil
		}
		lastErr = err
	}
	return nil, fmt.Errorf("its bookings could not be read at the end: %w", lastErr)
}

func (r *Recorder) readHead(e *event) (*eventJSON, error) {
	head := new(eventJSON)
	return head, r.get("/events/"+e.id, head)
}

func (r *Recorder) readPages(e *event) ([]bookingJSON, error) {
	var all []bookingJSON
	for cursor := ""; ; {
		var page bookingsJSON
		if err := r.get("/events/"+e.id+"/bookings?limit=200"+cursor, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Bookings...)
		if page.NextCursor == nil {
			return all, nil
		}
		cursor = "&cursor=" + *page.NextCursor
	}
}

func (r *Recorder) get(path string, answer any) error {
	refusal, err := r.caller.call("GET", r.load.Servers()[0]+path, "", nil, answer)
	if refusal != "" {
		return fmt.Errorf("GET %s was refused with %s", path, refusal)
	}
	return err
}

// resolve finds what the ids of all operations stand for.
func (e *event) resolve(final *operation) {
	bookings := make(map[string]place)
	tickets := make(map[string]place)
	for _, b := range final.bookings {
		bookings[b.ID] = place{b.Sequence, 0}
		for i, t := range b.Tickets {
			tickets[t.ID] = place{b.Sequence, i + 1}
		}
	}
	find := func(in map[string]place, id string) place {
		if p, ok := in[id]; ok {
			return p
		}
		return place{sequence: -1}
	}
	uses := make(map[string]int)
	for _, o := range e.operations {
		switch {
		case o.onBooking():
			o.at.asked = find(bookings, o.booking)
		case o.kind == cancel && o.ticket != "":
			o.at.asked = find(tickets, o.ticket)
		}
		switch {
		case o.unknown || o.refusal != "":
		case o.kind == book:
			o.at.answered = find(bookings, o.booking)
		case o.kind == cancel:
			o.at.answered = find(tickets, o.tickets[0])
		}
		uses[o.key]++
	}
	for _, o := range e.operations {
		if uses[o.key] == 1 {
			o.key = "" // the model need not remember what nobody asks for again
		}
	}
	e.resolveJournal(final, bookings, tickets)
}
