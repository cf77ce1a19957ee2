package remediate

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

func TestResults(t *testing.T) {
	observed := found(drift.Changed, "aws_vpc.a")
	unmanaged := found(drift.Unmanaged, "")
	revert := Step{Address: "aws_vpc.a", Type: "aws_vpc", Strategy: Revert, Finding: &observed}
	imports := Step{Address: "aws_vpc.new", Type: "aws_vpc", Strategy: Import, Finding: &unmanaged}
	along := Step{Address: "aws_eip.a", Type: "aws_eip", Strategy: Along}
	blind := func(typ string) drift.Finding {
		return drift.Finding{Kind: drift.Unchecked, Type: typ, Reason: "access denied"}
	}
	other := unmanaged
	other.ID = "vpc-2"
	tests := []struct {
		name     string
		step     Step
		findings []drift.Finding
		want     StepOutcome
	}{
		{"nothing is left", revert, nil, StepOutcome{"aws_vpc.a", Fixed, ""}},
		{"still changed", revert, []drift.Finding{found(drift.Changed, "aws_vpc.a")}, StepOutcome{"aws_vpc.a", NotFixed, "still changed: cidr_block"}},
		{"gone instead", revert, []drift.Finding{found(drift.Missing, "aws_vpc.a")}, StepOutcome{"aws_vpc.a", NotFixed, "still missing"}},
		{"another one", revert, []drift.Finding{found(drift.Changed, "aws_vpc.b"), found(drift.Changed, "module.x.aws_vpc.a")}, StepOutcome{"aws_vpc.a", Fixed, ""}},
		{"not checked", revert, []drift.Finding{found(drift.Unchecked, "aws_vpc.a")}, StepOutcome{"aws_vpc.a", NotChecked, "access denied"}},
		{"its type was not listed", revert, []drift.Finding{blind("aws_vpc")}, StepOutcome{"aws_vpc.a", NotChecked, "access denied"}},
		{"another type was not listed", revert, []drift.Finding{blind("aws_subnet")}, StepOutcome{"aws_vpc.a", Fixed, ""}},
		{"the state was not read", revert, []drift.Finding{blind("")}, StepOutcome{"aws_vpc.a", NotChecked, "access denied"}},
		{"changed, and its type was listed in part", revert, []drift.Finding{found(drift.Changed, "aws_vpc.a"), blind("aws_vpc")}, StepOutcome{"aws_vpc.a", NotFixed, "still changed: cidr_block"}},
		{"imported", imports, nil, StepOutcome{"aws_vpc.new", Fixed, ""}},
		{"still managed by nobody", imports, []drift.Finding{unmanaged}, StepOutcome{"aws_vpc.new", NotFixed, "still unmanaged"}},
		{"imported, and differs", imports, []drift.Finding{found(drift.Changed, "aws_vpc.new")}, StepOutcome{"aws_vpc.new", NotFixed, "still changed: cidr_block"}},
		{"another one is managed by nobody", imports, []drift.Finding{other}, StepOutcome{"aws_vpc.new", Fixed, ""}},
		{"comes along", along, nil, StepOutcome{"aws_eip.a", Fixed, ""}},
		{"comes along, and something is managed by nobody", along, []drift.Finding{unmanaged}, StepOutcome{"aws_eip.a", Fixed, ""}},
		{"comes along, and differs", along, []drift.Finding{found(drift.Changed, "aws_eip.a")}, StepOutcome{"aws_eip.a", NotFixed, "still changed: cidr_block"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := results([]Step{tt.step}, &drift.Report{Findings: tt.findings})
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	all := results([]Step{revert, imports, along}, &drift.Report{Findings: []drift.Finding{found(drift.Changed, "aws_vpc.a"), unmanaged}})
	blinded := unchecked([]Step{revert, along}, errors.New("no credentials"))
	count := (&Outcome{States: []StateOutcome{{Steps: all}, {Steps: blinded}, {}}}).Results()
	if count[Fixed] != 1 || count[NotFixed] != 2 || count[NotChecked] != 2 {
		t.Errorf("%v", count)
	}
}

func TestDiffers(t *testing.T) {
	was := found(drift.Changed, "aws_vpc.a")
	was.Changes = []drift.Change{
		{Path: "cidr_block", Before: "10.0.0.0/16", After: "10.1.0.0/16"},
		{Path: "owner", Before: json.Number("9007199254740993"), After: nil},
		{Path: "secret", Sensitive: true},
	}
	changed := func(change func(*drift.Finding)) []drift.Finding {
		f := was
		f.Changes = append([]drift.Change(nil), was.Changes...)
		change(&f)
		return []drift.Finding{f}
	}
	unmanaged := found(drift.Unmanaged, "")
	tests := []struct {
		name string
		was  drift.Finding
		now  []drift.Finding
		want string
	}{
		{"the same", was, changed(func(*drift.Finding) {}), ""},
		{"the same, from another way to name the state", was, changed(func(f *drift.Finding) { f.Source = "pull:envs/prod" }), ""},
		{"gone", was, nil, "there is nothing to tell of it any more"},
		{"another one", was, []drift.Finding{found(drift.Changed, "aws_vpc.b")}, "there is nothing to tell of it any more"},
		{"another type under its name", was, changed(func(f *drift.Finding) { f.Type = "aws_subnet" }), "there is nothing to tell of it any more"},
		{"missing by now", was, []drift.Finding{found(drift.Missing, "aws_vpc.a")}, "it was changed, and is missing now"},
		{"not checked by now", was, []drift.Finding{found(drift.Unchecked, "aws_vpc.a")}, "it was changed, and is unchecked now"},
		{"another value", was, changed(func(f *drift.Finding) { f.Changes[0].After = "10.2.0.0/16" }), "cidr_block is not what it was"},
		{"a number that a float does not tell apart", was, changed(func(f *drift.Finding) { f.Changes[1].Before = json.Number("9007199254740992") }), "owner is not what it was"},
		{"one more change", was, changed(func(f *drift.Finding) { f.Changes = append(f.Changes, drift.Change{Path: "tags.x"}) }), "tags.x is not what it was"},
		{"one change less", was, changed(func(f *drift.Finding) { f.Changes = f.Changes[:2] }), "secret differs no longer"},
		{"no secret any more", was, changed(func(f *drift.Finding) { f.Changes[2].Sensitive = false }), "secret is not what it was"},
		{"another one in the cloud", was, changed(func(f *drift.Finding) { f.ID = "vpc-9" }), "it is not what it was"},
		{"elsewhere", was, changed(func(f *drift.Finding) { f.Region = "eu-west-9" }), "it is not what it was"},
		{"unmanaged, the same", unmanaged, []drift.Finding{was, unmanaged}, ""},
		{"unmanaged, managed by now", unmanaged, []drift.Finding{was}, "there is nothing to tell of it any more"},
		{"unmanaged, imported otherwise", unmanaged, []drift.Finding{{Kind: drift.Unmanaged, Type: "aws_vpc", ID: "vpc-1", ImportID: "x"}}, "it is not what it was"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// As the manifest keeps it.
			d := everything()
			d.Manifest.States[0].Steps[2].Finding = &tt.was
			if tt.was.Kind == drift.Unmanaged {
				d.Manifest.States[0].Steps[2].Strategy = Import
			}
			dir, _ := stored(t, d)
			if got := differs(opened(t, dir).Manifest.States[0].Steps[2], &drift.Report{Findings: tt.now}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDue(t *testing.T) {
	step := func(s Strategy) Step { return Step{Strategy: s} }
	tests := []struct {
		name    string
		steps   []Step
		results []Result
		want    bool
	}{
		{"an import that is done", []Step{step(Import), step(Revert)}, []Result{Fixed, NotFixed}, true},
		{"one of two imports", []Step{step(Import), step(Import)}, []Result{NotFixed, Fixed}, true},
		{"no import of two", []Step{step(Import), step(Import)}, []Result{NotFixed, NotChecked}, false},
		{"all is done", []Step{step(Adopt), step(Forget)}, []Result{Fixed, Fixed}, true},
		{"one is left", []Step{step(Adopt), step(Forget)}, []Result{Fixed, NotFixed}, false},
		{"one is not known", []Step{step(Adopt), step(Forget)}, []Result{Fixed, NotChecked}, false},
		{"a revert beside an import that is not done", []Step{step(Import), step(Revert)}, []Result{NotFixed, Fixed}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &run{State: State{Steps: tt.steps}}
			for _, result := range tt.results {
				r.out.Steps = append(r.out.Steps, StepOutcome{Result: result})
			}
			if got := r.due(); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	cause := errors.New("the lock is held")
	var err error = &Refused{[]error{errors.New("one"), cause}}
	if err.Error() != "refused, nothing was changed: one; the lock is held" || !errors.Is(err, cause) {
		t.Error(err)
	}
}

// What speaks against an apply before Terraform is even looked for.
func TestRunRefuses(t *testing.T) {
	untouched := &Apply{
		Open: func(context.Context, State) (*terraform.Root, error) {
			t.Error("a module was opened")
			return nil, errors.New("no")
		},
		Detect: func(context.Context, State) (*drift.Report, error) {
			t.Error("the clouds were asked")
			return nil, errors.New("no")
		},
		Audit: func(string, string) error { t.Error("it was started"); return nil },
		Now:   func() time.Time { return noon },
		Show:  func(string) {},
	}
	run := func(t *testing.T, s *Sealed, p Policy, want string) {
		t.Helper()
		a := *untouched
		a.Plan, a.Policy = s, p
		out, err := a.Run(t.Context())
		var refused *Refused
		if out != nil || !errors.As(err, &refused) || err.Error() != "refused, nothing was changed: "+want {
			t.Errorf("got  %+v, %v\nwant %s", out, err, want)
		}
	}
	dir, _ := stored(t, everything())
	s := opened(t, dir)
	run(t, s, Policy{Approvals: 1, MaxRisk: High}, "0 of 1 approvals: driftmgr remediate approve")
	run(t, s, Policy{MaxRisk: Medium}, "aws_db_instance.main: the risk is high (replaces the resource, data is lost with it), and remediation.max_risk_level is medium")
	j, err := s.journal()
	if err != nil {
		t.Fatal(err)
	}
	for i := range j.States {
		if err := s.mark(j, i, Done, noon); err != nil {
			t.Fatal(err)
		}
	}
	run(t, s, Policy{MaxRisk: High}, "the plan was applied already")
	if got := names(t, dir); got != "journal.json lock manifest.json state-1 state-2" {
		t.Errorf("the folder has %s", got)
	}
}

// When one state is refused, no code waits to be written for any other.
func TestRunRefusesBeforeAnythingIsWritten(t *testing.T) {
	s, st, module := module(t)
	j, err := s.journal()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(st); err != nil {
		t.Fatal(err)
	}
	if err := s.mark(j, 0, Done, noon); err != nil {
		t.Fatal(err)
	}
	a := &Apply{
		Plan: s, Policy: Policy{MaxRisk: High}, Now: func() time.Time { return noon }, Show: func(string) {},
		Open:  func(context.Context, State) (*terraform.Root, error) { return nil, errors.New("no terraform") },
		Audit: func(string, string) error { return nil },
	}
	if _, err := a.Run(t.Context()); err == nil || err.Error() != "refused, nothing was changed: no terraform" {
		t.Error(err)
	}
	if got := names(t, module); got != "main.tf" {
		t.Errorf("left in %s: %s", filepath.Base(module), got)
	}
}

func TestProgress(t *testing.T) {
	for want, p := range map[string]terraform.Progress{"aws_vpc.a: create…": {Address: "aws_vpc.a", Text: "create…"}, "warming up": {Text: "warming up"}} {
		if got := progress(p); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		a, b any
		want bool
	}{
		{1.0, json.Number("1"), true}, {1, 1.0, true}, {"1", 1, false}, {nil, nil, true}, {nil, "", false},
		{map[string]any{"a": 1, "b": 2}, map[string]any{"b": 2, "a": 1}, true}, {func() {}, func() {}, false},
	} {
		if got := same(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v: %v", tt.a, tt.b, got)
		}
	}
}
