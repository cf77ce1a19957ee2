//go:build e2e

package terraform_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

func openRoot(t *testing.T, dir string, o terraform.RootOptions) *terraform.Root {
	t.Helper()
	o.Environ = e2eEnv()
	r, err := terraform.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPlanUsesTheVariablesOfTheCopy(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.tf"), "variable \"v\" {}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n")
	vars := filepath.Join(dir, "prod.tfvars")
	put(t, vars, "v = \"old\"\n")
	runReal(t, dir, "init")
	r := openRoot(t, dir, terraform.RootOptions{VarFiles: []string{vars}})
	for want, files := range map[string]map[string][]byte{
		"old": nil,
		"new": {"prod.tfvars": []byte("v = \"new\"\n")},
	} {
		p, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan"), Files: files})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Changes[0].After.(map[string]any)["input"]; got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestPlanSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	main := "resource \"terraform_data\" \"a\" {\n  input = 1\n  triggers = 2\n}\n"
	put(t, filepath.Join(dir, "main.tf"), "")
	runReal(t, dir, "init")
	r := openRoot(t, dir, terraform.RootOptions{})
	_, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan"), Files: map[string][]byte{"main.tf": []byte(main)}})
	all := terraform.Diagnostics(err)
	if len(all) != 1 {
		t.Fatalf("%d errors of %v", len(all), err)
	}
	if d := all[0]; d.File != "main.tf" || !strings.HasPrefix(main[d.Start:], "triggers") || d.Summary != "Unsupported argument" {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(err.Error(), "Unsupported argument: An argument named") {
		t.Errorf("%v", err)
	}
}

func TestPlanRefusesAnAbsolutePath(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.tf"), "")
	runReal(t, dir, "init")
	r := openRoot(t, dir, terraform.RootOptions{})
	for name, test := range map[string]struct {
		input  string
		refuse bool
	}{
		"its own": {"abspath(path.module)", true},
		"none":    {"path.module", false},
	} {
		main := "resource \"terraform_data\" \"a\" {\n  input = " + test.input + "\n}\n"
		_, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan"), Files: map[string][]byte{"main.tf": []byte(main)}})
		if refused := err != nil && strings.Contains(err.Error(), "absolute path"); refused != test.refuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}
