package remediate

import (
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate/code"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// planned makes the steps of what Terraform says for proposals.
func planned(mode Mode, saved *terraform.Planned, hints map[string][]string, proposals ...Proposal) ([]Step, []Left) {
	b := &builder{}
	s := &planner{builder: b, saved: saved, hints: hints, State: State{Mode: mode}}
	s.steps(proposals)
	return s.Steps, b.draft.Manifest.Left
}

func TestStepsOfAPlan(t *testing.T) {
	changed, missing, unmanaged := found(drift.Changed, "aws_instance.a"), found(drift.Missing, "aws_instance.b"), found(drift.Unmanaged, "")
	unmanaged.Address = "aws_vpc.imported"
	also := found(drift.Changed, "aws_instance.same")
	saved := &terraform.Planned{Changes: []terraform.Change{
		{Address: "aws_vpc.imported", Type: "aws_vpc", Actions: []string{"no-op"}, Imported: "vpc-1"},
		{Address: "aws_instance.b", Type: "aws_instance", Actions: []string{"create"}, After: map[string]any{"ami": "x"}},
		{Address: "aws_instance.a", Type: "aws_instance", Actions: []string{"delete", "create"}, Before: map[string]any{"ami": "x"}, After: map[string]any{"ami": "y"}, Replaces: []any{[]any{"ami"}}},
		{Address: "aws_eip.a", Type: "aws_eip", Actions: []string{"update"}, Before: map[string]any{"instance": "x"}, After: map[string]any{"instance": "y"}},
		{Address: "aws_vpc.dependency", Type: "aws_vpc", Actions: []string{"no-op"}},
		{Address: "aws_instance.same", Type: "aws_instance", Actions: []string{"no-op"}},
	}}
	steps, left := planned(Normal, saved, map[string][]string{"aws_instance.b": {"by hand"}},
		Proposal{Finding: changed, Strategy: Revert}, Proposal{Finding: missing, Strategy: Recreate}, Proposal{Finding: unmanaged, Strategy: Import}, Proposal{Finding: also, Strategy: Revert})
	var got []string
	for _, s := range steps {
		got = append(got, strings.Join([]string{s.Address, string(s.Strategy), strings.Join(s.Actions, "+"), string(s.Risk), strings.Join(s.Reasons, ","), strings.Join(s.Warnings, ","), strings.Join(s.Hints, ","), shown(s.Changes)}, " | "))
	}
	want := []string{
		`aws_eip.a | along | update | medium | changes it in place,network exposure | comes along: what was proposed depends on it |  | instance  "x" → "y"`,
		`aws_instance.a | revert | delete+create | high | replaces the resource,data is lost with it | REPLACES the resource: it is destroyed and created anew, for ami,what it holds is LOST with it |  | ami  "x" → "y"  (takes a replacement)`,
		`aws_instance.b | recreate | create | medium | creates the resource |  | by hand | ami  (none) → "x"`,
		`aws_vpc.imported | import | import | low | from then on the code decides about it |  |  | `,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if f := steps[3].Finding; f == nil || f.Address != "" || f.ImportID != "vpc-1" {
		t.Errorf("the finding of the import: %+v", f)
	}
	if len(left) != 1 || left[0].Finding.Address != "aws_instance.same" || !strings.HasPrefix(left[0].Reason, "Terraform sees nothing to do about it: ") {
		t.Errorf("left: %+v", left)
	}
}

// What is imported and differs from the code is changed as well, and that is told.
func TestStepOfAnImportThatChanges(t *testing.T) {
	f := found(drift.Unmanaged, "")
	f.Address = "aws_security_group.a"
	f.Type = "aws_security_group"
	steps, _ := planned(Normal, &terraform.Planned{Changes: []terraform.Change{{
		Address: f.Address, Type: f.Type, Actions: []string{"update"}, Imported: "sg-1",
		Before: map[string]any{"ingress": []any{}}, After: map[string]any{"ingress": []any{"x"}},
	}}}, nil, Proposal{Finding: f, Strategy: Import})
	if len(steps) != 1 || !slices.Equal(steps[0].Actions, []string{"import", "update"}) || steps[0].Risk != Medium || len(steps[0].Changes) != 1 {
		t.Errorf("%+v", steps)
	}
}

func TestStepsOfARefreshOnlyPlan(t *testing.T) {
	accept, adopt, forget, none := found(drift.Changed, "aws_instance.a"), found(drift.Changed, "aws_instance.b"), found(drift.Missing, "aws_db_instance.c"), found(drift.Changed, "aws_instance.d")
	saved := &terraform.Planned{
		Changes: []terraform.Change{{Address: "aws_instance.a", Type: "aws_instance", Actions: []string{"update"}}}, // which a refresh-only plan does not do
		Drift: []terraform.Change{
			{Address: "aws_instance.a", Type: "aws_instance", Actions: []string{"update"}, Before: map[string]any{"ami": "x"}, After: map[string]any{"ami": "y"}},
			{Address: "aws_instance.b", Type: "aws_instance", Actions: []string{"update"}, Before: map[string]any{"iam_instance_profile": "x"}, After: map[string]any{"iam_instance_profile": "y"}},
			{Address: "aws_db_instance.c", Type: "aws_db_instance", Actions: []string{"delete"}, Before: map[string]any{"engine": "x"}},
			{Address: "aws_eip.e", Type: "aws_eip", Actions: []string{"delete"}},
		},
	}
	steps, left := planned(RefreshOnly, saved, map[string][]string{"aws_instance.d": {"main.tf:1: by hand"}},
		Proposal{Finding: accept, Strategy: Accept}, Proposal{Finding: adopt, Strategy: Adopt}, Proposal{Finding: forget, Strategy: Forget}, Proposal{Finding: none, Strategy: Adopt})
	var got []string
	for _, s := range steps {
		got = append(got, strings.Join([]string{s.Address, string(s.Strategy), string(s.Risk), strings.Join(s.Reasons, ","), strings.Join(s.Warnings, ","), shown(s.Changes)}, " | "))
	}
	want := []string{
		`aws_db_instance.c | forget | low | takes it out of the state | the code stays as it is: what it says otherwise, the next terraform apply reverts | `,
		`aws_eip.e | along | low | takes it out of the state | comes along: what was proposed depends on it | `,
		`aws_instance.a | accept | low | takes the change for right | the code stays as it is: what it says otherwise, the next terraform apply reverts | ami  "x" → "y"`,
		`aws_instance.b | adopt | medium | identity and access | the code stays as it is: what it says otherwise, the next terraform apply reverts | iam_instance_profile  "x" → "y"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(left) != 1 || left[0].Finding.Address != "aws_instance.d" || left[0].Reason != "Terraform sees no difference between its state and the cloud" || !slices.Equal(left[0].Hints, []string{"main.tf:1: by hand"}) {
		t.Errorf("left: %+v", left)
	}
}

func TestDangers(t *testing.T) {
	tests := []struct {
		name    string
		typ     string
		actions []string
		changes []Change
		want    []string
	}{
		{"update", "aws_db_instance", []string{"update"}, nil, nil},
		{"create", "aws_db_instance", []string{"create"}, nil, nil},
		{"destroy", "aws_lb", []string{"delete"}, nil, []string{"DESTROYS the resource"}},
		{"destroy data", "aws_s3_bucket", []string{"delete"}, nil, []string{"DESTROYS the resource", "what it holds is LOST with it"}},
		{"replace", "aws_lb", []string{"delete", "create"}, nil, []string{"REPLACES the resource: it is destroyed and created anew"}},
		{"replace, created first", "aws_lb", []string{"create", "delete"}, []Change{{Path: "name", Replaces: true}, {Path: "x"}, {Path: "internal", Replaces: true}}, []string{"REPLACES the resource: it is destroyed and created anew, for name, internal"}},
		{"replace data", "aws_ebs_volume", []string{"delete", "create"}, []Change{{Path: "encrypted", Replaces: true}}, []string{"REPLACES the resource: it is destroyed and created anew, for encrypted", "what it holds is LOST with it"}},
	}
	for _, tt := range tests {
		if got := dangers(terraform.Change{Type: tt.typ, Actions: tt.actions}, Step{Changes: tt.changes}); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// One saved plan has one mode: what changes the cloud goes first.
func TestSplit(t *testing.T) {
	p := func(all ...Strategy) (out []Proposal) {
		for _, s := range all {
			out = append(out, Proposal{Strategy: s})
		}
		return out
	}
	for _, tt := range []struct{ all, now, later []Proposal }{
		{p(), nil, nil},
		{p(Revert, Import), p(Revert, Import), nil},
		{p(Accept, Forget, Adopt), p(Accept, Forget, Adopt), nil},
		{p(Accept, Revert, Adopt, Recreate), p(Revert, Recreate), p(Accept, Adopt)},
	} {
		now, later := split(tt.all)
		if !same(now, tt.now) || !same(later, tt.later) {
			t.Errorf("%+v: now %+v, later %+v", tt.all, now, later)
		}
	}
}

func TestSource(t *testing.T) {
	b := &builder{Request: Request{Modules: map[string]Module{"envs/prod": {}, "envs/new": {}}}}
	for _, tt := range []struct {
		name string
		into string
		p    Proposal
		want string
		left string
	}{
		{"with its code", "", Proposal{Finding: drift.Finding{Kind: drift.Changed, Source: "envs/prod"}}, "envs/prod", ""},
		{"without", "", Proposal{Finding: drift.Finding{Kind: drift.Changed, Source: "s3://b/k"}}, "s3://b/k", "the code of s3://b/k is not at hand: name the directory that it is in, in place of the state"},
		{"import", "envs/new", Proposal{Finding: drift.Finding{Kind: drift.Unmanaged}}, "envs/new", ""},
		{"import into nothing", "", Proposal{Finding: drift.Finding{Kind: drift.Unmanaged}}, "", "no state is named to import it into: use --into DIRECTORY"},
		{"import that is left anyway", "", Proposal{Finding: drift.Finding{Kind: drift.Unmanaged}, Left: "it was asked to be left"}, "", "it was asked to be left"},
	} {
		b.Into = tt.into
		if got := b.source(&tt.p); got != tt.want || tt.p.Left != tt.left {
			t.Errorf("%s: %q, left %q", tt.name, got, tt.p.Left)
		}
	}
}

// What is left has no address that it would only have got.
func TestLeave(t *testing.T) {
	b := &builder{}
	f := found(drift.Unmanaged, "")
	f.Address = "aws_vpc.imported"
	b.leave(Proposal{Finding: f, Strategy: Import}, "no")
	b.leave(Proposal{Finding: found(drift.Missing, "aws_vpc.b"), Strategy: Recreate}, "no", "hint")
	left := b.draft.Manifest.Left
	if Name(left[0].Finding) != "aws_vpc/vpc-1" || Name(left[1].Finding) != "aws_vpc.b" || len(left[1].Hints) != 1 {
		t.Errorf("%+v", left)
	}
}

func TestVarFilesOfAModule(t *testing.T) {
	s := &planner{
		builder: &builder{Request: Request{Modules: map[string]Module{"envs/prod": {VarFiles: []string{"envs/prod/a.tfvars", "b.tfvars", "/etc/c.tfvars", `envs\prod\d.tfvars`}}}}},
		State:   State{Source: "envs/prod"},
		files:   code.Files{"a.tfvars": nil, "b.tfvars": nil, "d.tfvars": nil, "main.tf": nil},
	}
	if got, want := s.varFiles(), []string{"a.tfvars", "b.tfvars", "d.tfvars"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What an import would change is kept: secrets, and what the cloud has a value of.
func TestAltered(t *testing.T) {
	secret := map[string]any{"password": true, "master": []any{map[string]any{"key": true}}}
	p := &terraform.Planned{Changes: []terraform.Change{
		{Address: "a.imported", Imported: "1", Before: map[string]any{"password": "x", "name": "a", "master": []any{map[string]any{"key": "x", "kind": "y"}}}, After: map[string]any{"password": nil, "name": "b", "force": false, "tags_all": map[string]any{"a": "b"}, "master": []any{map[string]any{"key": nil, "kind": "z"}}}, BeforeSensitive: secret},
		{Address: "a.other", Before: map[string]any{"password": "x"}, After: map[string]any{"password": "y"}, BeforeSensitive: secret},
		{Address: "a.same", Imported: "2", Before: map[string]any{"password": "x"}, After: map[string]any{"password": "x"}, BeforeSensitive: secret},
	}}
	got := altered(p)
	if len(got) != 1 || !slices.Equal(got["a.imported"], []string{"master", "name", "password"}) {
		t.Errorf("%v", got)
	}
}

func TestReadModule(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"main.tf", "prod.tfvars", "x.tf.json", "x.tofu", "x.tofu.json", "y.auto.tfvars.json", "README.md", ".hidden.tf", "terraform.tfstate", "main.tf~", "sub/main.tf"} {
		put(t, dir+"/"+name, name)
	}
	put(t, dir+"/folder.tf/x", "")
	files, err := readModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sortedKeys(files), []string{"main.tf", "prod.tfvars", "x.tf.json", "x.tofu", "x.tofu.json", "y.auto.tfvars.json"}; !slices.Equal(got, want) || string(files["main.tf"]) != "main.tf" {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := readModule(dir + "/none"); err == nil || !strings.HasPrefix(err.Error(), "read the code: ") {
		t.Error(err)
	}
}
