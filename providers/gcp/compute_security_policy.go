package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeSecurityPolicy = define(securityPolicies())

func securityPolicies() spec[compute.SecurityPolicy] {
	s := spec[compute.SecurityPolicy]{
		Name:    "google_compute_security_policy",
		Asset:   "compute.googleapis.com/SecurityPolicy",
		Actions: []string{"compute.securityPolicies.list"},
		List:    allSecurityPolicies(),
		Fields:  fields{},
		Rules: map[string]resource.Rule{
			"rule": resource.Keyed("priority"),
			"type": resource.Default("CLOUD_ARMOR"),
		},
	}
	wafExclusions("rule.", s.Fields)
	return s
}

// allSecurityPolicies lists the global policies with their rules, once for all who
// ask.
func allSecurityPolicies() lister { return together("security policies", global("securityPolicies")) }

// wafExclusions adds the fields of what a rule leaves out of a preconfigured one.
// at is the path of the rule.
func wafExclusions(at string, f fields) {
	for block, of := range map[string]string{
		"request_header":      "requestHeadersToExclude",
		"request_cookie":      "requestCookiesToExclude",
		"request_uri":         "requestUrisToExclude",
		"request_query_param": "requestQueryParamsToExclude",
	} {
		path := at + "preconfigured_waf_config.exclusion." + block
		f[path] = from(of)
		f[path+".operator"] = from("op")
		f[path+".value"] = from("val")
	}
}
