package ports

import (
	"time"

	"github.com/google/uuid"
)

// Clock tells the time. It is safe for concurrent use.
type Clock interface {
	// Now is in UTC, with whole microseconds: what every store can keep. A store's
	// clock is that of all who share the store.
	Now() time.Time
}

// IDs makes ids. It is safe for concurrent use.
type IDs interface {
	// NewID returns an id that was never returned before, on any server, and
	// that nobody can guess from others.
	NewID() uuid.UUID
}

// SystemClock is the clock of this machine.
type SystemClock struct{}

// Now implements [Clock].
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// RandomIDs are UUIDs of version 7, which grow with time, so that rows with new
// ones are stored side by side, and have 74 random bits.
type RandomIDs struct{}

// NewID implements [IDs].
func (RandomIDs) NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
