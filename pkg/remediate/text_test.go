package remediate

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		put(t, file, got)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: write it with go test ./pkg/remediate -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs, refresh it with go test ./pkg/remediate -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func text(t *testing.T, m *Manifest, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, m, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// many is a plan that leaves a lot.
func many(n int) *Manifest {
	m := &Manifest{ID: "20260513T120000Z-0ddba1", Created: noon, Author: "ann@laptop", Driftmgr: "1.4.0", Risk: NoRisk}
	for i := range n {
		m.Left = append(m.Left, Left{Finding: drift.Finding{Kind: drift.Missing, Address: fmt.Sprintf("aws_vpc.v[%d]", i)}, Strategy: Recreate, Reason: "it was asked to be left"})
	}
	return m
}

// hostile is a plan in which every text would like to be something else.
func hostile() *Manifest {
	evil := "x\n\x1b[2J\x1b[31m\u202enothing\r to see\u009b1A"
	m := everything().Manifest
	m.ID, m.Author, m.Driftmgr = evil, evil, evil
	for i := range m.States {
		s := &m.States[i]
		s.Dir, s.Workspace, s.Outputs = evil, evil, []string{evil}
		for j := range s.Steps {
			p := &s.Steps[j]
			p.Address, p.Reasons, p.Warnings, p.Hints = evil, []string{evil}, []string{evil}, []string{evil}
			p.Changes = []Change{{Path: evil, Before: evil, After: map[string]any{evil: evil}}}
			if p.Finding != nil {
				f := *p.Finding
				f.ImportID = evil
				p.Finding = &f
			}
		}
		for j := range s.Edits {
			s.Edits[j].Path, s.Edits[j].Diff = evil, s.Edits[j].Diff+"+"+strings.ReplaceAll(evil, "\n", "\n+")+"\n"
		}
	}
	for i := range m.Left {
		m.Left[i].Reason, m.Left[i].Hints, m.Left[i].Finding.ID, m.Left[i].Finding.ImportID = evil, []string{evil}, evil, evil
		m.Left[i].Finding.Kind = drift.Kind(evil)
	}
	return &m
}

func TestText(t *testing.T) {
	whole := &everything().Manifest
	golden(t, "everything.txt", text(t, whole, TextOptions{}))
	golden(t, "everything-color.txt", text(t, whole, TextOptions{Color: true}))
	golden(t, "hostile.txt", text(t, hostile(), TextOptions{}))
	golden(t, "many.txt", text(t, many(30), TextOptions{}))
	golden(t, "nothing.txt", text(t, many(0), TextOptions{}))
}

var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colour adds nothing but colour, and takes nothing away.
func TestColor(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	for name, m := range map[string]*Manifest{"everything": &everything().Manifest, "hostile": hostile(), "many": many(30)} {
		plain, colored := text(t, m, TextOptions{}), text(t, m, TextOptions{Color: true})
		if strings.ContainsRune(plain, '\x1b') {
			t.Errorf("%s: there are escapes without colour", name)
		}
		if got := escape.ReplaceAllString(colored, ""); got != plain || got == colored {
			t.Errorf("%s: with colour it says\n%s\nand without\n%s", name, got, plain)
		}
	}
}

func TestTextLeavesNothingOut(t *testing.T) {
	out := text(t, &everything().Manifest, TextOptions{})
	for _, s := range everything().Manifest.Steps() {
		for _, want := range append(append([]string{s.Address, string(s.Risk)}, s.Warnings...), s.Hints...) {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not told", s.Address, want)
			}
		}
		for _, c := range s.Changes {
			if !strings.Contains(out, resource.Printable(c.Path)) {
				t.Errorf("%s: %s is not told", s.Address, c.Path)
			}
		}
	}
	for n, want := range map[int]int{maxLeft: maxLeft, maxLeft + 1: maxLeft + 1, maxLeft + 2: maxLeft} {
		if got := strings.Count(text(t, many(n), TextOptions{}), "aws_vpc.v["); got != want {
			t.Errorf("of %d findings %d are shown, want %d", n, got, want)
		}
		if got := strings.Count(text(t, many(n), TextOptions{All: true}), "aws_vpc.v["); got != n {
			t.Errorf("of %d findings %d are shown with --all", n, got)
		}
	}
}

// A line of code that looks like the head of a diff is one of code.
func TestDiffIsWhole(t *testing.T) {
	m := everything().Manifest
	m.States[0].Edits[0].Diff = "--- a/x.tf\n+++ b/x.tf\n@@ -1,2 +1,2 @@\n--- removed\n+++ added\n context\n"
	out := text(t, &m, TextOptions{})
	for _, want := range []string{"      --- removed\n", "      +++ added\n", "       context\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not told", want)
		}
	}
	if strings.Contains(out, "a/x.tf") {
		t.Error("the names of the diff are told")
	}
}

func TestOutcome(t *testing.T) {
	all := &Outcome{States: []StateOutcome{
		{Source: "envs/prod", Status: Done, Backup: "plans/p/backup/state-1-serial-41.tfstate", Written: []string{"envs/prod/imported.tf"}, Steps: []StepOutcome{
			{"aws_instance.web", Fixed, ""}, {"aws_sqs_queue.jobs", NotFixed, "still missing"}, {"aws_eip.web", NotChecked, "access denied\nallow ec2:DescribeAddresses"},
		}},
		{Source: "envs/test", Status: Pending},
	}}
	write := func(o *Outcome, opt TextOptions) string {
		var b bytes.Buffer
		if err := WriteOutcome(&b, o, opt); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	golden(t, "outcome.txt", write(all, TextOptions{}))
	golden(t, "outcome-color.txt", write(all, TextOptions{Color: true}))
	for want, steps := range map[string][]StepOutcome{
		"VERIFIED 1 fixed.\n":                                 {{"a", Fixed, ""}},
		"NOT VERIFIED 1 fixed, 1 not fixed.\n":                {{"a", Fixed, ""}, {"b", NotFixed, ""}},
		"NOT VERIFIED 0 fixed, 1 not checked.\n":              {{"b", NotChecked, ""}},
		"NOT VERIFIED 0 fixed, 1 not fixed, 1 not checked.\n": {{"a", NotChecked, ""}, {"b", NotFixed, ""}},
	} {
		if got := write(&Outcome{States: []StateOutcome{{Source: "s", Status: Done, Steps: steps}}}, TextOptions{}); !strings.HasSuffix(got, "\n"+want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestTextThatCannotBeWritten(t *testing.T) {
	if err := WriteText(fullDisk{}, &everything().Manifest, TextOptions{}); err == nil || err.Error() != "write the plan: no space left on device" {
		t.Error(err)
	}
	if err := WriteOutcome(fullDisk{}, &Outcome{}, TextOptions{}); err == nil || err.Error() != "write the outcome: no space left on device" {
		t.Error(err)
	}
}
