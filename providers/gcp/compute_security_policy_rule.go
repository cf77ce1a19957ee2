package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeSecurityPolicyRule = define(securityPolicyRules())

func securityPolicyRules() spec[compute.SecurityPolicyRule] {
	s := spec[compute.SecurityPolicyRule]{
		Name:    "google_compute_security_policy_rule",
		Actions: []string{"compute.securityPolicies.list"},
		List:    whereHeld(listSecurityPolicyRules, "google_compute_security_policy_rule"),
		ID:      securityPolicyRuleID,
		// Every policy has it, whatever is configured.
		Default: func(it item[compute.SecurityPolicyRule]) bool { return it.v.Priority == defaultRulePriority },
		Fields:  fields{},
		Map: func(it item[compute.SecurityPolicyRule], a resource.Attrs) {
			a["id"] = securityPolicyRuleID(it)
			a["security_policy"] = it.parent
		},
		Rules: map[string]resource.Rule{
			"match.config.src_ip_ranges":                                   resource.Unordered(),
			"match.expr_options.recaptcha_options.action_token_site_keys":  resource.Unordered(),
			"match.expr_options.recaptcha_options.session_token_site_keys": resource.Unordered(),
			"preconfigured_waf_config.exclusion.target_rule_ids":           resource.Unordered(),
		},
		ChildOf: []resource.ChildOf{{
			Parent: "google_compute_security_policy", Ref: "id", Path: "rule",
			ParentID: func(id string) string { policy, _, _ := strings.Cut(id, "/priority/"); return policy },
		}},
	}
	wafExclusions("", s.Fields)
	return s
}

// defaultRulePriority is the priority of the rule that matches everything.
const defaultRulePriority = 1<<31 - 1

func securityPolicyRuleID(it item[compute.SecurityPolicyRule]) string {
	return it.parent + "/priority/" + strconv.FormatInt(it.v.Priority, 10)
}

// listSecurityPolicyRules yields the rules that are in the listing of the policies.
func listSecurityPolicyRules(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for o, err := range allSecurityPolicies()(ctx, c, q) {
			if err != nil {
				yield(object{}, err)
				return
			}
			var policy struct {
				SelfLink string            `json:"selfLink"`
				Rules    []json.RawMessage `json:"rules"`
			}
			if err := json.Unmarshal(o.body, &policy); err != nil {
				yield(object{}, fmt.Errorf("google_compute_security_policy_rule: %w", err))
				return
			}
			for _, rule := range policy.Rules {
				if !yield(object{body: rule, parent: ofProject(link(policy.SelfLink), c.project)}, nil) {
					return
				}
			}
		}
	}
}
