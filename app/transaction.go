package app

import (
	"context"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

// Transaction is what an observer of a service learns of a transaction, once
// it is committed or has failed. A batch that is split comes again, in parts.
type Transaction struct {
	Commands []Command
	Events   int             // that the commands are for
	Records  []domain.Record // what happened; none if it failed
	// ClockJumps are events whose time goes on ahead of the store's from now on;
	// see [domain.Event.TimeAt].
	ClockJumps []domain.EventID
	Start      time.Time
	Duration   time.Duration // with all the times that the store ran it again
	Err        error         // why all of it failed
}

// Command is a command in a transaction.
type Command struct {
	domain.Command
	Context context.Context // the caller's
	Arrived time.Time       // when it began to wait for the transaction
	Refusal error           // what the caller is told, unless the transaction failed
}

// observed is try, and the observer learns of it.
func (l *lane) observed(batch []*call) error {
	events := eventsOf(batch)
	t := Transaction{Start: time.Now(), Events: len(events)}
	outcome, err := l.try(batch, events)
	if len(outcome.records) > 0 {
		l.service.options.Committed(outcome.records)
	}
	if l.service.options.Observe == nil {
		return err
	}
	t.Duration = time.Since(t.Start)
	t.Records, t.ClockJumps, t.Err = outcome.records, outcome.clockJumps, err
	t.Commands = make([]Command, len(batch))
	for i, c := range batch {
		t.Commands[i] = Command{Command: c.command, Context: c.ctx, Arrived: c.arrived, Refusal: c.refusal}
	}
	l.service.options.Observe(t)
	return err
}
