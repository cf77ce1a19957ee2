// Package worldtest gives a test a root module, the world that it manages, and
// what Terraform needs to find terraform-provider-world. It works without the
// network. No `terraform init` is needed, nor possible: the provider is on no
// registry.
package worldtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/driftmgr/driftmgr/internal/world"
)

// Build builds the provider and returns the folder that it is in: one below the
// repository's .cache, where the next test finds it as long as it is up to date.
func Build(t testing.TB) (dir string) {
	t.Helper()
	gomod := strings.TrimSpace(command(t, "", nil, "go", "env", "GOMOD"))
	dir = filepath.Join(filepath.Dir(gomod), ".cache", "world")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	command(t, "", []string{"CGO_ENABLED=0"}, "go", "build", "-o", dir+string(filepath.Separator),
		"github.com/driftmgr/driftmgr/internal/world/terraform-provider-world")
	return dir
}

// CLIConfig writes Terraform's configuration with the provider that was built in
// dir, and returns its path, which is what TF_CLI_CONFIG_FILE takes.
func CLIConfig(t testing.TB, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "terraform.tfrc")
	write(t, file, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"driftmgr/world\" = %q\n  }\n  direct {}\n}\n", dir))
	return file
}

// Root is a root module and what is around it. All paths are absolute.
type Root struct {
	// Dir is the module's folder, with main.tf, provider.tf and, once something was
	// applied, terraform.tfstate. There is nothing else in it.
	Dir string

	// File is the world, Calls what the provider did to it: see Writes.
	File, Calls string

	// CLIConfig is for TF_CLI_CONFIG_FILE.
	CLIConfig string
}

// Module makes a root module with hcl as its main.tf, which is to have resources
// only, in front of an empty world. Nothing is applied yet.
func Module(t testing.TB, hcl string) *Root {
	t.Helper()
	dir, outside := t.TempDir(), t.TempDir()
	r := &Root{
		Dir:       dir,
		File:      filepath.Join(outside, "world.json"),
		Calls:     filepath.Join(outside, "calls.log"),
		CLIConfig: CLIConfig(t, Build(t)),
	}
	r.Write(t, "provider.tf", fmt.Sprintf(`terraform {
  required_providers {
    world = {
      source = "driftmgr/world"
    }
  }
}

provider "world" {
  file  = %q
  calls = %q
}
`, r.File, r.Calls))
	r.Write(t, "main.tf", hcl)
	r.Update(t, func(*world.World) {})
	return r
}

// Write writes a file of the module.
func (r *Root) Write(t testing.TB, name, content string) {
	t.Helper()
	write(t, filepath.Join(r.Dir, name), content)
}

// State is the path of the module's state.
func (r *Root) State() string { return filepath.Join(r.Dir, "terraform.tfstate") }

// World reads the world.
func (r *Root) World(t testing.TB) *world.World {
	t.Helper()
	w, err := world.Read(r.File)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Update changes the world behind Terraform's back.
func (r *Root) Update(t testing.TB, change func(*world.World)) {
	t.Helper()
	err := world.Update(r.File, func(w *world.World) error {
		change(w)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Writes returns the provider's calls that were to change the world, in their
// order: "update world_server srv-1". A creation has the name in the place of the
// id. A call is listed as soon as it begins, whether or not it ends.
func (r *Root) Writes(t testing.TB) []string {
	t.Helper()
	src, err := os.ReadFile(r.Calls)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "read ") {
			out = append(out, line)
		}
	}
	return out
}

// Environ is what has to be in the environment of Terraform, and of a driftmgr that
// runs it.
func (r *Root) Environ() []string { return []string{"TF_CLI_CONFIG_FILE=" + r.CLIConfig} }

// Terraform runs terraform in the module, which has to succeed, and returns what
// it wrote to stdout.
func (r *Root) Terraform(t testing.TB, args ...string) string {
	t.Helper()
	return command(t, r.Dir, r.Environ(), "terraform", args...)
}

// Command is Terraform not yet started, for a test that wants it to fail or to be
// killed. A change that waits (World.Delay) when terraform is killed is not made:
// the provider dies with it.
func (r *Root) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	return prepare(t, r.Dir, r.Environ(), "terraform", args...)
}

func prepare(t testing.TB, dir string, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0"), env...)
	return cmd
}

func command(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := prepare(t, dir, env, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

func write(t testing.TB, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
