package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// lockWait is how long another process may hold a log.
const lockWait = 30 * time.Second

// openRegular opens a file that exists and is a regular one, no link; to write to,
// only if nobody but its owner can.
//
// The file that was looked at and the file that was opened have to be the same, so
// a link that is put there in between is found too, on every system.
func openRegular(file string, flag int) (*os.File, error) {
	before, err := os.Lstat(file)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(file, before, flag != os.O_RDONLY); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, flag, 0)
	if err != nil {
		return nil, err
	}
	opened, err := f.Stat()
	if err == nil && !os.SameFile(before, opened) {
		err = fmt.Errorf("%s was replaced while it was opened: try again", file)
	}
	if err != nil {
		f.Close() //nolint:errcheck // nothing was written
		return nil, err
	}
	return f, nil
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

func checkRegular(file string, info fs.FileInfo, write bool) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link: name the file itself", file)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file: name one", file)
	case write && info.Mode().Perm()&0o022 != 0 && runtime.GOOS != "windows": // which has no such modes
		return fmt.Errorf("%s can be written by others (mode %04o): chmod 600 it, after you have verified it", file, info.Mode().Perm())
	}
	return nil
}

// openLog opens a log to append to and locks it. It makes the file if there is none,
// unless there was one.
func openLog(ctx context.Context, file string) (*os.File, error) {
	if !exists(file) && exists(HeadFile(file)) {
		return nil, tampered(fmt.Errorf("it is gone, but its head %s is there", HeadFile(file)))
	}
	// O_EXCL follows no link.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		f, err = openRegular(file, os.O_RDWR|os.O_APPEND)
	}
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, f, file, true, lockWait); err != nil {
		f.Close() //nolint:errcheck // nothing was written
		return nil, err
	}
	return f, nil
}

// lock waits until nobody else holds the log, or, where exclusive is false, nobody
// writes to it. Closing f, as the end of the process does, gives it free.
func lock(ctx context.Context, f *os.File, file string, exclusive bool, wait time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, wait, fmt.Errorf("another process has held it for %v: let it end, then try again", wait))
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		ok, err := tryLock(f, exclusive)
		if err != nil {
			return fmt.Errorf("locking it: %w", err)
		}
		if ok {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for its lock: %w", context.Cause(ctx))
		case <-time.After(pause):
		}
	}
	// While waiting, the log may have been put away.
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(file)
	if err != nil || !os.SameFile(opened, there) {
		return fmt.Errorf("%s was replaced while it was opened: try again", file)
	}
	return nil
}
