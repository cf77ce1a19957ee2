package terraform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// copied is a copy of a root module in a copy of the folders above it.
type copied struct{ root, dir string }

// overlay makes a copy of a root module in which some files are others. All else is
// linked, and so is what lies beside every folder above the module: code refers to
// it by relative paths (../modules/vpc), which the plan keeps.
func overlay(dir string, files map[string][]byte) (c copied, remove func(), err error) {
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return c, nil, err
	}
	if c.root, err = os.MkdirTemp("", "driftmgr-plan-"); err != nil { // for this user only
		return c, nil, err
	}
	root := c.root
	remove = func() { _ = os.RemoveAll(root) }
	defer func() {
		if err != nil {
			_ = os.RemoveAll(root)
		}
	}()
	volume := filepath.VolumeName(real)
	from, to := volume+string(filepath.Separator), c.root
	for _, name := range strings.Split(strings.Trim(real[len(volume):], string(filepath.Separator)), string(filepath.Separator)) {
		if name == "" {
			continue
		}
		linkAll(from, to, name, c.root)
		from, to = filepath.Join(from, name), filepath.Join(to, name)
		if err := os.Mkdir(to, 0o700); err != nil {
			return c, nil, err
		}
	}
	c.dir = to
	entries, err := os.ReadDir(real)
	if err != nil {
		return c, nil, err
	}
	for _, e := range entries {
		if _, other := files[e.Name()]; other {
			continue
		}
		if err := os.Symlink(filepath.Join(real, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return c, nil, err
		}
	}
	for name, data := range files {
		if data == nil {
			continue
		}
		if filepath.Base(name) != name {
			return c, nil, errors.New(name + " is not in the module's folder")
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			return c, nil, err
		}
	}
	return c, remove, nil
}

// linkAll links what is in a folder, but one entry of it and the copy itself. What
// this user may not see the code cannot use either.
func linkAll(from, to, but, root string) {
	entries, _ := os.ReadDir(from)
	for _, e := range entries {
		path := filepath.Join(from, e.Name())
		if e.Name() != but && path != root {
			_ = os.Symlink(path, filepath.Join(to, e.Name()))
		}
	}
}
