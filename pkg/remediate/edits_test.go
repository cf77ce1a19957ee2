package remediate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

// module is a plan with edits of a module: main.tf is edited, imported.tf is new.
func module(t *testing.T) (*Sealed, State, string) {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.tf"), "old\n")
	d := everything()
	st := &d.Manifest.States[0]
	st.Dir = dir
	st.Edits = []Edit{
		{Path: "main.tf", Before: Digest([]byte("old\n")), After: "state-1/files/main.tf", Diff: code.Diff("main.tf", []byte("old\n"), []byte("new\n"))},
		{Path: "imported.tf", After: "state-1/files/imported.tf", Diff: code.Diff("imported.tf", nil, []byte("imported\n"))},
	}
	d.Contents["state-1/files/main.tf"] = []byte("new\n")
	d.Contents["state-1/files/imported.tf"] = []byte("imported\n")
	plan, _ := stored(t, d)
	s := opened(t, plan)
	return s, s.Manifest.States[0], dir
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestEdits(t *testing.T) {
	s, st, dir := module(t)
	main, imported := filepath.Join(dir, "main.tf"), filepath.Join(dir, "imported.tf")
	if err := os.Chmod(main, 0o664); err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(st); err != nil {
		t.Fatal(err)
	}
	if read(t, main) != "old\n" || names(t, dir) != filepath.Base(s.beside(imported))+" "+filepath.Base(s.beside(main))+" main.tf" {
		t.Errorf("code was written before its time: %s", names(t, dir))
	}
	if err := s.prepare(st); err != nil {
		t.Errorf("the second time: %v", err)
	}
	s.discard(st)
	if got := names(t, dir); got != "main.tf" {
		t.Errorf("left after discard: %s", got)
	}
	if err := s.prepare(st); err != nil {
		t.Fatal(err)
	}
	written, err := s.commit(st)
	if err != nil || !slices.Equal(written, []string{main, imported}) {
		t.Errorf("%v, %v", written, err)
	}
	if read(t, main) != "new\n" || read(t, imported) != "imported\n" || names(t, dir) != "imported.tf main.tf" {
		t.Errorf("%q %q %s", read(t, main), read(t, imported), names(t, dir))
	}
	for file, want := range map[string]fs.FileMode{main: 0o664, imported: 0o644} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %s", file, info.Mode(), err, want)
		}
	}
	// Once it is written, it is written.
	if err := s.prepare(st); err != nil {
		t.Errorf("after it was written: %v", err)
	}
	if written, err := s.commit(st); err != nil || len(written) != 0 {
		t.Errorf("the second time: %v, %v", written, err)
	}
}

// A run that was ended between the two files is gone on with.
func TestEditsResumed(t *testing.T) {
	s, st, dir := module(t)
	put(t, filepath.Join(dir, "main.tf"), "new\n")
	put(t, s.beside(filepath.Join(dir, "main.tf")), "ne") // torn
	if err := s.prepare(st); err != nil {
		t.Fatal(err)
	}
	written, err := s.commit(st)
	if err != nil || len(written) != 1 {
		t.Errorf("%v, %v", written, err)
	}
	if read(t, filepath.Join(dir, "main.tf")) != "new\n" || read(t, filepath.Join(dir, "imported.tf")) != "imported\n" || names(t, dir) != "imported.tf main.tf" {
		t.Error(names(t, dir))
	}
}

func TestPrepareRefuses(t *testing.T) {
	tests := []struct {
		name   string
		attack func(t *testing.T, dir string, st *State)
		want   string
	}{
		{"code that was changed", func(t *testing.T, dir string, _ *State) { put(t, filepath.Join(dir, "main.tf"), "old\n\n") }, "the code has changed since the plan was made: DIR/main.tf; plan again"},
		{"code that is gone", func(t *testing.T, dir string, _ *State) { _ = os.Remove(filepath.Join(dir, "main.tf")) }, "the code has changed since the plan was made: DIR/main.tf; plan again"},
		{"code that is there by now", func(t *testing.T, dir string, _ *State) { put(t, filepath.Join(dir, "imported.tf"), "mine\n") }, "the code has changed since the plan was made: DIR/imported.tf; plan again"},
		{"empty code that is there by now", func(t *testing.T, dir string, _ *State) { put(t, filepath.Join(dir, "imported.tf"), "") }, "the code has changed since the plan was made: DIR/imported.tf; plan again"},
		{"a link", func(t *testing.T, dir string, _ *State) {
			main := filepath.Join(dir, "main.tf")
			if err := errors.Join(os.Rename(main, main+".real"), os.Symlink("main.tf.real", main)); err != nil {
				t.Fatal(err)
			}
		}, "DIR/main.tf is no regular file: edit it by hand, or plan again"},
		{"a link that leads nowhere", func(t *testing.T, dir string, _ *State) {
			if err := os.Symlink("/nowhere", filepath.Join(dir, "imported.tf")); err != nil {
				t.Fatal(err)
			}
		}, "DIR/imported.tf is no regular file"},
		{"no module", func(t *testing.T, dir string, _ *State) { _ = os.RemoveAll(dir) }, "the code has changed since the plan was made: DIR/main.tf; plan again"},
		{"out of the module", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = "../main.tf" }, `the plan would write "../main.tf", which is no code in DIR`},
		{"below the module", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = "modules/main.tf" }, `the plan would write "modules/main.tf", which is no code in DIR`},
		{"anywhere", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = "/etc/passwd" }, `the plan would write "/etc/passwd", which is no code in DIR`},
		{"the module itself", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = "." }, `the plan would write ".", which is no code in DIR`},
		{"above it", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = ".." }, `the plan would write "..", which is no code in DIR`},
		{"nothing", func(_ *testing.T, _ string, st *State) { st.Edits[0].Path = "" }, `the plan would write "", which is no code in DIR`},
		{"what the plan does not have", func(_ *testing.T, _ string, st *State) { st.Edits[0].After = "state-1/other" }, `the plan has no file "state-1/other"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, st, dir := module(t)
			tt.attack(t, dir, &st)
			err := s.prepare(st)
			if want := strings.ReplaceAll(tt.want, "DIR", dir); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			s.discard(st)
			if _, err := os.Stat(dir); err == nil && strings.Contains(names(t, dir), ".driftmgr-") {
				t.Errorf("left behind: %s", names(t, dir))
			}
		})
	}
}

// What somebody writes while Terraform applies is not written over.
func TestCommitKeepsWhatWasChangedMeanwhile(t *testing.T) {
	for name, file := range map[string]string{"edited": "main.tf", "new": "imported.tf"} {
		t.Run(name, func(t *testing.T) {
			s, st, dir := module(t)
			if err := s.prepare(st); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(dir, file), "mine\n")
			_, err := s.commit(st)
			if want := filepath.Join(dir, file) + " was changed meanwhile: put into it by hand what "; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if got := read(t, filepath.Join(dir, file)); got != "mine\n" {
				t.Errorf("it became %q", got)
			}
		})
	}
}
