package main

import "syscall"

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
