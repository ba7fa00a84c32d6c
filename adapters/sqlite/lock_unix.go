//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other servers away from a file until its side car is closed, or the
// process ends. The lock is on a file of its own since SQLite has locks on the
// other, which it would lose when somebody in this process closes that.
func lock(file string) (*os.File, error) {
	sideCar, err := os.OpenFile(file+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(sideCar.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = ErrInUse
		fallthrough
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", sideCar.Name(), err), sideCar.Close())
	}
	return sideCar, nil
}
