//go:build e2e

package terraform_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/internal/world/worldtest"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// realRoot is an initialised root module with real Terraform.
func realRoot(t *testing.T, files map[string]string, o terraform.RootOptions) (*terraform.Root, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "envs", "prod")
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	runReal(t, dir, "init")
	return again(t, dir, o), dir
}

func again(t *testing.T, dir string, o terraform.RootOptions) *terraform.Root {
	t.Helper()
	if o.Environ == nil {
		o.Environ = e2eEnv()
	}
	r, err := terraform.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func plans(t *testing.T, r *terraform.Root, req terraform.PlanRequest) (*terraform.Planned, string) {
	t.Helper()
	if req.Out == "" {
		req.Out = filepath.Join(t.TempDir(), "plan")
	}
	p, err := r.Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return p, req.Out
}

func applies(t *testing.T, r *terraform.Root, plan string) []string {
	t.Helper()
	var said []string
	if err := r.Apply(t.Context(), plan, nil, func(p terraform.Progress) { said = append(said, p.Address+" "+p.Text) }); err != nil {
		t.Fatal(err)
	}
	return said
}

// told writes what a plan does: address, actions.
func told(p *terraform.Planned) string {
	var all []string
	for _, c := range p.Changes {
		all = append(all, c.Address+" "+strings.Join(c.Actions, "+"))
	}
	return strings.Join(all, ", ")
}

const data = `variable "input" {}

resource "terraform_data" "a" {
  input            = var.input
  triggers_replace = 9007199254740993
}

resource "terraform_data" "b" {
  input = { big = 9007199254740993, list = [1, 2] }
}

output "a" {
  value = terraform_data.a.output
}
`

func TestRealPlanAndApply(t *testing.T) {
	r, dir := realRoot(t, map[string]string{"main.tf": data}, terraform.RootOptions{Vars: []string{"input=one"}})
	before := dump(t, dir)
	p, file := plans(t, r, terraform.PlanRequest{})
	if got := told(p); got != "terraform_data.a create, terraform_data.b create" || !slices.Equal(p.Outputs, []string{"a"}) || p.Version == "" {
		t.Errorf("%s, outputs %q", got, p.Outputs)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	shown, err := r.Show(t.Context(), file)
	if err != nil || len(p.Moved(shown)) != 0 {
		t.Errorf("shown as %v, %v", shown, err)
	}
	if after := dump(t, dir); !maps.Equal(before, after) {
		t.Errorf("planning has changed the directory\nbefore %v\nafter  %v", before, after)
	}
	if said := applies(t, r, file); !slices.Contains(said, "terraform_data.a create…") || !slices.Contains(said, "terraform_data.b create done after 0s") {
		t.Errorf("said %q", said)
	}
	state, err := r.Snapshot(t.Context())
	if err != nil || state.Serial == 0 || state.Lineage == "" {
		t.Fatalf("%+v, %v", state, err)
	}

	// The same plan a second time is one of a state that there is no longer.
	err = r.Apply(t.Context(), file, nil, func(terraform.Progress) { t.Error("it has begun") })
	if !errors.Is(err, terraform.ErrStale) {
		t.Errorf("a stale plan: %v", err)
	}

	// Numbers are as they are written.
	put(t, filepath.Join(dir, "main.tf"), strings.ReplaceAll(data, "9007199254740993", "9007199254740992"))
	p, _ = plans(t, r, terraform.PlanRequest{})
	if got := told(p); got != "terraform_data.a delete+create, terraform_data.b update" {
		t.Errorf("planned %s", got)
	}
	for _, c := range p.Changes {
		before, err1 := json.Marshal(c.Before)
		after, err2 := json.Marshal(c.After)
		if err1 != nil || err2 != nil || !strings.Contains(string(before), "9007199254740993") || !strings.Contains(string(after), "9007199254740992") {
			t.Errorf("%s: %s → %s", c.Address, before, after)
		}
	}
	if c := p.Changes[0]; len(c.Replaces) != 1 {
		t.Errorf("replaced for %v", c.Replaces)
	}
	// A target is all that is planned.
	p, _ = plans(t, r, terraform.PlanRequest{Targets: []string{"terraform_data.b"}})
	if got := told(p); got != "terraform_data.b update" {
		t.Errorf("planned %s", got)
	}
	// A refresh-only plan does nothing to the code's differences.
	p, _ = plans(t, r, terraform.PlanRequest{RefreshOnly: true})
	for _, c := range append(p.Changes, p.Drift...) {
		if !c.Is("no-op") {
			t.Errorf("refresh-only: %+v", c)
		}
	}
}

func TestRealWorkspace(t *testing.T) {
	r, dir := realRoot(t, map[string]string{"main.tf": "resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n"}, terraform.RootOptions{})
	runReal(t, dir, "workspace", "new", "prod")
	runReal(t, dir, "workspace", "select", "default")
	prod := again(t, dir, terraform.RootOptions{Workspace: "prod"})
	runInProd := func() {
		p, file := plans(t, prod, terraform.PlanRequest{})
		if got := told(p); got != "terraform_data.a create" {
			t.Errorf("planned %s", got)
		}
		applies(t, prod, file)
	}
	runInProd()
	state, err := prod.Snapshot(t.Context())
	if err != nil || !strings.Contains(string(state.Data), `"prod"`) {
		t.Errorf("%s, %v", state.Data, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "terraform.tfstate")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the default workspace has a state: %v", err)
	}
	if got := get(t, filepath.Join(dir, ".terraform", "environment")); got != "default" {
		t.Errorf("%q is selected", got)
	}
	p, _ := plans(t, r, terraform.PlanRequest{})
	if got := told(p); got != "terraform_data.a create" {
		t.Errorf("in the default workspace: %s", got)
	}
}

func TestRealLock(t *testing.T) {
	m := worldtest.Module(t, "resource \"world_bucket\" \"a\" {\n  name = \"a\"\n}\n")
	m.Terraform(t, "apply", "-auto-approve")
	m.Write(t, "main.tf", "resource \"world_bucket\" \"a\" {\n  name       = \"a\"\n  versioning = true\n}\n")
	r := again(t, m.Dir, terraform.RootOptions{Environ: append(e2eEnv(), m.Environ()...)})
	_, file := plans(t, r, terraform.PlanRequest{})
	m.Update(t, func(w *world.World) { w.Delay = "3s" })
	other := m.Command(t, "apply", "-auto-approve", "-json")
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for buf := make([]byte, 4096); !strings.Contains(said.String(), "apply_start"); {
		n, err := out.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v: %s", err, &said)
		}
	}
	before := get(t, m.State())
	err = r.Apply(t.Context(), file, nil, func(terraform.Progress) { t.Error("it has begun") })
	if !errors.Is(err, terraform.ErrLocked) || !strings.Contains(err.Error(), "the state is locked by ") {
		t.Errorf("got %v", err)
	}
	if get(t, m.State()) != before {
		t.Error("the state has changed")
	}
	for buf := make([]byte, 4096); err == nil || !errors.Is(err, os.ErrClosed); {
		if _, err = out.Read(buf); err != nil {
			break
		}
	}
	if err := other.Wait(); err != nil {
		t.Errorf("the other one: %v", err)
	}
}

func TestRealOverlay(t *testing.T) {
	const child = "variable \"x\" {}\n\nresource \"terraform_data\" \"c\" {\n  input = var.x\n}\n"
	r, dir := realRoot(t, map[string]string{
		"main.tf":                     "module \"child\" {\n  source = \"../../modules/child\"\n  x      = file(\"${path.module}/../x.txt\")\n}\n",
		"gone.tf":                     "resource \"terraform_data\" \"gone\" {}\n",
		"../x.txt":                    "x",
		"../../modules/child/main.tf": child,
	}, terraform.RootOptions{})
	_, file := plans(t, r, terraform.PlanRequest{})
	applies(t, r, file)
	before := dump(t, filepath.Dir(filepath.Dir(dir)))
	p, file := plans(t, r, terraform.PlanRequest{Files: map[string][]byte{"new.tf": []byte("resource \"terraform_data\" \"new\" {}\n"), "gone.tf": nil}})
	if got := told(p); got != "terraform_data.gone delete, terraform_data.new create, module.child.terraform_data.c no-op" {
		t.Errorf("planned %s", got)
	}
	if after := dump(t, filepath.Dir(filepath.Dir(dir))); !maps.Equal(before, after) {
		t.Error("planning in a copy has changed the code")
	}
	// What was planned in the copy is applied in the place of the code.
	applies(t, r, file)
	state, err := r.Snapshot(t.Context())
	if err != nil || !strings.Contains(string(state.Data), `"new"`) || strings.Contains(string(state.Data), `"gone"`) {
		t.Errorf("%s, %v", state.Data, err)
	}
	put(t, filepath.Join(dir, "new.tf"), "resource \"terraform_data\" \"new\" {}\n")
	if err := os.Remove(filepath.Join(dir, "gone.tf")); err != nil {
		t.Fatal(err)
	}
	p, _ = plans(t, r, terraform.PlanRequest{})
	for _, c := range p.Changes {
		if !c.Is("no-op") {
			t.Errorf("left to do: %s", told(p))
		}
	}
	for name, code := range map[string]string{"path.cwd": "path.cwd", "abspath": `abspath("x")`} {
		_, err := r.Plan(t.Context(), terraform.PlanRequest{Out: filepath.Join(t.TempDir(), "plan"), Files: map[string][]byte{"new.tf": []byte("resource \"terraform_data\" \"new\" {\n  input = " + code + "\n}\n")}})
		if err == nil || !strings.Contains(err.Error(), "the code uses its own absolute path") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The code's backend was set by init, and then written into the code: Terraform brings
// its data directory up to date on the next occasion, which planning is not to be.
func TestRealPlanLeavesTheDataDirectory(t *testing.T) {
	moved := filepath.Join(t.TempDir(), "moved")
	put(t, filepath.Join(moved, "main.tf"), strings.Replace(config, `path = "states/app.tfstate"`, "", 1))
	runReal(t, moved, "init", "-backend-config=path=states/app.tfstate")
	runReal(t, moved, "apply", "-auto-approve")
	put(t, filepath.Join(moved, "main.tf"), config)
	before := dump(t, moved)
	r := again(t, moved, terraform.RootOptions{})
	for _, files := range []map[string][]byte{nil, {"new.tf": []byte("# new\n")}} {
		plans(t, r, terraform.PlanRequest{Files: files})
		if after := dump(t, moved); !maps.Equal(before, after) {
			t.Errorf("planning has changed the directory\nbefore %v\nafter  %v", before, after)
		}
	}
}

// Providers and modules that init has installed are found in the data directory's copy,
// from the code's place and from a copy of the code.
func TestRealProviders(t *testing.T) {
	bin, mirror := worldtest.Build(t), t.TempDir()
	name := filepath.Join(mirror, "registry.terraform.io", "driftmgr", "world", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-world_v0.0.1")
	program, err := os.ReadFile(filepath.Join(bin, "terraform-provider-world"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, name, string(program))
	if err := os.Chmod(name, 0o700); err != nil {
		t.Fatal(err)
	}
	m := worldtest.Module(t, "resource \"world_bucket\" \"a\" {\n  name = \"a\"\n}\n\nmodule \"m\" {\n  source = \"./m\"\n}\n")
	put(t, filepath.Join(m.Dir, "m", "main.tf"), "resource \"terraform_data\" \"b\" {}\n")
	put(t, m.CLIConfig, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	for _, data := range []string{"", "elsewhere"} {
		env := append(e2eEnv(), append(m.Environ(), "TF_DATA_DIR="+data)...)
		init := m.Command(t, "init")
		init.Env = append(init.Env, "TF_DATA_DIR="+data)
		if out, err := init.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		r := again(t, m.Dir, terraform.RootOptions{Environ: env})
		before := dump(t, m.Dir)
		p, _ := plans(t, r, terraform.PlanRequest{Files: map[string][]byte{"new.tf": []byte("resource \"world_bucket\" \"b\" {\n  name = \"b\"\n}\n")}})
		if got := told(p); !strings.Contains(got, "world_bucket.b create") || !strings.Contains(got, "module.m.terraform_data.b ") {
			t.Errorf("planned %s", got)
		}
		_, file := plans(t, r, terraform.PlanRequest{})
		if after := dump(t, m.Dir); !maps.Equal(before, after) {
			t.Errorf("planning has changed the directory\nbefore %v\nafter  %v", before, after)
		}
		applies(t, r, file)
	}
	if got := m.Writes(t); !slices.Equal(got, []string{"create world_bucket a"}) {
		t.Errorf("it wrote %q", got)
	}
}

// An apply that is interrupted ends what it has begun, and begins nothing else.
func TestRealInterrupt(t *testing.T) {
	m := worldtest.Module(t, "resource \"world_bucket\" \"a\" {\n  name = \"a\"\n}\n\nresource \"world_record\" \"b\" {\n  name  = \"b\"\n  value = world_bucket.a.name\n}\n")
	m.Update(t, func(w *world.World) { w.Delay = "1s" })
	r := again(t, m.Dir, terraform.RootOptions{Environ: append(e2eEnv(), m.Environ()...)})
	_, file := plans(t, r, terraform.PlanRequest{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := time.Now()
	err := r.Apply(ctx, file, nil, func(p terraform.Progress) {
		if p.Address == "world_bucket.a" {
			cancel()
		}
	})
	if !errors.Is(err, terraform.ErrInterrupted) {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
	// Terraform may not have come to call its provider.
	if got := m.Writes(t); len(got) > 1 || len(got) == 1 && got[0] != "create world_bucket a" {
		t.Errorf("it wrote %q", got)
	}
	// What there is, the state has; and nobody holds its lock.
	managed := strings.Contains(m.Terraform(t, "show", "-no-color"), `resource "world_bucket" "a"`)
	if exists := m.World(t).Buckets["a"] != nil; exists != managed {
		t.Errorf("the bucket is there: %v, and in the state: %v", exists, managed)
	}
	m.Update(t, func(w *world.World) { w.Delay = "" })
	_, file = plans(t, r, terraform.PlanRequest{})
	applies(t, r, file)
}

// However long it takes: Terraform that is killed loses what it did.
func TestRealInterruptIsPatient(t *testing.T) {
	body := strings.Replace(terraforms, `"apply "*) `, `"apply "*) trap 'sleep 11; echo ended > "${0%/*}/ended"; exit 1' INT
echo '{"type":"apply_start","hook":{"resource":{"addr":"aws_vpc.a"},"action":"update"}}'
while :; do sleep 0.01; done;;
"x "*) `, 1)
	r, _, bin := opens(t, body, terraform.RootOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := r.Apply(ctx, "/p", nil, func(terraform.Progress) { cancel() }); !errors.Is(err, terraform.ErrInterrupted) {
		t.Error(err)
	}
	if got := get(t, filepath.Join(bin, "ended")); got != "ended\n" {
		t.Errorf("%q", got)
	}
}
