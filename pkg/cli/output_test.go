//go:build unix

package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "drift.json")
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink("drift.json", link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file, link} {
		want := "of " + name
		if err := replaceFile(name, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is a %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}

	if err := replaceFile(filepath.Join(dir, "none", "drift.json"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a missing folder: %v", err)
	}
}

// What is replaced before anybody reads it is never half of it: whoever has the
// old file open reads the old one to its end.
func TestReplaceFileIsAtomic(t *testing.T) {
	file := filepath.Join(t.TempDir(), "drift.json")
	if err := replaceFile(file, []byte("old")); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := replaceFile(file, []byte("new and longer")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := reader.Read(buf); err != nil || string(buf[:n]) != "old" {
		t.Errorf("read %q, %v; want the old file", buf[:n], err)
	}
}

// A pipe, or a device such as /dev/null, is written to and stays what it is.
func TestReplaceFileOfAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := os.ReadFile(pipe)
		read <- result{data, err}
	}()
	if err := replaceFile(pipe, []byte("report")); err != nil {
		t.Fatal(err)
	}
	// Checked first: where the pipe was replaced, its reader waits for ever.
	info, err := os.Lstat(pipe)
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Fatalf("the pipe is a %v, %v", info.Mode(), err)
	}
	if got := <-read; got.err != nil || string(got.data) != "report" {
		t.Errorf("read %q, %v", got.data, got.err)
	}
}
