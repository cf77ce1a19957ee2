package local_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/local"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

func TestConformance(t *testing.T) {
	for _, prefix := range []string{"", "file://"} {
		t.Run("prefix "+prefix, func(t *testing.T) {
			dir := t.TempDir()
			ref := func(name string) string { return prefix + filepath.Join(dir, name) }
			var block func(name string) state.Block
			if prefix == "" { // as a block has no URL
				block = func(name string) state.Block {
					return state.Block{Type: "local", Attrs: map[string]any{"path": name}, Dir: dir}
				}
			}
			statetest.Run(t, statetest.Store{
				Backend: local.New(nil),
				Block:   block,
				Ref:     ref,
				Put: func(t *testing.T, name string, content []byte) string {
					write(t, filepath.Join(dir, name), string(content))
					return ref(name)
				},
				Dump: func(t *testing.T) map[string]string { return dump(t, dir) },
				Deny: func(t *testing.T, name string) bool {
					return deny(t, filepath.Join(dir, name))
				},
				Lock: func(t *testing.T, name string) state.Lock {
					write(t, filepath.Join(dir, "."+name+".lock.info"), `{"ID":"5f1c","Operation":"OperationTypeApply","Info":"","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T10:00:00.5Z","Path":""}`)
					return state.Lock{ID: "5f1c", Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC)}
				},
				Pattern: func(prefix string) string { return ref(prefix + "*") },
			})
		})
	}
}

func dump(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			t.Fatal(err)
		}
		out[e.Name()] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano(), " ", string(content))
	}
	return out
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// deny takes the right to read away, which does nothing to root.
func deny(t *testing.T, path string) bool {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, info.Mode()) })
	if info.IsDir() {
		_, err = os.ReadDir(path)
	} else {
		_, err = os.ReadFile(path)
	}
	return errors.Is(err, fs.ErrPermission)
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"terraform.tfstate",
		"envs/prod/terraform.tfstate",
		"envs/dev/terraform.tfstate",
		"envs/dev/.terraform/terraform.tfstate",
		"envs/dev/terraform.tfstate.backup",
		"envs/[eu]/terraform.tfstate",
		"with space/a%b.tfstate",
		"dirs.tfstate/x.tfstate",
	} {
		write(t, filepath.Join(dir, name), "{}")
	}
	if err := os.Symlink("prod", filepath.Join(dir, "envs", "live")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	url := "file://" + filepath.ToSlash(dir)

	tests := []struct {
		name string
		ref  string
		want []string
	}{
		{"path", "terraform.tfstate", []string{"terraform.tfstate"}},
		{"path is kept as typed", "./envs//prod/terraform.tfstate", []string{"./envs//prod/terraform.tfstate"}},
		{"missing path is not looked up", "nowhere.tfstate", []string{"nowhere.tfstate"}},
		{"url", url + "/terraform.tfstate", []string{url + "/terraform.tfstate"}},
		{"url with escapes", url + "/with%20space/a%25b.tfstate", []string{url + "/with%20space/a%25b.tfstate"}},
		{"url with a host", "file://localhost" + dir + "/terraform.tfstate", []string{"file://localhost" + dir + "/terraform.tfstate"}},
		{"scheme in capitals", "FILE://" + dir + "/terraform.tfstate", []string{"FILE://" + dir + "/terraform.tfstate"}},
		{"star follows links and stays out of files with a longer name", "envs/*/terraform.tfstate", []string{
			"envs/[eu]/terraform.tfstate", "envs/dev/terraform.tfstate", "envs/live/terraform.tfstate", "envs/prod/terraform.tfstate"}},
		{"two stars stay out of .terraform", "**/terraform.tfstate", []string{
			"envs/[eu]/terraform.tfstate", "envs/dev/terraform.tfstate", "envs/live/terraform.tfstate", "envs/prod/terraform.tfstate", "terraform.tfstate"}},
		{"alternatives", "envs/{prod,dev}/*.tfstate", []string{"envs/dev/terraform.tfstate", "envs/prod/terraform.tfstate"}},
		{"pattern as url", url + "/envs/p*/*.tfstate", []string{url + "/envs/prod/terraform.tfstate"}},
		{"directories do not match", "*.tfstate", []string{"terraform.tfstate"}},
		{"a file's own name is no pattern", "envs/[eu]/terraform.tfstate", []string{"envs/[eu]/terraform.tfstate"}},
		{"hidden directory by name", "envs/dev/.terraform/*", []string{"envs/dev/.terraform/terraform.tfstate"}},
		{"standard input", "-", []string{"-"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := local.New(nil).Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range found {
				got = append(got, s.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if tt.ref == "-" || strings.HasPrefix(tt.name, "missing") {
				return
			}
			for _, s := range found {
				r, err := s.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := io.ReadAll(r); string(got) != "{}" {
					t.Errorf("%s: read %q", s, got)
				}
				r.Close()
			}
		})
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "envs", "prod", "terraform.tfstate"), "{}")
	write(t, filepath.Join(dir, "file"), "{}")
	for link, target := range map[string]string{"loop": "loop", "dangling": "nowhere", filepath.Join("envs", "stale.tfstate"): "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	tests := []struct {
		name, ref, want string
		is              error
	}{
		{"directory", "envs/prod/", "state envs/prod/: is a directory; name the state file in it, e.g. envs/prod/terraform.tfstate", nil},
		{"directory as url", "file://envs", "state file://envs: is a directory; name the state file in it, e.g. file://envs/terraform.tfstate", nil},
		{"missing", "a.tfstate", "state a.tfstate: does not exist; check the path and the working directory", fs.ErrNotExist},
		{"missing as url", "file:///no%20where/a", "state file:///no%20where/a: /no where/a does not exist; check the path and the working directory", fs.ErrNotExist},
		{"dangling link", "dangling", "state dangling: does not exist; check the path and the working directory", fs.ErrNotExist},
		{"link to itself", "loop", "state loop: cannot be opened: too many levels of symbolic links; check the path", nil},
		{"file taken for a directory", "file/terraform.tfstate", "state file/terraform.tfstate: cannot be opened: not a directory; check the path", nil},
		{"pattern without a match", "envs/*/none.tfstate", "state envs/*/none.tfstate: no file matches the pattern; check it and the working directory, and quote it so that the shell leaves it alone", fs.ErrNotExist},
		{"pattern in a missing directory", "nowhere/**/*.tfstate", "state nowhere/**/*.tfstate: no file matches the pattern; check it and the working directory, and quote it so that the shell leaves it alone", fs.ErrNotExist},
		{"pattern that meets a dangling link", "envs/*.tfstate", "state envs/stale.tfstate: does not exist; check the path and the working directory", fs.ErrNotExist},
		{"pattern that is none", "envs/[a/x", "state envs/[a/x: is not a valid pattern; close every [ and {, or name a file", nil},
		{"empty", "", `state "": is no path; name a state file`, nil},
		{"url without a path", "file://", "state file://: has no path; name a state file: file:///DIR/terraform.tfstate", nil},
		{"url with a bad escape", "file:///a%zz", "state file:///a%zz: is not a valid URL; write a % in it as %25, or give the path without file://", nil},
		{"nul", "a\x00b", `state a\x00b: cannot be opened: invalid argument; check the path`, nil},
		{"no standard input", "-", "state -: there is no standard input; name a state file", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := local.New(nil).Parse(t.Context(), tt.ref)
			if err == nil {
				_, err = found[0].Open(t.Context())
			}
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

func TestDenied(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "a.tfstate", "{}")
	write(t, "envs/prod/b.tfstate", "{}")
	if !deny(t, "a.tfstate") || !deny(t, "envs/prod") {
		t.Skip("this user may read everything")
	}
	b := local.New(nil)
	found, err := b.Parse(t.Context(), "a.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	_, err = found[0].Open(t.Context())
	if want := "state a.tfstate: may not be read by this user; give this user read access"; err == nil || err.Error() != want {
		t.Errorf("file: got %v\nwant %v", err, want)
	}
	// what a pattern cannot look into must not pass for "no state there"
	found, err = b.Parse(t.Context(), "envs/**/*.tfstate")
	if want := "state envs/**/*.tfstate: envs/prod may not be read by this user; give this user read access"; err == nil || err.Error() != want {
		t.Errorf("pattern: got %v, %v\nwant %v", found, err, want)
	}
}

func TestStdin(t *testing.T) {
	b := local.New(strings.NewReader("{}"))
	open := func(ctx context.Context) (string, error) {
		found, err := b.Parse(t.Context(), "-")
		if err != nil {
			t.Fatal(err)
		}
		r, err := found[0].Open(ctx)
		if err != nil {
			return "", err
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		return string(data), err
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if got, err := open(t.Context()); err != nil || got != "{}" {
		t.Errorf("first: %q, %v", got, err)
	}
	want := "state -: standard input can be read once only; save it to a file and name that"
	if _, err := open(t.Context()); err == nil || err.Error() != want {
		t.Errorf("second: %v\nwant %v", err, want)
	}
}

func TestParseEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := local.New(nil).Parse(ctx, "*.tfstate")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

// TestChangedWhileRead: half of one state and half of another are no state.
func TestChangedWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "terraform.tfstate")
	write(t, path, `{"version": 4, "serial": 1`)
	found, err := local.New(nil).Parse(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := found[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	write(t, path, `{"version": 4, "serial": 2, "resources": []}`)
	if _, err := io.ReadAll(r); err == nil || err.Error() != "it changed while it was read" {
		t.Errorf("error %v", err)
	}
	// Whoever begins anew gets the new one.
	f, err := state.Load(t.Context(), found[0], 0)
	if err != nil || f.Serial != 2 {
		t.Errorf("loaded %+v, %v", f, err)
	}
}
