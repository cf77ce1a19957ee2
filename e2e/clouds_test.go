//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// TestClouds reads one state with all that the gold states of the three clouds
// have, and wants one report: in each cloud something changed, something is gone,
// something is nobody's and something may not be read.
func TestClouds(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	aws := m.rebuild(t, readWorld(t))
	for _, mut := range mutations() {
		if slices.Contains([]string{"vpc_tag_changed", "topic_deleted", "unmanaged_created"}, mut.name) {
			mut.apply(newOperator(t, aws))
		}
	}
	g := newGate(t, m)
	g.denied = []string{"kms:ListKeys"}
	t.Setenv("AWS_ENDPOINT_URL", g.URL)

	azure := startAzure(t)
	for _, name := range []string{"tag-changed", "role-assignment-deleted", "unmanaged-disk"} {
		azure.mutate(t, name)
	}
	azureEnvironment(t, forbid(t, azure, "/providers/microsoft.managedidentity/userassignedidentities").URL)

	gcp := startGCP(t)
	for _, name := range []string{"firewall_open_world", "nat_removed", "unmanaged_firewall"} {
		gcp.mutate(t, name)
	}
	gcpEnvironment(t, forbid(t, gcp, "/sinks").URL)

	state := merged(t, aws, azure.state(), gcp.state())
	out, code := run(t, "detect", state, "--output", "json")
	if code != 2 {
		t.Errorf("exit code %d, want 2: %s", code, out)
	}
	var r drift.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	const account = "123456789012"
	want := []finding{
		{"changed aws_vpc.main[0] in " + account, "tags"},
		{"missing aws_sns_topic.t[0] in " + account, ""},
		{"missing aws_sns_topic_subscription.s[0] in " + account, ""},
		{"unmanaged aws_ebs_volume in " + account, ""},
		{"unmanaged aws_iam_user in " + account, ""},
		{"unmanaged aws_s3_bucket in " + account, ""},
		{"unmanaged aws_security_group in " + account, ""},
		{"unmanaged aws_sqs_queue in " + account, ""},
		{"unchecked aws_kms_key.k[0] in " + account, "kms:ListKeys"},

		{"changed azurerm_virtual_network.main in " + azureSubscription, "tags"},
		{"missing azurerm_role_assignment.reader in " + azureSubscription, ""},
		{"unmanaged azurerm_managed_disk in " + azureSubscription, ""},
		{"unchecked azurerm_user_assigned_identity.app in " + azureSubscription, "Microsoft.ManagedIdentity/userAssignedIdentities/read"},

		{"changed google_compute_firewall.web in " + gcpProject, "source_ranges"},
		{"missing google_compute_router_nat.nat in " + gcpProject, ""},
		{"unmanaged google_compute_firewall in " + gcpProject, ""},
		{"unchecked google_logging_project_sink.audit in " + gcpProject, "logging.sinks.list"},
	}
	compareFindings(t, want, inPlaces(&r, want))
	if r.Coverage.States != (drift.Ratio{Checked: 1, Total: 1}) {
		t.Errorf("states %+v", r.Coverage.States)
	}
}

// inPlaces are the findings of a report with their accounts, of those that could
// not be checked with the permission that was missing. AWS's types that have no
// reader are passed over.
func inPlaces(r *drift.Report, want []finding) []finding {
	supported := supportedTypes()
	var out []finding
	for _, f := range r.Findings {
		one := told(&drift.Report{Findings: []drift.Finding{f}})
		if f.Kind == drift.Unchecked {
			if strings.HasPrefix(f.Type, "aws_") && !supported[f.Type] {
				continue
			}
			name := f.Address
			if name == "" {
				name = f.Type
			}
			one = []finding{{what: "unchecked " + name, paths: f.Reason}}
		}
		one[0].what += " in " + f.Account
		// The reason has more words than the permission.
		if i := slices.IndexFunc(want, func(w finding) bool {
			return f.Kind == drift.Unchecked && w.what == one[0].what && strings.Contains(one[0].paths, w.paths)
		}); i >= 0 {
			one[0].paths = want[i].paths
		}
		out = append(out, one...)
	}
	return out
}

// merged is a state with the resources of several.
func merged(t *testing.T, states ...string) string {
	t.Helper()
	var all map[string]any
	for _, state := range states {
		var one map[string]any
		if err := json.Unmarshal(read(t, state), &one); err != nil {
			t.Fatal(err)
		}
		if all == nil {
			all = one
			continue
		}
		all["resources"] = append(all["resources"].([]any), one["resources"].([]any)...)
	}
	return writeState(t, all)
}

// forbid stands before a gold server and denies, as the cloud does, what ends in a
// path, in lower case, and what is below it.
func forbid(t *testing.T, e *estate, denied string) *httptest.Server {
	t.Helper()
	refusal := map[string]string{
		"azure": `{"error": {"code": "AuthorizationFailed", "message": "The client does not have authorization to perform the action."}}`,
		"gcp": `{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission denied.",
			"errors": [{"domain": "global", "reason": "forbidden", "message": "Permission denied."}]}}`,
	}[filepath.Base(e.dir)]
	return proxy(t, e.endpoint, func(w http.ResponseWriter, r *http.Request) bool {
		path := strings.ToLower(r.URL.Path)
		if !strings.HasSuffix(path, denied) && !strings.Contains(path, denied+"/") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, refusal)
		return true
	})
}
