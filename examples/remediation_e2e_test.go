//go:build e2e

package examples

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestRemediationRuns runs the example with the real provider, which has to be at
// hand: the tests fetch none.
func TestRemediationRuns(t *testing.T) {
	plugins := os.Getenv("TF_PLUGIN_DIR")
	if _, err := os.Stat(plugins + "/registry.terraform.io/hashicorp/aws"); err != nil {
		t.Skip("no AWS provider is at hand: set TF_PLUGIN_DIR to a folder that terraform providers mirror wrote")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "remediation/run.sh")
	cmd.Env = append(os.Environ(), "PORT="+port, "TF_PLUGIN_DIR="+plugins, "TF_CLI_CONFIG_FILE=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"DRIFT 1 changed, 1 unmanaged; 1 in sync.",
		"PLAN 1 revert, 1 import; the highest risk is medium.",
		"refused, nothing was changed: 0 of 1 approvals",
		"approved as ann@example.com, ",
		"VERIFIED 2 fixed.",
		"CLEAN no drift: 3 resources are as the states say.",
		"6 events, as they were written",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
}
