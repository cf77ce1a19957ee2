//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package remediate

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock reports false where another open file holds the lock.
func tryLock(f *os.File) (bool, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		}
		return err == nil, err
	}
}
