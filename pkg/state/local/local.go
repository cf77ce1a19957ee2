// Package local is the backend of states in files, and of one on standard
// input.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// New returns the backend. A reference is
//
//   - a path, relative to the working directory or absolute: `terraform.tfstate`;
//   - a pattern, in which ** stands for any directories, as in
//     https://github.com/bmatcuk/doublestar#patterns: `envs/**/terraform.tfstate`.
//     As in a shell, wildcards match no name that begins with a dot, so that
//     .terraform/terraform.tfstate, which is no state, stays out;
//   - either of them as a URL: `file:///srv/states/terraform.tfstate`;
//   - `-` for stdin, which can be read once; nil where there is none.
//
// A path that exists is taken as it is, whatever characters are in it.
func New(stdin io.Reader) state.Backend {
	return &backend{stdin: stdin}
}

type backend struct {
	stdin io.Reader
	used  atomic.Bool // stdin has been read
}

const scheme = "file"

func (b *backend) Scheme() string { return scheme }

func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(ref, err)
	}
	if ref == "-" {
		return []state.Source{stdin{b}}, nil
	}
	path, prefix, err := pathOf(ref)
	if err != nil {
		return nil, err
	}
	if !strings.ContainsAny(path, `*?[{`) || exists(path) {
		return []state.Source{file{name: ref, path: path}}, nil
	}
	found, err := doublestar.FilepathGlob(path,
		doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors(), doublestar.WithNoHidden())
	switch {
	case errors.Is(err, doublestar.ErrBadPattern):
		return nil, &state.Error{Source: ref, Problem: "is not a valid pattern", Remedy: "close every [ and {, or name a file", Err: err}
	case err != nil:
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			base, _ := doublestar.SplitPattern(filepath.ToSlash(path))
			err = &fs.PathError{Op: p.Op, Path: filepath.Join(base, p.Path), Err: p.Err}
		}
		return nil, fail(ref, err)
	case len(found) == 0:
		return nil, &state.Error{Source: ref, Problem: "no file matches the pattern", Remedy: "check it and the working directory, and quote it so that the shell leaves it alone", Err: fs.ErrNotExist}
	}
	slices.Sort(found)
	sources := make([]state.Source, 0, len(found))
	for _, p := range slices.Compact(found) {
		sources = append(sources, file{name: prefix + p, path: p})
	}
	return sources, nil
}

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{"local"} }

// Configure finds the file as Terraform's local backend does
// (https://developer.hashicorp.com/terraform/language/backend/local).
func (*backend) Configure(ctx context.Context, b state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(b.Dir, err)
	}
	path := text(b.Attrs, "path", "terraform.tfstate")
	if b.Workspace != "" && b.Workspace != "default" {
		path = filepath.Join(text(b.Attrs, "workspace_dir", "terraform.tfstate.d"), b.Workspace, "terraform.tfstate")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.Dir, path)
	}
	return []state.Source{file{name: path, path: path}}, nil
}

func text(attrs map[string]any, name, fallback string) string {
	if s, ok := attrs[name].(string); ok && s != "" {
		return s
	}
	return fallback
}

// pathOf returns the path of a reference, and what precedes it in the names of
// its sources.
func pathOf(ref string) (path, prefix string, err error) {
	if len(ref) < len(scheme)+3 || !strings.EqualFold(ref[:len(scheme)+3], scheme+"://") {
		if ref == "" {
			return "", "", &state.Error{Source: `""`, Problem: "is no path", Remedy: "name a state file"}
		}
		return ref, "", nil
	}
	prefix, rest := ref[:len(scheme)+3], ref[len(scheme)+3:]
	path, err = url.PathUnescape(strings.TrimPrefix(rest, "localhost/"))
	if err != nil {
		return "", "", &state.Error{Source: ref, Problem: "is not a valid URL", Remedy: "write a % in it as %25, or give the path without " + prefix, Err: err}
	}
	if strings.HasPrefix(rest, "localhost/") {
		path = "/" + path
	}
	if path == "" {
		return "", "", &state.Error{Source: ref, Problem: "has no path", Remedy: "name a state file: file:///DIR/terraform.tfstate"}
	}
	return path, prefix, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// file is a Source.
type file struct{ name, path string }

func (f file) String() string { return f.name }

// Open returns what knows its size before it is read. Opening a named pipe waits
// for its writer, whatever ctx says.
func (f file) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(f.name, err)
	}
	r, err := os.Open(f.path)
	if err != nil {
		return nil, fail(f.name, err)
	}
	info, err := r.Stat()
	if err == nil && info.IsDir() {
		err = &state.Error{
			Source:  f.name,
			Problem: "is a directory",
			Remedy:  "name the state file in it, e.g. " + strings.TrimRight(f.name, `/\`) + "/terraform.tfstate",
		}
	} else if err != nil {
		err = fail(f.name, err)
	}
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	return &steady{file: r, opened: info}, nil
}

// steady is a file that fails at its end if it was written to since it was
// opened: Terraform writes a state in place.
type steady struct {
	file   *os.File
	opened fs.FileInfo
}

func (s *steady) Stat() (fs.FileInfo, error) { return s.file.Stat() }
func (s *steady) Close() error               { return s.file.Close() }

func (s *steady) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	if err != io.EOF || !s.opened.Mode().IsRegular() {
		return n, err
	}
	now, statErr := s.Stat()
	if statErr != nil {
		return n, statErr
	}
	if now.Size() != s.opened.Size() || !now.ModTime().Equal(s.opened.ModTime()) {
		return n, errChanged
	}
	return n, io.EOF
}

var errChanged = errors.New("it changed while it was read")

// Lock implements state.Locked: Terraform keeps the lock of terraform.tfstate in
// .terraform.tfstate.lock.info beside it
// (https://github.com/hashicorp/terraform/blob/main/internal/states/statemgr/filesystem.go).
func (f file) Lock(ctx context.Context) (*state.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(f.name, err)
	}
	dir, base := filepath.Split(f.path)
	info, err := os.ReadFile(filepath.Join(dir, "."+base+".lock.info"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // not locked
	case err != nil:
		return nil, fail(f.name, err)
	}
	return state.ParseLock(info), nil
}

// fail makes the one line of an error of the system.
func fail(name string, err error) error {
	e := &state.Error{Source: name, Err: err}
	cause := err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		cause = p.Err // the path is in the name
		if p.Path != name {
			e.Problem = p.Path + " "
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Problem += "does not exist"
		e.Remedy = "check the path and the working directory"
	case errors.Is(err, fs.ErrPermission):
		e.Problem += "may not be read by this user"
		e.Remedy = "give this user read access"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Problem = fmt.Sprintf("was not opened: %v", err)
	default:
		e.Problem = fmt.Sprintf("%scannot be opened: %v", e.Problem, cause)
		e.Remedy = "check the path"
	}
	return e
}

// stdin is a Source.
type stdin struct{ b *backend }

func (stdin) String() string { return "-" }

func (s stdin) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail("-", err)
	}
	if s.b.stdin == nil {
		return nil, &state.Error{Source: "-", Problem: "there is no standard input", Remedy: "name a state file"}
	}
	if s.b.used.Swap(true) {
		return nil, &state.Error{Source: "-", Problem: "standard input can be read once only", Remedy: "save it to a file and name that"}
	}
	return io.NopCloser(s.b.stdin), nil
}
