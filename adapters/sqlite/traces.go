package sqlite

import (
	"context"
	"fmt"
	"time"
)

const (
	// wipeEvery is how often it is tried to wipe while somebody reads an old state,
	// as a backup does.
	wipeEvery = time.Second
	// wipeTimeout is how long those who write wait for that each time, in milliseconds.
	wipeTimeout = 100
)

// wipe brings the write-ahead log into the file, where SQLite has overwritten with
// zeros what is gone, and empties it, if people were erased since it was done
// last. It waits for those who read an old state, and goes on later if they take
// long. Nobody else writes meanwhile.
func (s *Store) wipe() {
	if !s.traces || s.writer == nil {
		return
	}
	var busy, frames, moved int
	err := s.writer.exec(fmt.Sprint("PRAGMA busy_timeout = ", wipeTimeout))
	if err == nil {
		err = get(context.Background(), s.writer, "PRAGMA wal_checkpoint(TRUNCATE)", []any{&busy, &frames, &moved})
	}
	if restored := s.writer.exec(fmt.Sprint("PRAGMA busy_timeout = ", busyTimeout)); err == nil {
		err = restored
	}
	s.traces = err != nil || busy != 0
	if s.traces {
		time.AfterFunc(wipeEvery, s.wipeLater)
	}
}

func (s *Store) wipeLater() {
	select {
	case <-s.closed: // which wipes too
	case s.writing <- struct{}{}:
		s.wipe()
		<-s.writing
	}
}
