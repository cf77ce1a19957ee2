//go:build e2e

package terraform_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// A cloud's own words can be those with which Terraform says that nothing was done.
func TestApplyThatFailsInTheWordsOfALock(t *testing.T) {
	for _, words := range []string{"Error acquiring the state lock", "Saved plan is stale"} {
		t.Run(words, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "main.tf"), `
resource "terraform_data" "first" {
  input = "made"
}

resource "terraform_data" "second" {
  input = terraform_data.first.output
  provisioner "local-exec" {
    command = "printf '\\nError: `+words+`\\n'; exit 1"
  }
}
`)
			runReal(t, dir, "init")
			runReal(t, dir, "apply", "-auto-approve", "-target=terraform_data.first")
			root, err := terraform.Open(t.Context(), dir, terraform.RootOptions{Environ: e2eEnv()})
			if err != nil {
				t.Fatal(err)
			}
			plan := filepath.Join(t.TempDir(), "plan")
			planned, err := root.Plan(t.Context(), terraform.PlanRequest{Out: plan})
			if err != nil {
				t.Fatal(err)
			}
			if len(planned.Changes) != 2 || strings.Join(planned.Changes[1].Provisioners, " ") != "local-exec" {
				t.Errorf("planned %+v", planned.Changes)
			}
			err = root.Apply(t.Context(), plan, nil, func(terraform.Progress) {})
			if err == nil || errors.Is(err, terraform.ErrLocked) || errors.Is(err, terraform.ErrStale) {
				t.Errorf("what was begun passes for never begun: %v", err)
			}
			state, readErr := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
			if readErr != nil || !strings.Contains(string(state), `"second"`) {
				t.Errorf("nothing was begun: %s %v", state, readErr)
			}
		})
	}
}
