package gcp

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Where a resource of its own holds a rule of a policy, the policy's blocks are not
// compared, and a further rule is nobody's, but for the one that every policy has.
func TestSecurityPolicyRules(t *testing.T) {
	const policy = "projects/acme-prod/global/securityPolicies/waf"
	answers := map[string]string{"securityPolicies": `{"items":[{"name":"waf","selfLink":"https://www.googleapis.com/compute/v1/` + policy + `","rules":[
		{"priority":10,"action":"deny(403)"},{"priority":20,"action":"allow"},{"priority":2147483647,"action":"allow"}]}]}`}
	block := func(priority int, action string) map[string]any {
		return map[string]any{"priority": priority, "action": action}
	}
	always := block(defaultRulePriority, "allow")
	parent := func(blocks ...any) resource.Managed {
		return held("google_compute_security_policy", "waf", resource.Attrs{"id": policy, "rule": blocks})
	}
	child := func(priority, action string) resource.Managed {
		return held("google_compute_security_policy_rule", "p"+priority, resource.Attrs{"id": policy + "/priority/" + priority, "security_policy": "waf", "action": action})
	}
	for _, c := range []struct {
		name    string
		managed []resource.Managed
		want    []string
	}{
		{"inline", []resource.Managed{parent(always, block(20, "allow"), block(10, "deny(403)"))}, nil},
		{"inline, one more", []resource.Managed{parent(always, block(20, "allow"))}, []string{"changed google_compute_security_policy.waf rule[2]"}},
		{"on their own", []resource.Managed{parent(always), child("10", "deny(403)"), child("20", "allow")}, nil},
		{"on its own, one more", []resource.Managed{parent(always), child("10", "deny(403)")}, []string{"unmanaged " + policy + "/priority/20"}},
		{"on its own, changed", []resource.Managed{parent(always), child("10", "deny(404)"), child("20", "allow")},
			[]string{"changed google_compute_security_policy_rule.p10 action"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, answers, c.managed...); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
