//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package sqlite

import (
	"errors"
	"os"
	"runtime"
)

// lock can't keep other servers away from a file, so there is no store here.
func lock(string) (*os.File, error) {
	return nil, errors.New("files can't be locked on " + runtime.GOOS + "; keep events in MySQL, or in memory")
}
