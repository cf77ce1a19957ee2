package rootmodule_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/rootmodule"
	"github.com/driftmgr/driftmgr/pkg/state"
)

func TestLimits(t *testing.T) {
	tests := []struct{ name, code, want string }{
		{"large file", "#" + strings.Repeat("x", 16<<20), "state .: main.tf: is larger than 16 MiB; move what is no code out of it"},
		{"deep nesting", "locals { a = " + strings.Repeat("(", 1<<20), "state .: main.tf: nests brackets more than 500 deep; correct it: terraform validate says whether Terraform takes it"},
		{"values that grow", "terraform {\n backend \"s3\" {\n bucket = local.a40\n }\n}\nlocals {\n a0 = [\"x\", \"x\"]\n" + chain(40, "[local.a%[2]d, local.a%[2]d]") + "}\n",
			`state .: main.tf:3: argument bucket of backend "s3" is not known: it is too large; give it with --backend-config bucket=VALUE`},
		{"strings that grow", "terraform {\n backend \"s3\" {\n bucket = local.a40\n }\n}\nlocals {\n a0 = \"xx\"\n" + chain(40, `"${local.a%[2]d}${local.a%[2]d}"`) + "}\n",
			`state .: main.tf:3: argument bucket of backend "s3" is not known: it is too large; give it with --backend-config bucket=VALUE`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "main.tf", tt.code)
			_, err := rootmodule.Read(t.Context(), ".", rootmodule.Options{})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %.300v\nwant %s", err, tt.want)
			}
		})
	}
}

// chain declares locals that each refer to the one before.
func chain(n int, expr string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%[1]d = "+expr+"\n", i, i-1)
	}
	return b.String()
}

func TestUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a/main.tf", `provider "aws" {}`)
	if err := os.Mkdir("pipe.tf", 0o755); err != nil { // a directory is no file of code
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "a/dangling.tf"); err != nil {
		t.Fatal(err)
	}
	_, err := rootmodule.Read(t.Context(), "a", rootmodule.Options{})
	var e *state.Error
	const want = "state a: dangling.tf: cannot be read: no such file or directory; check the path"
	if !errors.As(err, &e) || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestFindLinks(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "tree/a/main.tf", `provider "aws" {}`)
	write(t, "elsewhere/b/main.tf", `provider "aws" {}`)
	for link, target := range map[string]string{
		"tree/a/loop": "..", "tree/again": "a", "tree/out": "../elsewhere", "tree/out2": "../elsewhere/b", "elsewhere/back": "../tree", "tree/dangling": "nowhere",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	found, failures := rootmodule.Find(t.Context(), "tree")
	if want := []string{"tree/a", "tree/out/b"}; !slices.Equal(found, want) || len(failures) > 0 {
		t.Errorf("found %q, %v; want %q", found, failures, want)
	}
}

func TestFindDenied(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a/main.tf", `provider "aws" {}`)
	write(t, "b/main.tf", `provider "aws" {}`)
	if err := os.Chmod("b", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod("b", 0o700) }) // for t.TempDir
	if _, err := os.ReadDir("b"); err == nil {
		t.Skip("this user may read everything")
	}
	found, failures := rootmodule.Find(t.Context(), ".")
	if !slices.Equal(found, []string{"a"}) || len(failures) != 1 || !errors.Is(failures[0], fs.ErrPermission) {
		t.Errorf("found %q, %v", found, failures)
	}
}

func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		at := filepath.Join(dir, fmt.Sprintf("team%d/env%d/stack%d", i%10, i/10%10, i))
		write(b, filepath.Join(at, "main.tf"), "resource \"aws_vpc\" \"main\" {\n  cidr_block = var.cidr\n}\n")
		write(b, filepath.Join(at, "backend.tf"), "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n")
	}
	b.ResetTimer()
	for b.Loop() {
		if found, failures := rootmodule.Find(b.Context(), dir); len(found) != 10_000 || len(failures) > 0 {
			b.Fatal(len(found), failures)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("main.tf", "terraform {\n  backend \"s3\" {\n    key = var.k\n  }\n}\nvariable \"k\" { type = object({ a = optional(string, \"x\") }) }\n", "k = { a = 1 }", "k={}")
	f.Add("main.tf", "provider \"aws\" {\n  dynamic \"x\" {\n    for_each = local.a\n    content { y = x.value }\n  }\n}\nlocals {\n  a = [for i in range(3) : try(upper(\"${i}\"), null)]\n}\n", "", "")
	f.Add("main.tf.json", `{"terraform": {"backend": {"remote": {"workspaces": {"name": "${path.cwd}"}}}}, "provider": {"aws": [{"region": "${var.x}"}]}}`, "x = [", "a=b")
	f.Add("override.tofu", "terraform {\n  cloud {}\n}\nprovider \"a\" {\n  alias = x\n  for_each = toset([\"a\"])\n  r = each.key\n}\n", "\xff", "")
	f.Fuzz(func(t *testing.T, name, text, vars, option string) {
		if !slices.Contains([]string{"main.tf", "main.tf.json", "override.tofu"}, name) {
			name = "main.tf"
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, name), text)
		write(t, filepath.Join(dir, "terraform.tfvars"), vars)
		m, err := rootmodule.Read(t.Context(), dir, rootmodule.Options{Vars: []string{option + "="}, BackendConfig: []string{"k=" + option}})
		var e *state.Error
		if err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("error %q", err)
		}
		if err == nil && m.Block.Type == "" {
			t.Error("no type")
		}
		rootmodule.Find(t.Context(), dir)
	})
}
