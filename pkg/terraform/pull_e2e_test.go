//go:build e2e

package terraform_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// runReal runs the real terraform, which must be there.
func runReal(t *testing.T, dir string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal("these tests need terraform on PATH")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=/dev/null", "TF_WORKSPACE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// e2eEnv is the machine's environment without its Terraform settings.
func e2eEnv() []string {
	return append(os.Environ(), "TF_CLI_CONFIG_FILE=/dev/null", "TF_WORKSPACE=", "TF_DATA_DIR=")
}

const config = `terraform {
  backend "local" {
    path = "states/app.tfstate"
  }
}

resource "terraform_data" "a" {
  input = terraform.workspace
}
`

func TestRealTerraform(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.tf")
	put(t, main, config)
	runReal(t, dir, "init")
	runReal(t, dir, "apply", "-auto-approve")
	runReal(t, dir, "workspace", "new", "prod")
	runReal(t, dir, "apply", "-auto-approve")

	input := func(t *testing.T, o terraform.PullOptions, dir string) any {
		t.Helper()
		o.Environ = e2eEnv()
		before := dump(t, dir)
		f, err := state.Load(t.Context(), terraform.Pulled(dir, o), 0)
		if err != nil {
			t.Fatal(err)
		}
		if after := dump(t, dir); !maps.Equal(before, after) {
			t.Errorf("pulling has changed the directory\nbefore %v\nafter  %v", before, after)
		}
		if len(f.Managed) != 1 || f.Managed[0].Address != "terraform_data.a" {
			t.Fatalf("read %+v", f)
		}
		return f.Managed[0].Attrs["input"]
	}
	t.Run("selected workspace", func(t *testing.T) {
		if got := input(t, terraform.PullOptions{}, dir); !strings.Contains(fmt.Sprint(got), "prod") {
			t.Errorf("input %v", got)
		}
	})
	t.Run("another workspace", func(t *testing.T) {
		if got := input(t, terraform.PullOptions{Workspace: "default"}, dir); !strings.Contains(fmt.Sprint(got), "default") {
			t.Errorf("input %v", got)
		}
	})
	t.Run("no configured backend", func(t *testing.T) {
		plain := t.TempDir()
		put(t, filepath.Join(plain, "main.tf"), "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")
		runReal(t, plain, "init")
		runReal(t, plain, "apply", "-auto-approve")
		input(t, terraform.PullOptions{}, plain)
	})
	t.Run("setting moved into the code", func(t *testing.T) {
		// Terraform brings its data directory up to date here: on the copy.
		moved := t.TempDir()
		put(t, filepath.Join(moved, "main.tf"), strings.Replace(config, `path = "states/app.tfstate"`, "", 1))
		runReal(t, moved, "init", "-backend-config=path=states/app.tfstate")
		runReal(t, moved, "apply", "-auto-approve")
		put(t, filepath.Join(moved, "main.tf"), config)
		input(t, terraform.PullOptions{}, moved)
	})

	failing := func(name, dir, want string, o terraform.PullOptions) {
		t.Run(name, func(t *testing.T) {
			o.Environ = e2eEnv()
			_, err := pull(t.Context(), t, dir, o)
			src := terraform.Pulled(dir, o).String()
			if want := "state " + src + ": " + strings.ReplaceAll(want, "DIR", dir); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
		})
	}
	failing("no such workspace", dir, `has no workspace "staging"; check the name: terraform workspace list`, terraform.PullOptions{Workspace: "staging"})

	fresh := t.TempDir()
	put(t, filepath.Join(fresh, "main.tf"), config)
	failing("not initialised", fresh, "is not initialised; run terraform init in DIR first, which driftmgr never does, as it writes", terraform.PullOptions{})

	applied := t.TempDir()
	put(t, filepath.Join(applied, "main.tf"), config)
	runReal(t, applied, "init")
	failing("no state", applied, "has no state yet; apply its configuration first, or leave the directory out", terraform.PullOptions{})

	put(t, filepath.Join(applied, "main.tf"), strings.Replace(config, "\"local\" {\n    path = \"states/app.tfstate\"", "\"http\" {\n    address = \"https://127.0.0.1:1/\"", 1))
	failing("backend changed", applied, "its backend has been changed since terraform init; run terraform init in DIR first, which driftmgr never does, as it writes", terraform.PullOptions{})

	version := t.TempDir()
	put(t, filepath.Join(version, "main.tf"), "terraform {\n  required_version = \"< 1.0\"\n}\n")
	failing("version", version, "its configuration wants another version than this terraform; use the version that required_version in DIR allows", terraform.PullOptions{})

	newer := t.TempDir()
	put(t, filepath.Join(newer, "main.tf"), "")
	put(t, filepath.Join(newer, "terraform.tfstate"), strings.Replace(content, `"version":4`, `"version":5`, 1))
	failing("newer state", newer, "was written by a newer version than this terraform; use the version that wrote it, or a newer one", terraform.PullOptions{})

	broken := t.TempDir()
	put(t, filepath.Join(broken, "main.tf"), "terraform {")
	failing("broken code", broken, "terraform state pull failed: Unclosed configuration block; run terraform state pull in DIR to see all of it", terraform.PullOptions{})

	encrypted := t.TempDir()
	put(t, filepath.Join(encrypted, "terraform.tfstate"), `{"serial":1,"lineage":"2f3c","meta":{"key_provider.pbkdf2.k":"e30="},"encrypted_data":"AAAA","encryption_version":"v0"}`)
	failing("encrypted by OpenTofu", encrypted, "is no state that terraform can read; if OpenTofu encrypts it, read it with tofu", terraform.PullOptions{})

	t.Run("version of the binary", func(t *testing.T) {
		name, version, err := terraform.Version(t.Context(), "terraform")
		if err != nil || name != "Terraform" || !strings.Contains(version, ".") {
			t.Errorf("%q %q %v", name, version, err)
		}
	})
}
