package terraform

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binary finds the binary for a directory.
func (p pulled) binary() (string, error) {
	if path := p.o.ExecPath; path != "" {
		found, err := find(path, p.o.Environ)
		if err != nil {
			return "", p.fail(path+" cannot be run", "name the binary of Terraform or OpenTofu", err)
		}
		return found, nil
	}
	names := []string{"terraform", "tofu"}
	if p.o.Tofu || openTofu(p.dir) {
		names = names[1:]
	}
	for _, name := range names {
		if path, err := find(name, p.o.Environ); err == nil {
			return path, nil
		}
	}
	if len(names) == 1 {
		return "", p.fail("the directory is one of OpenTofu, and tofu is not on PATH", "install OpenTofu", exec.ErrNotFound)
	}
	return "", p.fail("neither terraform nor tofu is on PATH", "install Terraform or OpenTofu", exec.ErrNotFound)
}

// find looks a name up on the PATH of an environment. A relative entry of it
// counts for nothing: it would be one of the directory that is read.
func find(name string, environ []string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) || strings.Contains(name, "/") {
		path, err := filepath.Abs(name)
		if err != nil {
			return "", err
		}
		return exec.LookPath(path)
	}
	for _, dir := range filepath.SplitList(lookup(environ, "PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// openTofu reports whether a directory says that it is OpenTofu's: by files that
// only OpenTofu reads, by the version that its version managers are to use, or by
// the registry that the lock file names.
func openTofu(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".tofu") || strings.HasSuffix(name, ".tofu.json") || name == ".opentofu-version" {
			return true
		}
	}
	lock, err := readSmall(filepath.Join(dir, ".terraform.lock.hcl"))
	return err == nil && bytes.Contains(lock, []byte("\"registry.opentofu.org/"))
}
