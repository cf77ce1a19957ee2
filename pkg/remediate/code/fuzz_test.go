package code

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// FuzzAdopt edits any code for any change: nothing panics, what is returned can be
// parsed, other files are not touched, and what is done is done: a second run has
// nothing left to edit.
func FuzzAdopt(f *testing.F) {
	cases, err := filepath.Glob("testdata/adopt/*.txtar")
	if err != nil || len(cases) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		_, files, req := parseCase(f, file)
		for _, w := range req.Wants {
			for _, c := range w.Changes {
				before, _ := json.Marshal(c.Before)
				after, _ := json.Marshal(c.After)
				f.Add(files["main.tf"], files["terraform.tfvars"], w.Address, c.Path, before, after)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src, vars []byte, address, path string, before, after []byte) {
		c := drift.Change{Path: path}
		if json.Unmarshal(before, &c.Before) != nil || json.Unmarshal(after, &c.After) != nil {
			return
		}
		files := Files{"main.tf": src, "terraform.tfvars": vars, "other.tf": []byte("# other\n")}
		kept := snapshot(files)
		wants := []Want{{Address: address, Changes: []drift.Change{c}}}
		e := Adopt(files, wants, nil)
		sound(t, kept, files, e)
		if len(e.Files) > 1 || e.Files["other.tf"] != nil {
			t.Fatalf("one change edited %d files", len(e.Files))
		}
		if len(e.Files) > 0 && len(e.Done) == 0 {
			t.Fatal("something was edited, and it is not done")
		}
		if len(e.Done) == 0 || c.Before == nil && path != "" && path[len(path)-1] == ']' {
			return
		}
		for name, src := range e.Files {
			files[name] = src
		}
		again := Adopt(files, wants, nil)
		for name, src := range again.Files {
			t.Fatalf("a second run edits %s again:\n%s", name, Diff(name, files[name], src))
		}
	})
}

func FuzzForget(f *testing.F) {
	f.Add([]byte("# x\nresource \"a_b\" \"c\" {\n  d = 1\n}\n"), "a_b.c")
	f.Add([]byte(""), "aws_\xe6\rx.y")
	f.Add([]byte("resource \"a_b\" \"c\" {\n  count = 2\n}\noutput \"x\" { value = a_b.c }\n"), "a_b.c[0]")
	f.Fuzz(func(t *testing.T, src []byte, address string) {
		files := Files{"main.tf": src}
		sound(t, snapshot(files), files, Forget(files, []string{address}))
	})
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"tags.env", `tags["a.b"]`, "ingress[0].from_port", "a[0][1].b-c", `a["\""].x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		if len(steps) == 0 || steps[len(steps)-1].at != path {
			t.Errorf("%q was read as %v", path, steps)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"a.b", `a.b["c"]`, "a.b[0]", `module.x["y"].module.z[1].a.b`, "data.a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := parseAddress(s)
		if err == nil && (a.typ == "" || a.name == "") && a.module == "" {
			t.Errorf("%q was read as %+v", s, a)
		}
	})
}

func FuzzGenerated(f *testing.F) {
	f.Add([]byte(generatedByTerraform))
	f.Add([]byte("resource \"a\" \"b\" {\n  x = { p = null # sensitive\n }\n  y = [\"-----BEGIN " + "PRIVATE KEY\"]\n}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, _, err := Generated(src)
		if err != nil {
			return
		}
		if _, diags := hclsyntax.ParseConfig(out, "", hcl.InitialPos); diags.HasErrors() {
			t.Fatalf("cannot be parsed: %v\n%s", diags, out)
		}
		if _, err := Split(out); err != nil && !bytes.Contains([]byte(err.Error()), []byte("twice")) {
			t.Fatal(err)
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"resource": {"a": [{"b": {"c": "${d.e}"}}]}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		s := parse("x.tf.json", src)
		if s.problem == nil && !json.Valid(bytes.TrimPrefix(src, []byte("\ufeff"))) {
			t.Error("what is no JSON was read")
		}
		s.references()
	})
}
