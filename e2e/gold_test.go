//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/cli"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/providers/aws"
)

// terraformCalls is what `terraform plan -refresh-only` makes in the gold world.
const terraformCalls = 151

// TestGold compares driftmgr's verdict with Terraform's own: right after the
// replay, and after each change behind Terraform's back.
func TestGold(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	world := readWorld(t)

	t.Run("clean", func(t *testing.T) {
		state := m.rebuild(t, world)
		r := detect(t, state)
		compareFindings(t, nil, told(r))
		onlyUnsupported(t, r)
		if n := r.Stats.Total; n > terraformCalls/2 {
			t.Errorf("%d API calls, at most half of Terraform's %d are wanted: %v", n, terraformCalls, r.Stats.APICalls)
		} else {
			t.Logf("%d API calls, Terraform makes %d; %d of %d resources checked, %d of %d attributes",
				n, terraformCalls, r.Coverage.Resources.Checked, r.Coverage.Resources.Total, r.Coverage.Attributes.Checked, r.Coverage.Attributes.Total)
		}

		t.Run("targeted", func(t *testing.T) {
			r := detect(t, state, "--unmanaged=false")
			compareFindings(t, nil, told(r))
			onlyUnsupported(t, r)
		})
		t.Run("depth list", func(t *testing.T) {
			r := detect(t, state, "--depth", "list")
			compareFindings(t, nil, told(r))
			onlyUnsupported(t, r)
		})
		t.Run("offline", func(t *testing.T) {
			inv := filepath.Join(t.TempDir(), "inventory.jsonl")
			run(t, "inventory", state, "--output", inv)
			t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
			r := detect(t, state, "--inventory", inv)
			compareFindings(t, nil, told(r))
			onlyUnsupported(t, r)
		})
	})
	t.Run("another account's role", func(t *testing.T) {
		state := m.rebuild(t, world)
		t.Setenv("DRIFTMGR_PROVIDERS_AWS_USE_IAM_ROLE", "true")
		t.Setenv("DRIFTMGR_PROVIDERS_AWS_ROLE_ARN", "arn:aws:iam::210987654321:role/driftmgr")
		r := detect(t, state, "--unmanaged=false", "--type", "aws_vpc")
		if len(r.Findings) != 1 || r.Verdict != drift.Incomplete {
			t.Fatalf("findings %+v", r.Findings)
		}
		if want := "account 123456789012 was not looked at: the credentials are for 210987654321; "; !strings.HasPrefix(r.Findings[0].Reason, want) {
			t.Errorf("reason %q, want %q", r.Findings[0].Reason, want)
		}
	})
	for _, mut := range mutations() {
		t.Run(mut.name, func(t *testing.T) {
			state := m.rebuild(t, world)
			mut.apply(newOperator(t, state))
			r := detect(t, state)
			compareFindings(t, wanted(t, mut), told(r))
			onlyUnsupported(t, r)
		})
	}
}

// run runs driftmgr and returns its stdout and exit code.
func run(t *testing.T, args ...string) (stdout []byte, code int) {
	t.Helper()
	out, errs, code := execute(t, args...)
	if code == 1 {
		t.Fatalf("driftmgr %s: %s", strings.Join(args, " "), errs)
	}
	return []byte(out), code
}

// execute runs driftmgr, whatever comes of it.
func execute(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Main(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: os.Getenv})
	return out.String(), errs.String(), code
}

func detect(t *testing.T, state string, args ...string) *drift.Report {
	t.Helper()
	out, code := run(t, append([]string{"detect", state, "--output", "json"}, args...)...)
	var r drift.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	codes := map[drift.Verdict]int{drift.Clean: 0, drift.Drift: 2, drift.Incomplete: 3}
	if want := codes[r.Verdict]; code != want {
		t.Errorf("exit code %d for the verdict %s, want %d", code, r.Verdict, want)
	}
	return &r
}

// finding is the part of one that Terraform's verdict has as well.
type finding struct {
	what  string // kind and address, or kind and type of what is unmanaged
	paths string // top-level paths
}

// told are the findings other than unchecked.
func told(r *drift.Report) []finding {
	var out []finding
	for _, f := range r.Findings {
		if f.Kind == drift.Unchecked {
			continue
		}
		name := f.Address
		if name == "" {
			name = f.Type
		}
		var paths []string
		for _, c := range f.Changes {
			top := c.Path
			if i := strings.IndexAny(top, ".["); i >= 0 {
				top = top[:i]
			}
			if !slices.Contains(paths, top) {
				paths = append(paths, top)
			}
		}
		slices.Sort(paths)
		out = append(out, finding{string(f.Kind) + " " + name, strings.Join(paths, " ")})
	}
	return out
}

// wanted reads Terraform's verdict on a mutation the way testdata/gold/README.md
// says: without computed paths, a tag once, an element of a parent once and on
// the child that owns it, and only for types that have a reader.
func wanted(t *testing.T, mut mutation) []finding {
	t.Helper()
	var verdict []struct {
		Address string
		Kind    string
		Paths   []struct {
			Path     string
			Computed bool
		}
	}
	data, err := os.ReadFile(filepath.Join(gold, "expected", mut.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &verdict); err != nil {
		t.Fatal(err)
	}
	supported := supportedTypes()
	var out []finding
	for _, v := range verdict {
		typ, _, _ := strings.Cut(v.Address, ".")
		if slices.Contains(mut.onChild, v.Address) || !supported[typ] {
			continue
		}
		var paths []string
		for _, p := range v.Paths {
			if !p.Computed && p.Path != "tags_all" {
				paths = append(paths, p.Path)
			}
		}
		if v.Kind == "missing" || len(paths) > 0 {
			slices.Sort(paths)
			out = append(out, finding{v.Kind + " " + v.Address, strings.Join(paths, " ")})
		}
	}
	for _, typ := range mut.unmanaged {
		out = append(out, finding{what: "unmanaged " + typ})
	}
	if len(out) == 0 && mut.name != "bucket_policy_reordered" {
		t.Fatalf("nothing is wanted of %s: its type has lost its reader", mut.name)
	}
	return out
}

func compareFindings(t *testing.T, want, got []finding) {
	t.Helper()
	for _, w := range want {
		if i := slices.Index(got, w); i >= 0 {
			got = slices.Delete(got, i, i+1)
			continue
		}
		t.Errorf("not told: %s [%s]", w.what, w.paths)
	}
	for _, g := range got {
		t.Errorf("told and not so: %s [%s]", g.what, g.paths)
	}
}

// onlyUnsupported proves that nothing was left unchecked but types without a
// reader.
func onlyUnsupported(t *testing.T, r *drift.Report) {
	t.Helper()
	supported := supportedTypes()
	for _, f := range r.Findings {
		if f.Kind == drift.Unchecked && supported[f.Type] {
			t.Errorf("unchecked: %s %s: %s", f.Type, f.Address, f.Reason)
		}
	}
}

func supportedTypes() map[string]bool {
	supported := map[string]bool{}
	for _, typ := range aws.New(aws.Options{Stats: &provider.Stats{}}).Types() {
		supported[typ.Name] = true
	}
	return supported
}
