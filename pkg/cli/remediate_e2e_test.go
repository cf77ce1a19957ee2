//go:build e2e

package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// A way back: from drift to a world, a state and code that agree.
func TestWaysBack(t *testing.T) {
	t.Parallel()
	const server = `
resource "world_server" "web" {
  name     = "web"
  size     = "small" # as agreed
  password = var.password
  tags = {
    env  = "prod"
    team = "core" # of three
  }
  disks   = [{ size = 10 }, { size = 20, kind = "hdd" }]
  network = { subnet = "a" }
}
`
	for _, c := range []struct {
		name  string
		code  string
		files map[string]string
		drift func(*world.World)
		args  []string
		apply []string
		steps []string
		left  int

		// open: Terraform still has something to do, as the code stays.
		open  bool
		check func(*testing.T, *site)
	}{
		{
			name: "revert",
			code: server + `
resource "world_record" "www" {
  name  = "www"
  value = world_server.web.ip
  ttl   = 60
}
resource "terraform_data" "note" {
  input = "nothing of a cloud"
}
`,
			drift: func(w *world.World) {
				web := w.Servers[w.ServerID("web")]
				web.Size, web.Tags["env"], web.Password = "large", "test", ptr("hunter2-other")
				w.Records["www"].TTL = ptr(int64(5))
			},
			args:  []string{"--strategy", "revert"},
			steps: []string{"revert world_record.www update low", "revert world_server.web update medium"},
			check: func(t *testing.T, s *site) {
				w := s.World(t)
				web := w.Servers[w.ServerID("web")]
				if web.Size != "small" || web.Tags["env"] != "prod" || *web.Password != password || *w.Records["www"].TTL != 60 {
					t.Errorf("the world is not what the code says: %+v", web)
				}
			},
		},
		{
			name: "accept",
			code: server + `
resource "world_bucket" "logs" {
  name = "logs"
}
`,
			drift: func(w *world.World) {
				w.Servers[w.ServerID("web")].Size = "large"
				delete(w.Buckets, "logs")
			},
			args:  []string{"--strategy", "accept"},
			steps: []string{"accept world_bucket.logs delete low", "accept world_server.web update low"},
			open:  true,
			check: func(t *testing.T, s *site) {
				if w := s.World(t); w.Servers[w.ServerID("web")].Size != "large" || len(w.Buckets) > 0 {
					t.Error("accept changed the world")
				}
			},
		},
		{
			name: "adopt",
			code: server + `
variable "ttl" {
  type = number
}
resource "world_record" "www" {
  name  = "www"
  value = "10.0.0.9"
  ttl   = var.ttl
}
`,
			files: map[string]string{"prod.tfvars": "# seconds\nttl = 60 # short\n"},
			drift: func(w *world.World) {
				web := w.Servers[w.ServerID("web")]
				web.Size, web.Tags["team"], web.Disks[1].Size, web.Network.Public = "large", "edge", 40, ptr(true)
				w.Records["www"].TTL = ptr(int64(300))
			},
			args:  []string{"--strategy", "adopt", "--var-file", "prod.tfvars"},
			apply: []string{"--var-file", "prod.tfvars"},
			steps: []string{"adopt world_record.www update low", "adopt world_server.web update medium"},
			check: func(t *testing.T, s *site) {
				s.code("prod.tfvars", "# seconds\nttl = 300 # short\n")
				s.code("main.tf", `"large" # as agreed`, `"edge" # of three`, `size = 40, kind = "hdd"`, "public")
			},
		},
		{
			name: "import",
			code: server,
			drift: func(w *world.World) {
				w.AddServer(world.ServerSpec{Name: "db", Password: ptr("hunter2-db"), Tags: map[string]string{"env": "prod"}, Disks: []world.Disk{{Size: 5, Kind: "ssd"}}})
				w.Records["mail"] = &world.Record{Value: "10.0.0.7", TTL: ptr(int64(60))}
			},
			args:  []string{"--strategy", "import"},
			steps: []string{"import world_record.mail import low", "import world_server.srv_2 import low"},
			check: func(t *testing.T, s *site) {
				w := s.World(t)
				if p := w.Servers[w.ServerID("db")].Password; p == nil || *p != "hunter2-db" {
					t.Errorf("the password in the world is %v", p)
				}
				s.code("imported.tf", `id = "record/mail"`, `ignore_changes`, `10.0.0.7`)
			},
		},
		{
			name: "forget",
			code: server + `
# the old site
resource "world_record" "old" {
  name  = "old"
  value = "10.0.0.8"
}
resource "world_record" "kept" {
  name  = "kept"
  value = "10.0.0.9"
}
`,
			drift: func(w *world.World) { delete(w.Records, "old") },
			args:  []string{"--strategy", "forget"},
			steps: []string{"forget world_record.old delete low"},
			check: func(t *testing.T, s *site) {
				if list := s.Terraform(t, "state", "list"); list != "world_record.kept\nworld_server.web\n" {
					t.Errorf("the state has\n%s", list)
				}
				s.code("main.tf", `"world_record" "kept"`)
			},
		},
		{
			name: "recreate",
			code: `
resource "world_bucket" "logs" {
  name       = "logs"
  versioning = true
}
resource "world_server" "other" {
  name = "other"
}
`,
			drift: func(w *world.World) { delete(w.Buckets, "logs") },
			args:  []string{"--strategy", "recreate"},
			steps: []string{"recreate world_bucket.logs create medium"},
			check: func(t *testing.T, s *site) {
				if b := s.World(t).Buckets["logs"]; b == nil || b.Versioning == nil || !*b.Versioning {
					t.Errorf("the bucket is %+v", b)
				}
			},
		},
		{
			name: "child module, count and for_each",
			code: `
module "app" {
  source = "./app"
  for_each = toset(["blue", "green"])
  name = each.key
}
resource "world_record" "r" {
  count = 3
  name  = "r${count.index}"
  value = "10.0.0.${count.index}"
}
`,
			files: map[string]string{"app/main.tf": `
terraform {
  required_providers {
    world = {
      source = "driftmgr/world"
    }
  }
}
variable "name" {
  type = string
}
resource "world_server" "this" {
  name = var.name
  tags = { env = "prod" }
}
`},
			drift: func(w *world.World) {
				w.Servers[w.ServerID("blue")].Tags = nil
				w.Records["r1"].Value = "10.9.9.9"
				delete(w.Servers, w.ServerID("green"))
			},
			steps: []string{
				`revert module.app["blue"].world_server.this update low`,
				`recreate module.app["green"].world_server.this create medium`,
				"revert world_record.r[1] update low",
			},
		},
		{
			name: "exceptions and two modes",
			code: server + `
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
resource "world_record" "b" {
  name  = "b"
  value = "1"
}
resource "world_record" "c" {
  name  = "c"
  value = "1"
}
`,
			drift: func(w *world.World) {
				w.Records["a"].Value, w.Records["b"].Value, w.Records["c"].Value = "2", "2", "2"
				w.AddServer(world.ServerSpec{Name: "stray"})
			},
			args:  []string{"--for", "world_record.*=leave", "--for", "world_record.a=revert", "--for", "world_record.c=adopt", "--for", "world_server/*=leave"},
			steps: []string{"revert world_record.a update low"},
			left:  3,
			open:  true,
			check: func(t *testing.T, s *site) {
				if r := s.World(t).Records; r["a"].Value != "1" || r["b"].Value != "2" || r["c"].Value != "2" {
					t.Error("other records were changed than the one that was asked for")
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.code)
			for name, content := range c.files {
				s.must(os.MkdirAll(filepath.Dir(filepath.Join(s.Dir, name)), 0o700))
				s.Write(t, name, content)
			}
			if c.files["app/main.tf"] != "" {
				s.Terraform(t, "get")
			}
			s.Terraform(t, append([]string{"apply", "-auto-approve"}, c.apply...)...)
			s.detect(0)
			s.Update(t, c.drift)
			s.detect(2)
			plan := s.plan(c.args...)
			s.want("steps", s.steps(plan), c.steps)
			if got := s.manifest(plan).Left; len(got) != c.left {
				t.Errorf("%d findings are left, want %d: %+v", len(got), c.left, got)
			}
			s.refused(plan, "refused, nothing was changed: 0 of 1 approvals: driftmgr remediate approve", c.apply...)
			s.approve(plan, "bob")
			s.fix(plan, c.apply...)
			if c.left == 0 {
				s.detect(0)
			}
			if c.open {
				if err := s.Command(t, "plan", "-detailed-exitcode").Run(); err == nil {
					t.Error("Terraform has nothing to do, although the code says otherwise")
				}
			} else {
				s.Terraform(t, append([]string{"plan", "-detailed-exitcode"}, c.apply...)...)
			}
			if c.check != nil {
				c.check(t, s)
			}
			s.want("audit log", s.events(), []string{
				"plan written", "apply refused", "approve approved bob@example.com", "apply started", "apply applied", "verify clean",
			})
		})
	}
}

// What was put off to a plan of its own says so, and gets one.
func TestDeferred(t *testing.T) {
	t.Parallel()
	s := applied(t, `
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
resource "world_record" "b" {
  name  = "b"
  value = "1"
}
`)
	s.Update(t, func(w *world.World) { w.Records["a"].Value, w.Records["b"].Value = "2", "2" })
	report := s.path("drift.json")
	s.detect(2, "--output", "json="+report)
	plan := s.plan("--from", report, "--for", "world_record.b=adopt")
	m := s.manifest(plan)
	s.want("steps", s.steps(plan), []string{"revert world_record.a update low"})
	if len(m.Left) != 1 || m.Left[0].Reason != "adopt takes a plan of its own, as Terraform plans it refresh-only: plan again with --strategy adopt once this plan is applied" {
		t.Errorf("left: %+v", m.Left)
	}
	data, err := os.ReadFile(report)
	s.must(err)
	if m.Inventory != remediate.Digest(data) {
		t.Errorf("the plan is not bound to the report: %s", m.Inventory)
	}
	s.approve(plan, "bob")
	s.fix(plan)
	s.detect(2)
	second := s.plan("--strategy", "adopt")
	s.approve(second, "carol")
	s.fix(second)
	s.detect(0)
	s.nothingToDo()
	s.code("main.tf", `value = "2"`, `value = "1"`)
}

// A change that takes a replacement is high risk, warned of, and not applied below it.
func TestReplacement(t *testing.T) {
	t.Parallel()
	s := applied(t, `
resource "world_server" "web" {
  name    = "web"
  network = { subnet = "a" }
}
`)
	s.Update(t, func(w *world.World) { w.Servers[w.ServerID("web")].Network.Subnet = "b" })
	got := s.do(2, "remediate", "plan", s.Dir)
	plan := s.planned(got)
	s.want("steps", s.steps(plan), []string{"revert world_server.web delete+create high"})
	for _, text := range []string{"! REPLACES the resource: it is destroyed and created anew, for network.subnet", "risk high: replaces the resource", "(takes a replacement)"} {
		if !strings.Contains(got.out, text) {
			t.Errorf("the plan does not say %q:\n%s", text, got.out)
		}
	}
	const tooHigh = "world_server.web: the risk is high (replaces the resource, data is lost with it, network exposure), and remediation.max_risk_level is medium"
	approve := []string{"remediate", "approve", plan, "--key", s.keys["bob"].file, "--reason", "CHG-17", "--digest", s.digest(plan)}
	if got := s.do(1, approve...); !strings.Contains(got.err, tooHigh) {
		t.Errorf("approve: %s", got.err)
	}
	s.configure("high.yaml", "max_risk_level: high")
	s.do(0, append(approve, "--config", "high.yaml")...)
	s.refused(plan, tooHigh)
	s.fix(plan, "--config", "high.yaml")
	s.nothingToDo()
	s.want("calls", s.Writes(t)[1:], []string{"delete world_server srv-1", "create world_server web"})
}

// One plan may be about several states: all are checked before the first is changed.
func TestTwoStates(t *testing.T) {
	t.Parallel()
	s := applied(t, `
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
`)
	s.second(`
resource "world_record" "b" {
  name  = "b"
  value = "1"
}
`)
	s.Update(t, func(w *world.World) {
		w.Records["a"].Value, w.Records["b"].Value = "2", "2"
		w.Buckets["stray"] = &world.Bucket{}
	})
	plan := s.plan("--into", s.Dir)
	s.want("steps", s.steps(plan), []string{"import world_bucket.stray import low", "revert world_record.a update low", "revert world_record.b update low"})
	s.approve(plan, "bob")
	s.Update(t, func(w *world.World) { w.Records["b"].Value = "3" })
	s.refused(plan, "the world has moved, plan again: world_record.b: value is not what it was")
	s.Update(t, func(w *world.World) { w.Records["b"].Value = "2" })
	s.fix(plan)
	s.detect(0)
	s.nothingToDo()
	s.more[0].Terraform(t, "plan", "-detailed-exitcode")
}

// A plan is of one workspace, whichever is selected when it is applied.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t, `
resource "world_record" "a" {
  name  = "a-${terraform.workspace}"
  value = "1"
}
`)
	s.Terraform(t, "apply", "-auto-approve")
	s.Terraform(t, "workspace", "new", "blue")
	s.Terraform(t, "apply", "-auto-approve")
	s.Terraform(t, "workspace", "select", "default")
	s.Update(t, func(w *world.World) { w.Records["a-blue"].Value, w.Records["a-default"].Value = "2", "2" })
	plan := s.plan("--workspace", "blue", "--strategy", "revert")
	if st := s.manifest(plan).States; len(st) != 1 || st[0].Workspace != "blue" {
		t.Fatalf("states: %+v", st)
	}
	s.approve(plan, "bob")
	s.fix(plan)
	if r := s.World(t).Records; r["a-blue"].Value != "1" || r["a-default"].Value != "2" {
		t.Errorf("blue is %s, default %s", r["a-blue"].Value, r["a-default"].Value)
	}
	s.do(2, "detect", s.Dir)
	s.do(0, "detect", "--workspace", "blue", "--unmanaged=false", s.Dir)
	if name := s.Terraform(t, "workspace", "show"); name != "default\n" {
		t.Errorf("the workspace %q is selected", name)
	}
}

// What cron does, from nothing at all to applying what risks little.
func TestAuto(t *testing.T) {
	t.Parallel()
	s := applied(t, `
resource "world_record" "a" {
  name  = "a"
  value = "1"
}
resource "world_server" "web" {
  name    = "web"
  network = { subnet = "a", public = false }
}
`)
	s.Update(t, func(w *world.World) {
		w.Records["a"].Value = "2"
		w.Servers[w.ServerID("web")].Network.Public = ptr(true)
	})
	before := s.snapshot()
	plans := func() int {
		all, err := os.ReadDir(s.path(".driftmgr/plans"))
		if err != nil {
			return 0
		}
		return len(slices.DeleteFunc(all, func(e os.DirEntry) bool { return !e.IsDir() }))
	}
	auto := func(code int, settings ...string) said {
		s.configure("driftmgr.yaml", settings...)
		return s.do(code, "remediate", "auto", s.Dir)
	}
	s.isRefused(auto(1), "auto_remediation.enabled is false: set it to true, or use driftmgr remediate plan")
	dry := auto(2, "auto_remediation/enabled: true")
	if !strings.Contains(dry.out, "revert world_record.a") || !strings.Contains(dry.err, "no plan was written") {
		t.Errorf("dry run:\n%s%s", dry.out, dry.err)
	}
	if plans() != 0 {
		t.Errorf("a dry run left %d plans", plans())
	}
	waits := s.planned(auto(2, "auto_remediation/enabled: true", "auto_remediation/dry_run: false"))
	s.refused(waits, "0 of 2 approvals")
	risky := auto(1, "auto_remediation/enabled: true", "auto_remediation/dry_run: false", "auto_remediation/approval_required: false", "auto_remediation/max_risk_level: medium")
	if !strings.Contains(risky.err, "auto_remediation.max_risk_level") {
		t.Errorf("a risk of medium without approvals: %s", risky.err)
	}
	s.same("remediate auto", before)

	done := auto(0, "auto_remediation/enabled: true", "auto_remediation/dry_run: false", "auto_remediation/approval_required: false")
	if !strings.Contains(done.out, "world_record.a  fixed") || strings.Contains(done.out, "world_server") {
		t.Errorf("the outcome is\n%s", done.out)
	}
	s.want("calls", s.Writes(t)[2:], []string{"update world_record a"})
	if plans() != 2 {
		t.Errorf("there are %d plans, want the one that waits and the one that was applied", plans())
	}
	nothing := auto(2, "auto_remediation/enabled: true", "auto_remediation/dry_run: false", "auto_remediation/approval_required: false")
	if !strings.Contains(nothing.err, "nothing of a risk up to low is to be done") {
		t.Errorf("what is left is too risky: %s", nothing.err)
	}
	s.want("calls", s.Writes(t)[2:], []string{"update world_record a"})
	s.want("audit log", s.events(), []string{"plan written", "apply refused", "plan written", "auto allowed", "apply started", "apply applied", "verify clean"})
}

// A plan can be looked at, and tells at every time where it stands.
func TestShowListVerify(t *testing.T) {
	t.Parallel()
	s := applied(t, `
resource "world_server" "web" {
  name     = "web"
  password = var.password
}
`)
	if got := s.do(0, "remediate", "list"); got.out != "" || !strings.Contains(got.err, "there are no plans") {
		t.Errorf("list: %+v", got)
	}
	s.Update(t, func(w *world.World) { w.Servers["srv-1"].Password = ptr("hunter2-moved") })
	plan := s.plan()
	id := filepath.Base(plan)
	has := func(got said, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(got.out+got.err, text) {
				t.Errorf("it does not say %q:\n%s%s", text, got.out, got.err)
			}
		}
	}
	has(s.do(0, "remediate", "list"), plan, "pending", "medium")
	has(s.do(0, "remediate", "show", id), "password  (sensitive, both values hidden)", s.digest(plan), "status  pending", "authored by ann@example.com")
	has(s.do(0, "remediate", "show", plan, "--output", "json"), `"format_version": "1.0"`)
	has(s.do(1, "remediate", "verify", plan), "0 of 1 approvals", "the plan may not be applied")
	has(s.do(1, "remediate", "approve", plan, "--key", s.keys["bob"].file), "nobody can be asked here: use --reason and --digest "+s.digest(plan))
	has(s.do(1, "remediate", "approve", plan, "--key", s.keys["bob"].file, "--reason", "x", "--digest", "sha256:00"), "the plan's digest is "+s.digest(plan))
	has(s.do(0, "remediate", "approve", plan, "--key", s.keys["bob"].file, "--reason", "CHG-17", "--digest", s.digest(plan)),
		"approved as bob@example.com", "apply it with: driftmgr remediate apply")
	has(s.do(0, "remediate", "verify", plan), "approved by bob@example.com", "CHG-17", "the plan may be applied")
	s.fix(plan)
	has(s.do(0, "remediate", "list"), "done")
	has(s.do(1, "remediate", "approve", plan, "--key", s.keys["carol"].file, "--reason", "late", "--digest", s.digest(plan)), "the plan was applied already")
	s.refused(plan, "the plan was applied already")
	if time.Since(s.manifest(plan).Created) > time.Hour {
		t.Errorf("the plan says that it was made %s", s.manifest(plan).Created)
	}
}
