//go:build e2e

package remediate

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
	"github.com/driftmgr/driftmgr/internal/world/worldtest"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// besieged are root modules whose code was applied and has drifted since.
type besieged struct {
	t     *testing.T
	roots []*worldtest.Root
	vars  []string
}

func besiege(t *testing.T, hcl string, moves func(*world.World)) *besieged {
	b := &besieged{t: t}
	b.add(hcl, moves)
	return b
}

func (b *besieged) add(hcl string, moves func(*world.World)) *worldtest.Root {
	b.t.Helper()
	r := worldtest.Module(b.t, hcl)
	r.Terraform(b.t, "apply", "-auto-approve")
	r.Update(b.t, moves)
	b.roots = append(b.roots, r)
	return r
}

func (b *besieged) open(ctx context.Context, dir string) (*terraform.Root, error) {
	env := []string{}
	for _, r := range b.roots {
		if r.Dir == dir {
			env = r.Environ()
		}
	}
	return terraform.Open(ctx, dir, terraform.RootOptions{Environ: append(os.Environ(), env...), Vars: b.vars})
}

// draft plans with these strategies, and fails where nothing is planned.
func (b *besieged) draft(strategies ...Strategy) *Draft {
	b.t.Helper()
	report := &drift.Report{FormatVersion: drift.FormatVersion}
	req := Request{
		Report: report, Choice: Choice{Strategies: strategies}, Modules: map[string]Module{},
		Open: func(ctx context.Context, m Module) (*terraform.Root, error) { return b.open(ctx, m.Dir) },
		ID:   "20261122T161608Z-3f2a9c", Created: time.Now(), Author: "mallory@home",
	}
	for _, r := range b.roots {
		report.Findings = append(report.Findings, r.Detect(b.t, schema.Embedded()).Findings...)
		req.Modules[r.State()] = Module{Dir: r.Dir}
	}
	d, err := Build(b.t.Context(), req)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(d.Manifest.States) != len(b.roots) {
		b.t.Fatalf("planned %d states, left %+v", len(d.Manifest.States), d.Manifest.Left)
	}
	return d
}

func (b *besieged) write(d *Draft) *Sealed {
	b.t.Helper()
	dir, _, err := d.Write(b.t.TempDir())
	if err != nil {
		b.t.Fatal(err)
	}
	plan, err := Open(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = plan.Close() })
	return plan
}

// apply applies a plan that everybody has approved.
func (b *besieged) apply(plan *Sealed) (*Outcome, error) {
	apply := &Apply{
		Plan:   plan,
		Policy: Policy{MaxRisk: High},
		Open:   func(ctx context.Context, s State) (*terraform.Root, error) { return b.open(ctx, s.Dir) },
		Detect: func(_ context.Context, s State) (*drift.Report, error) {
			for _, r := range b.roots {
				if r.Dir == s.Dir {
					return r.Detect(b.t, schema.Embedded()), nil
				}
			}
			return nil, errors.New("no such state")
		},
		Now: time.Now, Show: func(string) {}, Audit: func(string, string) error { return nil },
	}
	return apply.Run(b.t.Context())
}

// refused fails unless a plan is refused for a reason, and nothing was changed.
func (b *besieged) refused(plan *Sealed, want string) {
	b.t.Helper()
	before := b.all()
	_, err := b.apply(plan)
	if refused := (*Refused)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
		b.t.Errorf("got %v, want a refusal: %s", err, want)
	}
	b.same(before)
}

// all is everything that an apply could change.
func (b *besieged) all() map[string]string {
	b.t.Helper()
	all := map[string]string{}
	for _, r := range b.roots {
		all["writes "+r.Dir] = strings.Join(r.Writes(b.t), "\n")
		for _, file := range []string{r.State(), filepath.Join(r.Dir, "main.tf"), r.File} {
			data, err := os.ReadFile(file)
			if err != nil {
				b.t.Fatal(err)
			}
			all[file] = string(data)
		}
	}
	return all
}

func (b *besieged) same(before map[string]string) {
	b.t.Helper()
	for name, now := range b.all() {
		if before[name] != now {
			b.t.Errorf("%s has changed:\n%s\nand was\n%s", name, now, before[name])
		}
	}
}

const guarded = `
variable "who" {
  default = "ann"
}

resource "world_bucket" "dep" {
  name = "dep"
  lifecycle {
    ignore_changes = [versioning]
  }
}

resource "world_server" "web" {
  name = "web-${world_bucket.dep.name}"
  tags = { who = var.who }
}
`

func grow(w *world.World) {
	yes := true
	w.Buckets["dep"].Versioning = &yes
	for _, s := range w.Servers {
		s.Size = "large"
	}
}

func TestManifestThatLiesOfTerraform(t *testing.T) {
	b := besiege(t, guarded, grow)
	truth := b.draft()
	if got := truth.Manifest.States[0].Refreshed; !slices.Equal(got, []string{"world_bucket.dep"}) {
		t.Errorf("the state takes over %v", got)
	}
	for name, c := range map[string]struct {
		lie  func(*Manifest)
		want string
	}{
		"other value":    {func(m *Manifest) { m.States[0].Steps[0].Changes[0].After = "medium" }, "changes"},
		"no risk":        {func(m *Manifest) { m.States[0].Steps[0].Risk, m.Risk = NoRisk, NoRisk }, "risk"},
		"refresh hidden": {func(m *Manifest) { m.States[0].Refreshed = nil }, "outputs"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(truth.Manifest)
			if err != nil {
				t.Fatal(err)
			}
			lying := &Draft{Contents: truth.Contents}
			if err := decodeStrict(data, &lying.Manifest); err != nil {
				t.Fatal(err)
			}
			c.lie(&lying.Manifest)
			b.t = t
			b.refused(b.write(lying), c.want)
		})
	}
	b.t = t
	if _, err := b.apply(b.write(truth)); err != nil {
		t.Errorf("the truth was not applied: %v", err)
	}
}

// Who makes a plan from code of his own, or with values of his own, wants what the
// reviewed code does not do.
func TestPlanOfOtherCode(t *testing.T) {
	b := besiege(t, guarded, grow)
	r := b.roots[0]
	r.Write(t, "main.tf", guarded+"\nterraform {\n  # nothing that the plan's steps show\n}\n")
	smuggled := b.write(b.draft())
	r.Write(t, "main.tf", guarded)
	b.refused(smuggled, "the code of the plan differ")

	plan := b.write(b.draft())
	b.vars = []string{"who=mallory-5d41"}
	before := b.all()
	_, err := b.apply(plan)
	if err == nil || !strings.Contains(err.Error(), "the variables who of the plan differ") || strings.Contains(err.Error(), "mallory-5d41") {
		t.Errorf("got %v, want a refusal that names the variable without its value", err)
	}
	b.same(before)
}

func TestCodeThatRunsCommandsIsShown(t *testing.T) {
	b := besiege(t, `
resource "world_server" "web" {
  name = "web"
  provisioner "local-exec" {
    command = "true"
  }
}
`, func(w *world.World) { clear(w.Servers) })
	steps := b.draft().Manifest.Steps()
	if len(steps) != 1 || steps[0].Risk != High || !slices.Contains(steps[0].Reasons, "runs commands on the machine that applies it") {
		t.Errorf("told %+v", steps)
	}
}

// What the code says beside the findings comes along with a plan: it is told of.
func TestMovesAndImportsAreShown(t *testing.T) {
	b := besiege(t, guarded, func(w *world.World) {
		grow(w)
		w.Buckets["theirs"] = &world.Bucket{}
	})
	b.roots[0].Write(t, "main.tf", `
resource "world_bucket" "dep" {
  count = 1
  name  = "dep"
  lifecycle {
    ignore_changes = [versioning]
  }
}

resource "world_bucket" "theirs" {
  name = "theirs"
}

import {
  to = world_bucket.theirs
  id = "theirs"
}

resource "world_server" "web" {
  name = "web-${world_bucket.dep[0].name}"
  tags = { who = "ann", where = world_bucket.theirs.id == "" ? "" : "here" }
}
`)
	draft := b.draft()
	told := map[string]Step{}
	for _, step := range draft.Manifest.Steps() {
		told[step.Address] = step
	}
	if told["world_bucket.theirs"].ImportID != "theirs" {
		t.Errorf("nothing is told of the import: %+v", told)
	}
	if !slices.Contains(told["world_bucket.dep[0]"].Warnings, "moves in the state: it was world_bucket.dep") {
		t.Errorf("nothing is told of the move: %+v", told)
	}
	out, err := b.apply(b.write(draft))
	if err != nil || out.Results()[Fixed] != 3 {
		t.Errorf("%+v, %v", out, err)
	}
}

// A journal is signed by nobody.
func TestForgedJournal(t *testing.T) {
	b := besiege(t, guarded, grow)
	forge := func(plan *Sealed, all ...Status) {
		t.Helper()
		j := &journal{FormatVersion: FormatVersion, Digest: plan.Digest, States: make([]entry, len(all))}
		for i, status := range all {
			if err := plan.mark(j, i, status, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	plan := b.write(b.draft(Adopt))
	before := b.all()
	forge(plan, Applied)
	if _, err := b.apply(plan); err == nil {
		t.Error("a plan that Terraform has not applied passes for done")
	}
	b.same(before)

	b.add(`resource "world_record" "www" {
  name  = "www"
  value = "10.0.0.1"
}
`, func(w *world.World) { w.Records["www"].Value = "10.6.6.6" })
	plan = b.write(b.draft())
	all := []Status{Pending, Pending}
	skipped := slices.IndexFunc(plan.Manifest.States, func(s State) bool { return s.Dir == b.roots[1].Dir })
	all[skipped] = Done
	forge(plan, all...)
	out, err := b.apply(plan)
	if err != nil || out.Results()[NotFixed] != 1 {
		t.Errorf("of what was not done nothing is told: %+v, %v", out, err)
	}
}
