package code

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// request of a case: testdata/*/*.txtar hold the input files, a request.json, and
// what is wanted: the changed files below want/, and the rest in want.json.
type testRequest struct {
	Wants     []Want   `json:"wants"`
	VarFiles  []string `json:"var_files"`
	Addresses []string `json:"addresses"`
}

func parseCase(t testing.TB, file string) (*txtar.Archive, Files, testRequest) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := Files{}
	var req testRequest
	for _, part := range archive.Files {
		switch {
		case part.Name == "request.json":
			d := json.NewDecoder(bytes.NewReader(part.Data))
			d.DisallowUnknownFields()
			if err := d.Decode(&req); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		case part.Name != "want.json" && !strings.HasPrefix(part.Name, "want/"):
			files[part.Name] = part.Data
		}
	}
	return archive, files, req
}

func goldens(t *testing.T, pattern string, run func(Files, testRequest) Edit) {
	cases, err := filepath.Glob(pattern)
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, files, req := parseCase(t, file)
			before := snapshot(files)
			edit := run(files, req)
			sound(t, before, files, edit)

			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			if err := e.Encode(edit); err != nil {
				t.Fatal(err)
			}
			got := &txtar.Archive{Comment: archive.Comment}
			for _, part := range archive.Files {
				if part.Name != "want.json" && !strings.HasPrefix(part.Name, "want/") {
					got.Files = append(got.Files, part)
				}
			}
			for _, name := range newModule(edit.Files, nil).names {
				got.Files = append(got.Files, txtar.File{Name: "want/" + name, Data: edit.Files[name]})
			}
			got.Files = append(got.Files, txtar.File{Name: "want.json", Data: b.Bytes()})
			text := txtar.Format(got)
			if *update {
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if wanted := txtar.Format(archive); !bytes.Equal(text, wanted) {
				t.Errorf("\n%s", Diff(filepath.Base(file), wanted, text))
			}
		})
	}
}

func TestAdopt(t *testing.T) {
	goldens(t, "testdata/adopt/*.txtar", func(f Files, r testRequest) Edit { return Adopt(f, r.Wants, r.VarFiles) })
}

func TestForget(t *testing.T) {
	goldens(t, "testdata/forget/*.txtar", func(f Files, r testRequest) Edit { return Forget(f, r.Addresses) })
}

func snapshot(f Files) Files {
	out := Files{}
	for name, src := range f {
		out[name] = bytes.Clone(src)
	}
	return out
}

// sound fails where an edit breaks what every edit promises.
func sound(t *testing.T, before, files Files, e Edit) {
	t.Helper()
	for name, src := range before {
		if !bytes.Equal(files[name], src) {
			t.Errorf("the input %s was written to", name)
		}
	}
	for name, src := range e.Files {
		if _, ok := before[name]; !ok {
			t.Errorf("%s was made", name)
		}
		if bytes.Equal(before[name], src) {
			t.Errorf("%s is said to have changed and has not", name)
		}
		if _, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos); diags.HasErrors() {
			t.Errorf("%s cannot be parsed any more: %v\n%s", name, diags, src)
		}
	}
	for _, h := range e.Hints {
		if h.Text == "" || strings.ContainsAny(h.Text, "\n\r") {
			t.Errorf("a hint is not one line: %q", h.Text)
		}
		if _, ok := before[h.File]; h.File != "" && !ok {
			t.Errorf("a hint names %s, which is not there", h.File)
		}
	}
}
