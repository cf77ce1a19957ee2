package rootmodule_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/driftmgr/driftmgr/pkg/rootmodule"
)

var update = flag.Bool("update", false, "write what is wanted into the fixtures")

// want is what a fixture says of a module: the Module, or the error.
type want struct {
	Error     string         `json:"error,omitempty"`
	Type      string         `json:"type,omitempty"`
	Attrs     map[string]any `json:"attrs,omitempty"`
	Workspace string         `json:"workspace,omitempty"`
	From      string         `json:"from,omitempty"`
	Providers []provider     `json:"providers,omitempty"`
	Unknown   []string       `json:"unknown,omitempty"`
	Warnings  []string       `json:"warnings,omitempty"`
	Encrypted bool           `json:"encrypted,omitempty"`
	Tofu      bool           `json:"tofu,omitempty"`
}

type provider struct {
	Address string         `json:"address"`
	Name    string         `json:"name"`
	Attrs   map[string]any `json:"attrs"`
	Unknown []string       `json:"unknown,omitempty"`
}

// options is a fixture's options.json; dir is the module's, "." if empty.
type options struct {
	Dir           string
	BackendConfig []string `json:"backend_config"`
	VarFiles      []string `json:"var_files"`
	Vars          []string
	Workspace     string
	Environ       []string
}

// TestRead reads each tree of testdata/read: its files, options.json and
// want.json. Run with -update, it writes want.json.
func TestRead(t *testing.T) {
	fixtures(t, "testdata/read/*.txtar", func(t *testing.T, o options) any {
		m, err := rootmodule.Read(t.Context(), o.Dir, rootmodule.Options{
			BackendConfig: o.BackendConfig, VarFiles: o.VarFiles, Vars: o.Vars, Workspace: o.Workspace, Environ: o.Environ,
		})
		if err != nil {
			return want{Error: err.Error()}
		}
		got := want{
			Type: m.Block.Type, Attrs: m.Block.Attrs, Workspace: m.Block.Workspace, From: m.From,
			Warnings: m.Warnings, Encrypted: m.Encrypted, Tofu: m.Tofu,
		}
		for _, p := range m.Providers {
			got.Providers = append(got.Providers, provider{p.Address, p.Name, p.Attrs, p.Unknown})
		}
		for _, u := range m.Unknown {
			got.Unknown = append(got.Unknown, u.String())
		}
		if m.Dir != o.Dir || m.Block.Dir != o.Dir {
			t.Errorf("dir %q, block's %q; want %q", m.Dir, m.Block.Dir, o.Dir)
		}
		return got
	})
}

func TestFind(t *testing.T) {
	fixtures(t, "testdata/find/*.txtar", func(t *testing.T, o options) any {
		found, failures := rootmodule.Find(t.Context(), o.Dir)
		for _, err := range failures {
			found = append(found, err.Error())
		}
		return found
	})
}

// fixtures runs f in the tree of each fixture.
func fixtures(t *testing.T, pattern string, f func(*testing.T, options) any) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := options{Dir: "."}
			dir := t.TempDir()
			var wanted []byte
			for _, part := range archive.Files {
				switch part.Name {
				case "options.json":
					if err := json.Unmarshal(part.Data, &o); err != nil {
						t.Fatal(err)
					}
				case "want.json":
					wanted = part.Data
				default:
					write(t, filepath.Join(dir, filepath.FromSlash(part.Name)), string(part.Data))
				}
			}
			t.Chdir(dir)
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			if err := e.Encode(f(t, o)); err != nil {
				t.Fatal(err)
			}
			got := bytes.ReplaceAll(b.Bytes(), []byte(dir), []byte("$DIR"))
			if bytes.Equal(got, wanted) {
				return
			}
			if !*update {
				t.Fatalf("got\n%s\nwant\n%s", got, wanted)
			}
			archive.Files = append(without(archive.Files, "want.json"), txtar.File{Name: "want.json", Data: got})
			if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func without(files []txtar.File, name string) []txtar.File {
	var rest []txtar.File
	for _, f := range files {
		if f.Name != name {
			rest = append(rest, f)
		}
	}
	return rest
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o600)
	if strings.HasPrefix(text, "#!") {
		mode = 0o700
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
