package audit

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock reports false where another open file holds the lock. Windows refuses to
// read what is locked, so the byte that is locked is one that no log reaches.
func tryLock(f *os.File, exclusive bool) (bool, error) {
	var how uint32 = windows.LOCKFILE_FAIL_IMMEDIATELY
	if exclusive {
		how |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{OffsetHigh: math.MaxInt32})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
