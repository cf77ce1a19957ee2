//go:build darwin || linux

package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// inRole is what the test binary does as another process.
func inRole(role, file string) error {
	if role != "full" {
		return errors.New("no such role: " + role)
	}
	l, err := Open(context.Background(), Options{File: file})
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	// Half a line more, and then the disk is full, as far as this process can tell.
	signal.Ignore(unix.SIGXFSZ)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = uint64(info.Size()) + 200
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	_, err = l.Append(context.Background(), event(3))
	return err
}

func TestFullDisk(t *testing.T) {
	for _, lines := range []int{0, 3} {
		t.Run(fmt.Sprintf("after %d lines", lines), func(t *testing.T) {
			file := written(t, lines)
			before := read(t, file)
			out, err := process(t, "full", file).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "nothing was written") || !strings.Contains(string(out), unix.EFBIG.Error()) {
				t.Errorf("%v: %s", err, out)
			}
			if read(t, file) != before {
				t.Error("the log was changed")
			}
			wantClean(t, file, lines)
			if _, err := open(t, file).Append(t.Context(), event(3)); err != nil {
				t.Errorf("when there is room again: %v", err)
			}
			wantClean(t, file, lines+1)
		})
	}
}

// Opening a pipe to write waits for a reader, unless it is not opened at all.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := refused(t, pipe); !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("%v", err)
	}
	if _, _, err := VerifyFile(t.Context(), pipe, ""); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("%v", err)
	}
}
