package terraform

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestUnindexed(t *testing.T) {
	for address, want := range map[string]string{
		`aws_instance.web`:                              `aws_instance.web`,
		`aws_instance.web[0]`:                           `aws_instance.web`,
		`module.a["x"].module.b[3].aws_instance.web`:    `module.a.module.b.aws_instance.web`,
		`module.a["]\"].b["].aws_instance.web["[\\"]`:   `module.a.aws_instance.web`,
		`aws_instance.web["a.b"] (deposed 0123abcd)`:    `aws_instance.web`,
		`module.m["x (deposed "].aws_instance.web["y"]`: `module.m.aws_instance.web`,
	} {
		if got := unindexed(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestProvisionersOfModules(t *testing.T) {
	module := func(types ...string) *tfjson.ConfigModule {
		r := &tfjson.ConfigResource{Address: "null_resource.x"}
		for _, typ := range types {
			r.Provisioners = append(r.Provisioners, &tfjson.ConfigProvisioner{Type: typ})
		}
		return &tfjson.ConfigModule{Resources: []*tfjson.ConfigResource{r}}
	}
	root := module("local-exec", "file", "local-exec")
	root.ModuleCalls = map[string]*tfjson.ModuleCall{"child": {Module: module("remote-exec")}, "empty": {}}
	got := provisioners(&tfjson.Config{RootModule: root})
	if !slices.Equal(got["null_resource.x"], []string{"file", "local-exec"}) || !slices.Equal(got["module.child.null_resource.x"], []string{"remote-exec"}) || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// archive writes a saved plan as Terraform does: a zip.
func archive(t *testing.T, files ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for i := 0; i < len(files); i += 2 {
		part, err := w.Create(files[i])
		if err == nil {
			_, err = part.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigOf(t *testing.T) {
	digest := func(files ...string) string {
		t.Helper()
		d, err := configOf(archive(t, files...), nil)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := digest("tfplan", "1", "tfconfig/m-/a.tf", "a", "tfconfig/m-/b.tf", "b", ".terraform.lock.hcl", "l")
	if got := digest("tfplan", "2", ".terraform.lock.hcl", "l", "tfconfig/m-/b.tf", "b", "tfconfig/m-/a.tf", "a"); got != base {
		t.Error("the order, or what the plan does, is taken for code")
	}
	for name, files := range map[string][]string{
		"file changed":  {"tfconfig/m-/a.tf", "A", "tfconfig/m-/b.tf", "b", ".terraform.lock.hcl", "l"},
		"file more":     {"tfconfig/m-/a.tf", "a", "tfconfig/m-/b.tf", "b", "tfconfig/m-/c.tf", "", ".terraform.lock.hcl", "l"},
		"file less":     {"tfconfig/m-/a.tf", "a", ".terraform.lock.hcl", "l"},
		"file moved":    {"tfconfig/m-x/a.tf", "a", "tfconfig/m-/b.tf", "b", ".terraform.lock.hcl", "l"},
		"other lock":    {"tfconfig/m-/a.tf", "a", "tfconfig/m-/b.tf", "b", ".terraform.lock.hcl", "m"},
		"cut elsewhere": {"tfconfig/m-/a.tf", "ab", "tfconfig/m-/b.tf", "", ".terraform.lock.hcl", "l"},
	} {
		if digest(files...) == base {
			t.Errorf("%s: it passes for the same code", name)
		}
	}
	encrypted := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(encrypted, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	one, err1 := configOf(encrypted, &tfjson.Config{})
	other, err2 := configOf(encrypted, &tfjson.Config{RootModule: &tfjson.ConfigModule{}})
	if err1 != nil || err2 != nil || one == other {
		t.Errorf("%s %v, %s %v", one, err1, other, err2)
	}
}

func TestRecodedNamesNoValue(t *testing.T) {
	a := &Planned{Config: "1", Variables: map[string]string{"a": `"secret-1"`, "b": "2", "c": "3"}}
	b := &Planned{Config: "2", Variables: map[string]string{"a": `"secret-2"`, "b": "2", "d": "3"}}
	if got := a.Recoded(b); got != "the variables a, c, d" {
		t.Error(got)
	}
	b.Variables = a.Variables
	if got := a.Recoded(b); got != "the code" {
		t.Error(got)
	}
	if got := a.Recoded(a); got != "" {
		t.Error(got)
	}
}

func TestOnlyTerraformItselfSaysThatTheStateIsLocked(t *testing.T) {
	const sign = "Error acquiring the state lock"
	for said, want := range map[string]bool{
		"Error: " + sign: true,
		"Warning: x\n\nError: " + sign + "\n\nLock Info:":     true,
		"Error: update failed\nthe cloud says: " + sign:       false,
		"Error: creating bucket " + sign:                      false,
		sign:                                                  false,
		"Error: x\n\nthe cloud says:\n  Error: " + sign + "!": false,
	} {
		if got := says(said, sign); got != want {
			t.Errorf("%q: %v", strings.ReplaceAll(said, "\n", "⏎"), got)
		}
	}
}

func TestSecretsOfAPlan(t *testing.T) {
	plan := &tfjson.Plan{
		ResourceChanges: []*tfjson.ResourceChange{{Change: &tfjson.Change{
			Before:          map[string]any{"password": "old-word", "name": "web", "keys": []any{"key-one", "open"}},
			After:           map[string]any{"all": map[string]any{"a": "in-all", "b": []any{"in-list"}}, "name": "web"},
			BeforeSensitive: map[string]any{"password": true, "keys": []any{true, false}},
			AfterSensitive:  map[string]any{"all": true},
		}}, {}},
		Variables: map[string]*tfjson.PlanVariable{"token": {Value: "of-a-variable"}, "who": {Value: "ann"}},
		Config:    &tfjson.Config{RootModule: &tfjson.ConfigModule{Variables: map[string]*tfjson.ConfigVariable{"token": {Sensitive: true}, "who": {}, "none": {Sensitive: true}}}},
	}
	got := secretsOf(plan)
	slices.Sort(got)
	if want := []string{"in-all", "in-list", "key-one", "of-a-variable", "old-word"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestErrorRepeatsNoSecretOfThePlan(t *testing.T) {
	r := &Root{dir: "app", path: "/usr/bin/terraform", secrets: []string{"horse", "blue horse staple"}}
	err := r.failed(t.Context(), "apply", "Error: making a user: the cloud does not like blue horse staple\n", errors.New("exit status 1"), &dataDir{})
	if text := err.Error(); strings.Contains(text, "staple") || !strings.Contains(text, "the cloud does not like ***") {
		t.Error(text)
	}
}
