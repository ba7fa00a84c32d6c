// Package system gives boxoffice the machine's clock and random ids.
package system

import (
	"time"

	"github.com/google/uuid"
)

// Clock is the machine's clock.
type Clock struct{}

// Now is in UTC, with whole microseconds.
func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// IDs makes UUIDs of version 7: they grow with time, which keeps inserts into
// a database local, and cannot be guessed from one another.
type IDs struct{}

// NewID returns a fresh id. It panics if the machine has no randomness left
// to give, which no caller could handle better.
func (IDs) NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
