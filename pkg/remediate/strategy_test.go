package remediate

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"aws_vpc.main", "aws_vpc.main", true},
		{"aws_vpc.main", "aws_vpc.main2", false},
		{"aws_vpc.main", "module.a.aws_vpc.main", false},
		{"*", "", true},
		{"*", "aws_vpc.main", true},
		{"**", "aws_vpc.main", true},
		{"", "", true},
		{"", "a", false},
		{"module.app.*", "module.app.aws_vpc.main", true},
		{"module.app.*", "module.apply.aws_vpc.main", false},
		{"*.main", "aws_vpc.main", true},
		{"*.main", "aws_vpc.main[0]", false},
		{"aws_*.main", "aws_vpc.main", true},
		{"aws_*_rule.*", "aws_security_group_rule.a", true},
		{"aws_*_rule.*", "aws_security_group.a", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false}, // one letter is not both ends
		{"ab*ba", "aba", false},
		{`aws_vpc.a["x*y"]`, `aws_vpc.a["x-y"]`, true},
		{"aws_vpc.?ain", "aws_vpc.main", false},
		{"aws_vpc.a[0]", "aws_vpc.a[0]", true},
		{"AWS_vpc.*", "aws_vpc.main", false},
	}
	for _, tt := range tests {
		if got := matches(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

// found is a finding of a kind.
func found(kind drift.Kind, address string) drift.Finding {
	f := drift.Finding{Kind: kind, Address: address, Type: "aws_vpc", ID: "vpc-1", Source: "prod.tfstate"}
	switch kind {
	case drift.Changed:
		f.Changes = []drift.Change{{Path: "cidr_block", Before: "10.0.0.0/16", After: "10.1.0.0/16"}}
	case drift.Unmanaged:
		f.Address, f.Source, f.ImportID = "", "", "vpc-1"
	case drift.Unchecked:
		f.Reason = "access denied"
	}
	return f
}

// Every strategy for every kind.
func TestProposeEveryStrategy(t *testing.T) {
	fitting := map[Strategy][]drift.Kind{
		Revert:   {drift.Changed},
		Adopt:    {drift.Changed},
		Accept:   {drift.Changed, drift.Missing},
		Recreate: {drift.Missing},
		Forget:   {drift.Missing},
		Import:   {drift.Unmanaged},
		Leave:    {},
	}
	modes := map[Strategy]Mode{Revert: Normal, Recreate: Normal, Import: Normal, Accept: RefreshOnly, Adopt: RefreshOnly, Forget: RefreshOnly, Leave: Normal}
	if len(fitting) != len(Strategies()) {
		t.Fatal("the table lacks a strategy")
	}
	for _, s := range Strategies() {
		if got := s.mode(); got != modes[s] {
			t.Errorf("%s is planned %s, want %s", s, got, modes[s])
		}
		for _, kind := range drift.Kinds() {
			name := string(s) + " of " + string(kind)
			got := Propose(&drift.Report{Findings: []drift.Finding{found(kind, "aws_vpc.a")}}, Choice{Strategies: []Strategy{s}})
			if kind == drift.Unchecked {
				if len(got) != 0 {
					t.Errorf("%s: what was not checked is proposed: %+v", name, got)
				}
				continue
			}
			if len(got) != 1 {
				t.Errorf("%s: %d proposals", name, len(got))
				continue
			}
			want, left := s, ""
			switch {
			case s == Leave:
				left = "it was asked to be left"
			case !contains(fitting[s], kind):
				want, left = Leave, "no strategy was named for what is "+string(kind)
			}
			if got[0].Strategy != want || got[0].Left != left {
				t.Errorf("%s: %s, left %q; want %s, %q", name, got[0].Strategy, got[0].Left, want, left)
			}
		}
	}
}

func contains(kinds []drift.Kind, kind drift.Kind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

func TestPropose(t *testing.T) {
	changed, missing, unmanaged := found(drift.Changed, "aws_vpc.a"), found(drift.Missing, "aws_vpc.b[0]"), found(drift.Unmanaged, "")
	noID := unmanaged
	noID.ImportID = ""
	deposed := found(drift.Missing, `aws_vpc.c["x"] (deposed 0123abcd)`)
	keyed := found(drift.Missing, `aws_vpc.c[" (deposed 0123abcd)"]`)
	all := []drift.Finding{changed, missing, unmanaged, found(drift.Unchecked, "aws_vpc.d")}
	tests := []struct {
		name     string
		findings []drift.Finding
		choice   Choice
		want     string
	}{
		{"defaults", all, Choice{}, "revert aws_vpc.a, recreate aws_vpc.b[0], import aws_vpc/vpc-1"},
		{"the first that fits", all, Choice{Strategies: []Strategy{Adopt, Accept, Revert}}, "adopt aws_vpc.a, accept aws_vpc.b[0], leave aws_vpc/vpc-1: no strategy was named for what is unmanaged"},
		{"one address otherwise", all, Choice{For: []Exception{{"aws_vpc.a", Adopt}}}, "adopt aws_vpc.a, recreate aws_vpc.b[0], import aws_vpc/vpc-1"},
		{"the last exception counts", all, Choice{For: []Exception{{"aws_vpc.*", Leave}, {"aws_vpc.a", Accept}}}, "accept aws_vpc.a, leave aws_vpc.b[0]: it was asked to be left, import aws_vpc/vpc-1"},
		{"the last exception counts, even if it is wider", all, Choice{For: []Exception{{"aws_vpc.a", Adopt}, {"*", Leave}}}, "leave aws_vpc.a: it was asked to be left, leave aws_vpc.b[0]: it was asked to be left, leave aws_vpc/vpc-1: it was asked to be left"},
		{"an exception that does not fit is told, not exchanged", all, Choice{For: []Exception{{"aws_vpc.b*", Adopt}, {"aws_vpc/*", Revert}}}, "revert aws_vpc.a, adopt aws_vpc.b[0]: adopt is no strategy for what is missing, revert aws_vpc/vpc-1: revert is no strategy for what is unmanaged"},
		{"unmanaged by type and id", all, Choice{For: []Exception{{"aws_vpc/vpc-1", Leave}}}, "revert aws_vpc.a, recreate aws_vpc.b[0], leave aws_vpc/vpc-1: it was asked to be left"},
		{"only some", all, Choice{Only: []string{"aws_vpc.b*", "aws_vpc/vpc-1"}}, "recreate aws_vpc.b[0], import aws_vpc/vpc-1"},
		{"only what is not there", all, Choice{Only: []string{"aws_subnet.*"}}, ""},
		{"no import id", []drift.Finding{noID}, Choice{}, "import aws_vpc/vpc-1: Terraform cannot import it, or the id that it would take is not known"},
		{"deposed", []drift.Finding{deposed}, Choice{}, `recreate aws_vpc.c["x"] (deposed 0123abcd): it is a deposed object: terraform apply deletes it`},
		{"deposed only by its key", []drift.Finding{keyed}, Choice{}, `recreate aws_vpc.c[" (deposed 0123abcd)"]`},
		{"nothing found", nil, Choice{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range Propose(&drift.Report{Findings: tt.findings}, tt.choice) {
				text := string(p.Strategy) + " " + Name(p.Finding)
				if p.Left != "" {
					text += ": " + p.Left
				}
				got = append(got, text)
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestParseStrategy(t *testing.T) {
	for _, s := range Strategies() {
		if got, err := ParseStrategy(string(s)); err != nil || got != s {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "along", "Revert", " revert", "destroy"} {
		_, err := ParseStrategy(name)
		if want := "use one of revert, recreate, import, accept, adopt, forget, leave"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestParseException(t *testing.T) {
	tests := []struct {
		text    string
		want    Exception
		problem string
	}{
		{text: "aws_vpc.a=adopt", want: Exception{"aws_vpc.a", Adopt}},
		{text: `aws_vpc.a["x=y"]=leave`, want: Exception{`aws_vpc.a["x=y"]`, Leave}},
		{text: "*=accept", want: Exception{"*", Accept}},
		{text: "aws_vpc.a", problem: "write it as ADDRESS=STRATEGY"},
		{text: "=adopt", problem: "write it as ADDRESS=STRATEGY"},
		{text: "", problem: "write it as ADDRESS=STRATEGY"},
		{text: "aws_vpc.a=", problem: "use one of"},
		{text: `aws_vpc.a["x=y"]`, problem: "use one of"},
		{text: "aws_vpc.a=along", problem: "use one of"},
	}
	for _, tt := range tests {
		got, err := ParseException(tt.text)
		if tt.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%q: %v, want %s", tt.text, err, tt.problem)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v", tt.text, got, err)
		}
	}
}

func FuzzParseException(f *testing.F) {
	for _, text := range []string{"aws_vpc.a=adopt", `a["="]=leave`, "=", "", "a=b=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseException(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: the error has two lines: %q", text, err)
			}
			return
		}
		if back := e.Pattern + "=" + string(e.Strategy); back != text {
			t.Errorf("%q was read as %q", text, back)
		}
		if _, err := ParseStrategy(string(e.Strategy)); err != nil || e.Pattern == "" {
			t.Errorf("%q: %+v", text, e)
		}
		if name := strings.ReplaceAll(e.Pattern, "*", ""); !matches(e.Pattern, name) || !matches(name, name) {
			t.Errorf("%q does not match itself without its stars", e.Pattern)
		}
	})
}
