//go:build e2e

package world_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/internal/world/reader"
	"github.com/driftmgr/driftmgr/internal/world/worldtest"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

const code = `
resource "world_server" "web" {
  name     = "web"
  tags     = { env = "prod" }
  password = "hunter-two-2"
  disks    = [{ size = 10 }, { size = 20, kind = "hdd" }]
  network  = { subnet = "a" }
  rules    = [{ port = 80, cidr = "0.0.0.0/0" }, { port = 22, cidr = "10.0.0.0/8" }]
}

resource "world_server" "empty" {
  name  = "empty"
  size  = "large"
  tags  = {}
  disks = []
  rules = []
}

resource "world_server" "bare" {
  name = "bare"
}

resource "world_record" "www" {
  name  = "www"
  value = world_server.web.ip
}

resource "world_bucket" "logs" {
  name       = "logs"
  versioning = true
}
`

// applied is a module whose code was applied.
func applied(t *testing.T, hcl string) *worldtest.Root {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Fatal("terraform is not on the PATH: https://developer.hashicorp.com/terraform/install")
	}
	r := worldtest.Module(t, hcl)
	r.Terraform(t, "apply", "-auto-approve")
	return r
}

// found are the findings in short. What the provider's schemas and the embedded ones
// lead to must be the same.
func found(t *testing.T, r *worldtest.Root) []string {
	t.Helper()
	short := func(schemas *schema.Schemas) []string {
		out := []string{}
		for _, f := range r.Detect(t, schemas).Findings {
			s := string(f.Kind) + " " + f.Address
			if f.Kind == drift.Unmanaged {
				s = string(f.Kind) + " " + f.Type + " " + f.ImportID
			}
			for _, c := range f.Changes {
				s += " " + c.Path
			}
			out = append(out, s)
		}
		return out
	}
	out := short(reader.Schemas())
	if embedded := short(schema.Embedded()); !slices.Equal(out, embedded) {
		t.Errorf("with the provider's schemas %q, with the embedded ones %q", out, embedded)
	}
	return out
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q; want %q", what, got, want)
	}
}

// Right after an apply neither Terraform nor driftmgr finds a difference, and what
// only looks writes nothing.
func TestNoDriftAfterApply(t *testing.T) {
	t.Parallel()
	r := applied(t, code)
	writes := r.Writes(t)
	slices.Sort(writes)
	expect(t, "calls", writes, "create world_bucket logs", "create world_record www",
		"create world_server bare", "create world_server empty", "create world_server web")
	r.Terraform(t, "plan", "-detailed-exitcode")
	expect(t, "drift as Terraform tells it", refreshed(t, r, filepath.Join(t.TempDir(), "refresh.tfplan")))
	expect(t, "drift", found(t, r))
	if n := len(r.Writes(t)); n != len(writes) {
		t.Errorf("looking wrote: %q", r.Writes(t)[len(writes):])
	}
	left, err := os.ReadDir(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	expect(t, "the module", names, "main.tf", "provider.tf", "terraform.tfstate")
}

// What changes behind Terraform's back is seen by both, and each way back works.
func TestDrift(t *testing.T) {
	t.Parallel()
	r := applied(t, code)
	web, bare := r.World(t).ServerID("web"), r.World(t).ServerID("bare")
	r.Update(t, func(w *world.World) {
		secret := "swordfish-99"
		w.Servers[web].Password = &secret
		w.Servers[web].Rules[0].CIDR = "1.2.3.4/32"
		w.Servers[web].Network.Subnet = "b"
		w.Servers[bare].Size = "large"
		delete(w.Records, "www")
		w.AddServer(world.ServerSpec{Name: "hand"})
	})
	expect(t, "drift", found(t, r),
		"changed world_server.bare size",
		"changed world_server.web network.subnet password rules[0].cidr",
		"missing world_record.www",
		"unmanaged world_server "+r.World(t).ServerID("hand"))

	before := len(r.Writes(t))
	expect(t, "drift as Terraform tells it", refreshed(t, r, "accept.tfplan"),
		"world_record.www", "world_server.bare", "world_server.web")
	r.Terraform(t, "apply", "accept.tfplan")
	expect(t, "drift once it is accepted", found(t, r), "unmanaged world_server "+r.World(t).ServerID("hand"))
	expect(t, "calls to accept", r.Writes(t)[before:])

	r.Terraform(t, "plan", "-target=world_server.web", "-out=revert.tfplan")
	if got := actions(t, r, "revert.tfplan")["world_server.web"]; !slices.Equal(got, []string{"delete", "create"}) {
		t.Errorf("another subnet is to %q; want a replacement", got)
	}
	r.Terraform(t, "apply", "revert.tfplan")
	expect(t, "calls to revert", r.Writes(t)[before:], "delete world_server "+web, "create world_server web")
	if s := r.World(t).Servers[r.World(t).ServerID("web")]; *s.Password != "hunter-two-2" || s.Network.Subnet != "a" {
		t.Errorf("the server is now %+v", s.ServerSpec)
	}
	r.Terraform(t, "apply", "-auto-approve")
	r.Terraform(t, "plan", "-detailed-exitcode")
}

// plan is what `terraform show -json` says of a saved plan, as far as it is used.
type plan struct {
	Changes []changed `json:"resource_changes"`
	Drift   []changed `json:"resource_drift"`
}

type changed struct {
	Address string
	Change  struct{ Actions []string }
}

func show(t *testing.T, r *worldtest.Root, file string) plan {
	t.Helper()
	var p plan
	if err := json.Unmarshal([]byte(r.Terraform(t, "show", "-json", file)), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// refreshed saves a refresh-only plan and returns the addresses that drifted. The
// exit code of -detailed-exitcode does not say: Terraform 1.11 gives 0 or 2 at
// random where nothing drifted and a type has two sensitive attributes.
func refreshed(t *testing.T, r *worldtest.Root, file string) []string {
	t.Helper()
	if out := r.Terraform(t, "plan", "-refresh-only", "-out="+file); strings.Contains(out, "swordfish") {
		t.Errorf("terraform shows the secret:\n%s", out)
	}
	var out []string
	for _, c := range show(t, r, file).Drift {
		out = append(out, c.Address)
	}
	slices.Sort(out)
	return out
}

// actions are those of each resource of a saved plan.
func actions(t *testing.T, r *worldtest.Root, file string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, c := range show(t, r, file).Changes {
		out[c.Address] = c.Change.Actions
	}
	return out
}

// What nobody manages is imported with the id that the finding gives, and with
// configuration that Terraform writes, the secret left out.
func TestImport(t *testing.T) {
	t.Parallel()
	r := applied(t, `resource "world_bucket" "logs" { name = "logs" }`)
	r.Update(t, func(w *world.World) {
		secret, yes := "swordfish-99", true
		w.AddServer(world.ServerSpec{
			Name: "hand", Size: "large", Tags: map[string]string{"by": "hand"}, Password: &secret,
			Disks:   []world.Disk{{Size: 1, Kind: "ssd"}},
			Network: &world.Network{Subnet: "a", Public: &yes},
			Rules:   []world.Rule{{Port: 22, CIDR: "10.0.0.0/8"}, {Port: 80, CIDR: "10.0.0.0/8"}},
		})
		w.Records["hand"] = &world.Record{Value: "10.0.0.1"}
	})
	expect(t, "drift", found(t, r), "unmanaged world_record record/hand", "unmanaged world_server srv-1")
	r.Write(t, "import.tf", `
import {
  to = world_server.hand
  id = "srv-1"
}

import {
  to = world_record.hand
  id = "record/hand"
}
`)
	// Two plans: one that was made without the generated configuration can be applied
	// only where it changes nothing.
	r.Terraform(t, "plan", "-generate-config-out=generated.tf")
	r.Terraform(t, "plan", "-out=import.tfplan")
	expect(t, "the server", actions(t, r, "import.tfplan")["world_server.hand"], "update") // of its password, which is not in the code
	expect(t, "the record", actions(t, r, "import.tfplan")["world_record.hand"], "no-op")
	generated, err := os.ReadFile(filepath.Join(r.Dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(generated), "swordfish") || strings.Contains(string(generated), "tok-") {
		t.Errorf("the configuration holds a secret:\n%s", generated)
	}
	r.Terraform(t, "apply", "import.tfplan")
	r.Terraform(t, "plan", "-detailed-exitcode")
	expect(t, "drift once it is imported", found(t, r))

	for _, id := range []string{"hand", "record/", "record/none"} {
		r.Write(t, "import.tf", `import {
  to = world_record.wrong
  id = "`+id+`"
}
resource "world_record" "wrong" {
  name  = "wrong"
  value = "1"
}`)
		if out, err := r.Command(t, "plan").CombinedOutput(); exitCode(err) != 1 {
			t.Errorf("imported %q: %v\n%s", id, err, out)
		}
	}
}

// An apply can be made to fail midway: what came before is done, and in the state.
func TestLocked(t *testing.T) {
	t.Parallel()
	r := applied(t, `
resource "world_bucket" "logs" { name = "logs" }

resource "world_server" "web" {
  name       = "web"
  depends_on = [world_bucket.logs]
}
`)
	r.Update(t, func(w *world.World) { w.Buckets["logs"].Locked = true })
	out, err := r.Command(t, "destroy", "-auto-approve").CombinedOutput()
	if exitCode(err) != 1 || !strings.Contains(string(out), "it is locked") {
		t.Errorf("destroyed what is locked: %v\n%s", err, out)
	}
	if w := r.World(t); len(w.Servers) != 0 || len(w.Buckets) != 1 {
		t.Errorf("the world is now %+v", w)
	}
	managed := r.Managed(t)
	if len(managed) != 1 || managed[0].Address != "world_bucket.logs" {
		t.Errorf("the state holds %+v", managed)
	}
}

// A world that cannot be read is an error to Terraform as well, and not empty.
func TestLost(t *testing.T) {
	t.Parallel()
	r := applied(t, `resource "world_bucket" "logs" { name = "logs" }`)
	if err := os.Remove(r.File); err != nil {
		t.Fatal(err)
	}
	if out, err := r.Command(t, "plan").CombinedOutput(); exitCode(err) != 1 {
		t.Errorf("planned without a world: %v\n%s", err, out)
	}
	expect(t, "drift", found(t, r), "unchecked ", "unchecked ", "unchecked world_bucket.logs")
}

// A change that waits when Terraform is killed is not made.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := applied(t, `resource "world_server" "web" { name = "web" }`)
	r.Update(t, func(w *world.World) { w.Servers["srv-1"].Size = "large" })
	for name, how := range map[string]struct {
		env, delay string
	}{
		"WORLD_DELAY": {env: "WORLD_DELAY=2s"},
		"delay":       {delay: "2s"},
	} {
		r.Update(t, func(w *world.World) { w.Delay = how.delay })
		before := len(r.Writes(t))
		cmd := r.Command(t, "apply", "-auto-approve")
		cmd.Env = append(cmd.Env, how.env)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for len(r.Writes(t)) == before {
			time.Sleep(10 * time.Millisecond)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Errorf("%s: terraform ended before it was killed", name)
		}
		time.Sleep(2500 * time.Millisecond)
		if size := r.World(t).Servers["srv-1"].Size; size != "large" {
			t.Errorf("%s: the server is %s", name, size)
		}
		expect(t, name, r.Writes(t)[before:], "update world_server srv-1")
	}
	r.Update(t, func(w *world.World) { w.Delay = "" })
	// The lock that the killed one held went with it: a local state's is the system's.
	r.Terraform(t, "apply", "-auto-approve")
	expect(t, "drift", found(t, r))
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
