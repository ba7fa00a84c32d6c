package history

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Load is what is asked of the servers, and how. Fields that are zero have the
// default named with them.
type Load struct {
	// Servers returns the base URLs of the servers that run now. Every call
	// goes to any of them.
	Servers func() []string
	Groups  int // events at the same time; 4
	Clients int // of each group; 5
	// Calls are how many each event gets, before its group takes a new event;
	// 200. The proof gets harder with more of them.
	Calls   int
	Tickets int // of each event; 0 is any number up to 40
	// Pause is how long a client thinks between two calls, on average; 0 is
	// not at all.
	Pause time.Duration
	// Events ends the load after so many; 0 goes on until [Recorder.Stop].
	Events int
	// HoldTime is how long half of the events hold tickets; a day, so that no hold
	// ends during the load. The search for an order knows nothing of time: where
	// some do end, check with a limit of 0.
	HoldTime time.Duration
	// Late is how late a hold may expire; 0 is as late as anything.
	Late time.Duration
	// Local says that a connection breaks only when its server is dead, and that
	// what a server did not do before, it never does: of processes on this machine
	// that keep their data themselves.
	Local bool
	// Patience is how long a call of unknown outcome is sent again after the
	// load was stopped; 20 s.
	Patience time.Duration
	// Pictures is a directory for a picture, by porcupine, of each history that
	// is not linearizable; empty is none.
	Pictures string
	Seed     uint64
}

// Recorder sends a load and records it. Its methods are safe for concurrent
// use.
type Recorder struct {
	load    Load
	caller  *caller
	began   time.Time
	stop    context.CancelFunc
	giveUp  context.Context
	running sync.WaitGroup
	calls   atomic.Int64 // that were answered
	unknown atomic.Int64 // attempts without an answer
	started atomic.Int64 // events

	mu     sync.Mutex
	events []*event
	wrong  []string // what no history allows
}

// Start begins a load, which goes on until [Recorder.Stop], or for as many
// events as it has.
func Start(load Load) *Recorder {
	fill(&load.Groups, 4)
	fill(&load.Clients, 5)
	fill(&load.Calls, 200)
	fill(&load.HoldTime, domain.MaxHoldSeconds*time.Second)
	fill(&load.Patience, 20*time.Second)
	r := &Recorder{load: load, caller: newCaller(load.Groups * load.Clients), began: time.Now()}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	var giveUp context.CancelFunc
	r.giveUp, giveUp = context.WithCancel(context.Background())
	context.AfterFunc(ctx, func() { time.AfterFunc(load.Patience, giveUp) })
	for group := range load.Groups {
		r.running.Go(func() { r.runGroup(ctx, group) })
	}
	return r
}

func fill[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Await returns when n more calls were answered or the load is over. It fails
// when that takes longer than limit.
func (r *Recorder) Await(n int, limit time.Duration) error {
	goal := r.calls.Load() + int64(n)
	over := make(chan struct{})
	go func() { r.running.Wait(); close(over) }()
	deadline := time.After(limit)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for r.calls.Load() < goal {
		select {
		case <-over:
			return nil
		case <-deadline:
			return fmt.Errorf("history: %d of %d calls were not answered within %s", goal-r.calls.Load(), n, limit)
		case <-tick.C:
		}
	}
	return nil
}

// Stop ends the load and waits until all outcomes are known, or patience ends.
func (r *Recorder) Stop() {
	r.stop()
	r.running.Wait()
}

// Wait waits for the end of a load that has a number of events.
func (r *Recorder) Wait() { r.running.Wait() }

// runGroup sends the load of one group, an event after another.
func (r *Recorder) runGroup(ctx context.Context, group int) {
	random := rand.New(rand.NewPCG(r.load.Seed, uint64(group)))
	for ctx.Err() == nil {
		number := int(r.started.Add(1))
		if r.load.Events > 0 && number > r.load.Events {
			return
		}
		e := r.createEvent(number, random)
		if e == nil {
			return
		}
		var clients sync.WaitGroup
		for i := range r.load.Clients {
			c := &client{
				Recorder: r,
				number:   i,
				event:    e,
				random:   rand.New(rand.NewPCG(r.load.Seed, uint64(number*r.load.Clients+i))),
			}
			clients.Go(func() { c.run(ctx) })
		}
		clients.Wait()
	}
}

// createEvent creates an event under a key, until that worked. It returns nil if
// it never did.
func (r *Recorder) createEvent(number int, random *rand.Rand) *event {
	const largest = 40
	settings := domain.CreateEvent{Settings: domain.Settings{
		Name:         fmt.Sprintf("Concert %d", number),
		TotalTickets: cmp.Or(r.load.Tickets, 1+random.IntN(largest)),
	}}
	body := map[string]any{"name": settings.Name, "totalTickets": settings.TotalTickets}
	if number%3 == 0 {
		settings.MaxTicketsPerUser = domain.AtMost(6)
		body["maxTicketsPerUser"] = 6
	}
	if number%4 == 0 {
		settings.MaxWaitlist = domain.AtMost(8)
		body["maxWaitlist"] = 8
	}
	if number%2 == 0 {
		hold := int(r.load.HoldTime.Seconds())
		settings.HoldSeconds, settings.ClaimSeconds = hold, max(hold, domain.MinClaimSeconds)
		body["holdSeconds"], body["claimSeconds"] = settings.HoldSeconds, settings.ClaimSeconds
	}
	key := fmt.Sprintf("event %d of %d", number, r.began.UnixNano())
	for r.giveUp.Err() == nil {
		var answer eventJSON
		refusal, err := r.caller.call("POST", r.server(random)+"/events", key, body, &answer)
		if refusal == "" && err == nil {
			r.calls.Add(1)
			e := newEvent(answer.ID, number, settings, r.load)
			if number%3 == 1 {
				e.cancelAt = int64(r.load.Calls / 10)
			}
			r.mu.Lock()
			r.events = append(r.events, e)
			r.mu.Unlock()
			return e
		}
		if !r.goesOn(refusal, err) {
			return nil
		}
		r.pause(retryPause)
	}
	return nil
}

// goesOn reports whether a call may be sent again, and notes what must not
// have happened.
func (r *Recorder) goesOn(refusal domain.Code, err error) bool {
	if refusal != "" {
		err = fmt.Errorf("creating an event was refused with %s", refusal)
	}
	if isPassing(err) {
		return true
	}
	r.note(err.Error())
	return false
}

func (r *Recorder) note(wrong string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, wrong)
}

func (r *Recorder) server(random *rand.Rand) string {
	servers := r.load.Servers()
	return servers[random.IntN(len(servers))]
}

func (r *Recorder) now() time.Duration { return time.Since(r.began) }

// pause waits, but not longer than anything is wanted from the load.
func (r *Recorder) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.giveUp.Done():
	}
}
