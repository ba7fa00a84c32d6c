package sqlite

import (
	"context"
	"time"
)

// traces are what people who were erased left in the write-ahead log.
type traces struct {
	left    bool
	triedAt time.Time
}

// wipeEvery is how often it is tried while somebody reads an old state, as a
// backup does.
const wipeEvery = time.Second

// wipe brings the log into the file, where SQLite has overwritten with zeros what
// is gone, and empties it. That waits for whoever reads an old state, and is
// tried again after later transactions if they take long.
func (t *traces) wipe(w *writer) {
	if !t.left || time.Since(t.triedAt) < wipeEvery {
		return
	}
	var busy, frames, moved int
	err := get(context.Background(), w, "PRAGMA wal_checkpoint(TRUNCATE)", []any{&busy, &frames, &moved})
	t.left, t.triedAt = err != nil || busy != 0, time.Now()
}
