package remediate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

// prepare checks that the code is what was planned with, and puts what is to be
// written beside it, so that nothing but a rename can fail once Terraform has applied.
func (s *Sealed) prepare(st State) error {
	for _, e := range st.Edits {
		path, err := editPath(st, e)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		now, info, err := readCode(path)
		switch {
		case err != nil:
			return err
		case info != nil:
			mode = info.Mode().Perm()
		}
		after, err := s.content(e.After)
		if err != nil {
			return err
		}
		if info != nil && Digest(now) == Digest(after) { // by an earlier run
			_ = os.Remove(s.beside(path))
			continue
		}
		if changed(e, now, info != nil) {
			return fmt.Errorf("the code has changed since the plan was made: %s; plan again", path)
		}
		if code.Diff(e.Path, now, after) != e.Diff {
			return fmt.Errorf("the plan shows another edit of %s than it would write: it was not driftmgr of this version that made it; plan again", path)
		}
		if err := writeTo(s.beside(path), after, mode); err != nil {
			return fmt.Errorf("write the code: %w", err)
		}
	}
	return nil
}

// readCode reads a file of code. Where there is none, info is nil.
func readCode(path string) (data []byte, info fs.FileInfo, err error) {
	info, err = os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read the code: %w", err)
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is no regular file: edit it by hand, or plan again", path)
	}
	if data, err = os.ReadFile(path); err != nil {
		return nil, nil, fmt.Errorf("read the code: %w", err)
	}
	return data, info, nil
}

// changed reports whether a file is not what an edit was made of.
func changed(e Edit, now []byte, exists bool) bool {
	if e.Before == "" {
		return exists
	}
	return !exists || Digest(now) != e.Before
}

// editPath is the file of an edit, which is always in the module itself.
func editPath(st State, e Edit) (string, error) {
	if filepath.Base(e.Path) != e.Path || strings.ContainsAny(e.Path, `/\:`) || !filepath.IsLocal(e.Path) || !isCode(e.Path) {
		return "", fmt.Errorf("the plan would write %q, which is no code in %s", e.Path, st.Dir)
	}
	return filepath.Join(st.Dir, e.Path), nil
}

// beside is where a file of this plan waits: Terraform reads nothing that begins with
// a dot.
func (s *Sealed) beside(path string) string {
	return filepath.Join(filepath.Dir(path), ".driftmgr-"+s.Digest[len("sha256:"):][:12]+"-"+filepath.Base(path))
}

func writeTo(waiting string, data []byte, mode fs.FileMode) error {
	if err := os.Remove(waiting); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(waiting, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode) // which the umask has no part in
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(waiting)
		return err
	}
	return nil
}

// commit puts the code that waits in its place, and returns the files. Code that
// somebody has changed since prepare stays.
func (s *Sealed) commit(st State) ([]string, error) {
	var written []string
	for _, e := range st.Edits {
		path, err := editPath(st, e)
		if err != nil {
			return written, err
		}
		now, info, err := readCode(path)
		if err != nil {
			return written, err
		}
		want, _ := s.Manifest.file(e.After)
		if info != nil && Digest(now) == "sha256:"+want.SHA256 { // by an earlier run
			continue
		}
		// Terraform may have taken long, and somebody may have worked meanwhile.
		if changed(e, now, info != nil) {
			return written, fmt.Errorf("%s was changed meanwhile: put into it by hand what %s has", path, filepath.Join(s.Dir, filepath.FromSlash(e.After)))
		}
		if err := os.Rename(s.beside(path), path); err != nil {
			return written, fmt.Errorf("write the code: %w", err)
		}
		written = append(written, path)
	}
	return written, nil
}

// discard removes the code that waits.
func (s *Sealed) discard(st State) {
	for _, e := range st.Edits {
		if path, err := editPath(st, e); err == nil {
			_ = os.Remove(s.beside(path))
		}
	}
}
