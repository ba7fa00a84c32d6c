package main

import (
	"syscall"

	"github.com/rs/zerolog"
)

const (
	// mostConnections is how many connections a server has at most: with some ten
	// kilobytes for each that is idle, they take a few hundred megabytes.
	mostConnections = 30_000
	// otherFiles is what the process opens beside them: connections to the
	// database, the log, and what its runtime needs.
	otherFiles = 256
)

// maxConnections returns how many connections clients may have open at the same
// time, so that there are files left for the store: Go has raised the limit of
// open files as far as it may.
func maxConnections() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return mostConnections
	}
	left := int(min(files.Cur, mostConnections+otherFiles)) - otherFiles
	// Where few files can be opened, half of them must do for clients.
	return max(left, int(min(files.Cur, 2*otherFiles))/2, 1)
}

// maxStreams is how many streams may be open: as many as are wished, but not so
// many that no other client could connect.
func (c serveCommand) maxStreams(logger zerolog.Logger) int {
	most := maxConnections() * 9 / 10
	if int(c.MaxStreams) <= most {
		return int(c.MaxStreams)
	}
	logger.Warn().Int("max_streams", most).Msgf("--max-streams %d is more than this process can have files open for; raise the limit of open files", c.MaxStreams)
	return most
}
