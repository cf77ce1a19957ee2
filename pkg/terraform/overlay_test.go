package terraform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// repository has a root module, envs/prod, with a module beside it, and returns the
// root module.
func repository(t *testing.T) (top, module string) {
	t.Helper()
	top = t.TempDir()
	module = filepath.Join(top, "envs", "prod")
	file(t, filepath.Join(module, "main.tf"), "old")
	file(t, filepath.Join(module, "kept.tf"), "kept")
	file(t, filepath.Join(module, "gone.tf"), "gone")
	file(t, filepath.Join(module, ".terraform", "modules", "modules.json"), "{}")
	file(t, filepath.Join(module, "templates", "a.tpl"), "template")
	file(t, filepath.Join(top, "envs", "common.tfvars"), "common")
	file(t, filepath.Join(top, "modules", "vpc", "main.tf"), "vpc")
	return top, module
}

func TestOverlay(t *testing.T) {
	_, module := repository(t)
	t.Setenv("TMPDIR", t.TempDir())
	c, remove, err := overlay(module, map[string][]byte{"main.tf": []byte("new"), "imported.tf": []byte("imported"), "gone.tf": nil, "never.tf": nil})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"main.tf": "new", "kept.tf": "kept", "imported.tf": "imported", "templates/a.tpl": "template", ".terraform/modules/modules.json": "{}",
		"../common.tfvars": "common", "../../modules/vpc/main.tf": "vpc", "../../envs/common.tfvars": "common",
	} {
		// By the system, which follows links: ../ is that of the copy.
		got, err := os.ReadFile(c.dir + "/" + path)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", path, got, err, want)
		}
	}
	for _, name := range []string{"gone.tf", "never.tf"} {
		if _, err := os.Lstat(filepath.Join(c.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is in the copy: %v", name, err)
		}
	}
	for _, dir := range []string{c.root, c.dir} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, info.Mode(), err)
		}
	}
	if info, err := os.Lstat(filepath.Join(c.dir, "main.tf")); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	remove()
	if _, err := os.Lstat(c.root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the copy is left: %v", err)
	}
	for path, want := range map[string]string{"main.tf": "old", "kept.tf": "kept", "gone.tf": "gone", "templates/a.tpl": "template", "../../modules/vpc/main.tf": "vpc"} {
		if got, err := os.ReadFile(filepath.Join(module, path)); err != nil || string(got) != want {
			t.Errorf("after it, %s is %q, %v", path, got, err)
		}
	}
}

// Code that is reached by a link means what lies beside the real folder.
func TestOverlayOfALink(t *testing.T) {
	top, module := repository(t)
	link := filepath.Join(t.TempDir(), "here")
	if err := os.Symlink(module, link); err != nil {
		t.Fatal(err)
	}
	c, remove, err := overlay(link, map[string][]byte{"main.tf": []byte("new")})
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if got, err := os.ReadFile(c.dir + "/../../modules/vpc/main.tf"); err != nil || string(got) != "vpc" {
		t.Errorf("%q, %v", got, err)
	}
	if want := filepath.Join(c.root, top, "envs", "prod"); c.dir != want {
		t.Errorf("the copy is %s, want %s", c.dir, want)
	}
}

// Folders for temporary files beside or above the module are no reason to copy for
// ever.
func TestOverlayBesideItself(t *testing.T) {
	top, module := repository(t)
	for _, temp := range []string{top, filepath.Join(top, "envs"), module} {
		t.Setenv("TMPDIR", temp)
		c, remove, err := overlay(module, map[string][]byte{"main.tf": []byte("new")})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(c.dir + "/../../modules/vpc/main.tf"); err != nil || string(got) != "vpc" {
			t.Errorf("%s: %q, %v", temp, got, err)
		}
		remove()
		if got, err := os.ReadFile(filepath.Join(module, "main.tf")); err != nil || string(got) != "old" {
			t.Errorf("%s: %q, %v", temp, got, err)
		}
	}
}

func TestOverlayFails(t *testing.T) {
	_, module := repository(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	for name, tt := range map[string]struct {
		dir   string
		files map[string][]byte
		want  string
	}{
		"out of the module":   {module, map[string][]byte{"../x.tf": []byte("x")}, "../x.tf is not in the module's folder"},
		"below the module":    {module, map[string][]byte{"sub/x.tf": []byte("x")}, "sub/x.tf is not in the module's folder"},
		"the module's folder": {module, map[string][]byte{"..": []byte("x")}, "is a directory"},
		"no module":           {filepath.Join(module, "none"), nil, "no such file"},
		"a file":              {filepath.Join(module, "main.tf"), nil, "not a directory"},
	} {
		if _, _, err := overlay(tt.dir, tt.files); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v, %v", name, left, err)
		}
	}
}
