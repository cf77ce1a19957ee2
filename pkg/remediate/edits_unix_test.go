//go:build unix

package remediate

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in the place of code would wait for its writer.
func TestPrepareRefusesAPipe(t *testing.T) {
	s, st, dir := module(t)
	file := filepath.Join(dir, "imported.tf")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(st); err == nil || !strings.HasPrefix(err.Error(), file+" is no regular file") {
		t.Error(err)
	}
}

// The mode is that of the file before, whatever the user's mask is.
func TestModeOfAnEdit(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	TestEdits(t)
}
