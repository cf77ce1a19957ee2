package gcp

import "google.golang.org/api/compute/v1"

var computeGlobalForwardingRule = define(spec[compute.ForwardingRule]{
	Name:    "google_compute_global_forwarding_rule",
	Asset:   "compute.googleapis.com/GlobalForwardingRule",
	Actions: []string{"compute.forwardingRules.list"},
	List:    everywhere("forwardingRules"),
	Confirm: "compute.globalForwardingRules.get",
	Keep:    func(it item[compute.ForwardingRule]) bool { return it.v.Region == "" },
	Default: frontOfService,
	Fields:  forwardingRuleFields,
	Rules:   forwardingRuleRules,
})
