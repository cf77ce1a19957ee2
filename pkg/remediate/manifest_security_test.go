package remediate

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// attacked is a plan of one step, with values that JSON can say in several ways.
func attacked() *Draft {
	return &Draft{
		Contents: map[string][]byte{"state-1/terraform.tfplan": []byte("a plan")},
		Manifest: Manifest{
			FormatVersion: FormatVersion, ID: "20261122T161608Z-3f2a9c", Created: time.Date(2026, 11, 22, 16, 16, 8, 0, time.UTC),
			Author: "ann@build-7", Risk: Low,
			States: []State{{
				Source: "terraform.tfstate", Dir: "app", Mode: Normal, Saved: "state-1/terraform.tfplan",
				Steps: []Step{{
					Address: "aws_instance.web", Type: "aws_instance", Strategy: Revert, Actions: []string{"update"},
					Finding: &drift.Finding{Kind: drift.Changed, Address: "aws_instance.web", Type: "aws_instance"},
					Changes: []Change{
						{Path: "number", Before: json.Number("9007199254740993"), After: json.Number("9007199254740992")},
						{Path: "text", Before: "no UTF-8: \xff", After: "<&>\u2028"},
					},
					Risk: Low, Reasons: []string{"changes it in place"},
				}},
			}},
		},
	}
}

func TestPlanKeepsWhatItSays(t *testing.T) {
	dir, digest, err := attacked().Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	if plan.Digest != digest {
		t.Errorf("the digest is %s, and was %s as it was written", plan.Digest, digest)
	}
	if got := plan.Manifest.States[0].Steps[0].Changes[0]; got.Before != json.Number("9007199254740993") {
		t.Errorf("a number lost digits: %v", got.Before)
	}
}

// A plan is shown to people by programs that know nothing of driftmgr. What they would
// read in a manifest has to be what driftmgr reads.
func TestManifestIsRefusedThatReadsInTwoWays(t *testing.T) {
	for name, alter := range map[string]func(string) string{
		"key twice":        func(s string) string { return strings.Replace(s, `"risk": "low"`, `"risk": "none", "risk": "low"`, 1) },
		"key in capitals":  func(s string) string { return strings.Replace(s, `"author":`, `"AUTHOR":`, 1) },
		"second steps":     func(s string) string { return strings.Replace(s, `"targets":`, `"STEPS": [], "targets":`, 1) },
		"escaped key":      func(s string) string { return strings.Replace(s, `"author"`, `"\u0061uthor"`, 1) },
		"another number":   func(s string) string { return strings.Replace(s, `"serial": 0`, `"serial": -0`, 1) },
		"another form":     func(s string) string { return strings.Replace(s, "\n", "", 1) },
		"something behind": func(s string) string { return s + "{}" },
		"blanks behind":    func(s string) string { return s + "\n" },
		"another time":     func(s string) string { return strings.Replace(s, `16:16:08Z"`, `16:16:08+00:00"`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, err := attacked().Write(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, manifestName)
			was, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			is := alter(string(was))
			if is == string(was) {
				t.Fatal("nothing was altered")
			}
			if err := os.WriteFile(file, []byte(is), 0o600); err != nil {
				t.Fatal(err)
			}
			if plan, err := Open(dir); err == nil {
				_ = plan.Close()
				t.Error("it was opened")
			}
		})
	}
}

func TestStatementIsRefusedThatReadsInTwoWays(t *testing.T) {
	dir, _, err := attacked().Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	trust := func([]byte, []byte) ([]string, string, error) { return []string{"bob"}, "SHA256:bob", nil }
	for name, c := range map[string]struct {
		alter func(string) string
		ok    bool
	}{
		"as it is":         {func(s string) string { return s }, true},
		"without blanks":   {func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\n", ""), "  ", "") }, true},
		"decision twice":   {func(s string) string { return strings.Replace(s, "{", `{"decision": "rejected",`, 1) }, false},
		"other decision":   {func(s string) string { return strings.Replace(s, "{", `{"Decision": "rejected",`, 1) }, false},
		"unknown field":    {func(s string) string { return strings.Replace(s, "{", `{"only_if": "x",`, 1) }, false},
		"something behind": {func(s string) string { return s + "{}" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(dir, approvalsDir)); err != nil {
				t.Fatal(err)
			}
			if err := plan.Sign(Approved, "CHG-17 <a&b>", time.Now(), "bob", func([]byte) ([]byte, error) { return []byte("signed"), nil }); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, approvalsDir, "*.json"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			text, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(files[0], []byte(c.alter(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
			all, err := plan.Statements(trust)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			if (all[0].Err == nil) != c.ok {
				t.Errorf("it counts: %v; %v", all[0].Err == nil, all[0].Err)
			}
		})
	}
}

// An author can take his own statement out of the folder: then one more has to approve,
// as one of those who did may be the author.
func TestAuthorTakesHisStatementAway(t *testing.T) {
	now := time.Now()
	by := func(d Decision, who string) Signed {
		return Signed{Statement: Statement{Decision: d, Time: now}, Principals: []string{who}, Fingerprint: who}
	}
	policy := Policy{Approvals: 2, FourEyes: true, MaxRisk: High}
	for name, c := range map[string]struct {
		statements []Signed
		ok         bool
	}{
		"author and one other":   {[]Signed{by(Authored, "ann"), by(Approved, "ann"), by(Approved, "bob")}, false},
		"the same, unsigned":     {[]Signed{by(Approved, "ann"), by(Approved, "bob")}, false},
		"two others":             {[]Signed{by(Authored, "ann"), by(Approved, "bob"), by(Approved, "carol")}, true},
		"unsigned, three in all": {[]Signed{by(Approved, "ann"), by(Approved, "bob"), by(Approved, "carol")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			refusals := policy.Check(&Manifest{Created: now}, c.statements, now)
			if (len(refusals) == 0) != c.ok {
				t.Errorf("allowed: %v, want %v: %v", len(refusals) == 0, c.ok, errors.Join(refusals...))
			}
		})
	}
}

func TestPlanFolderIsExchanged(t *testing.T) {
	dir, _, err := attacked().Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := plan.write(journalName, []byte("x")); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || slices.Contains(names, filepath.Join(dir, journalName)) {
		t.Errorf("the folder that took its place was written to: %v, %v", names, err)
	}
}
