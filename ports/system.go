package ports

import (
	"time"

	"github.com/google/uuid"
)

// Clock tells the time. It is safe for concurrent use.
type Clock interface {
	// Now is in UTC, with whole microseconds: what every store can keep.
	Now() time.Time
}

// IDs makes ids. It is safe for concurrent use.
type IDs interface {
	// NewID returns an id that was never returned before, on any server, and
	// that nobody can guess from others.
	NewID() uuid.UUID
}
