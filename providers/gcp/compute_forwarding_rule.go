package gcp

import (
	"net/netip"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeForwardingRule = define(spec[compute.ForwardingRule]{
	Name:    "google_compute_forwarding_rule",
	Asset:   "compute.googleapis.com/ForwardingRule",
	Actions: []string{"compute.forwardingRules.list"},
	List:    everywhere("forwardingRules"),
	Confirm: "compute.forwardingRules.get",
	Keep:    func(it item[compute.ForwardingRule]) bool { return it.v.Region != "" },
	Default: frontOfService,
	Fields:  forwardingRuleFields,
	Rules:   forwardingRuleRules,
})

var forwardingRuleFields = fields{
	"forwarding_rule_id":   field{from: "id", keep: true},
	"no_automate_dns_zone": skip(), // the provider does not read it
}

var forwardingRuleRules = map[string]resource.Rule{
	"forwarding_rule_id": resource.Identity(),
	"ip_address":         {Same: sameAddress},
	"ip_protocol":        resource.Fold(),
	"ip_version":         resource.Default("IPV4"),
	// A range of one port may be written as the port.
	"port_range": resource.CanonString(func(s string) string {
		if first, last, ok := strings.Cut(s, "-"); ok && first == last {
			return first
		}
		return s
	}),
}

// frontOfService reports whether GKE or the service connectivity automation made a
// forwarding rule.
func frontOfService(it item[compute.ForwardingRule]) bool {
	return hasPrefix(it.v.Name, "sca-auto-fr-") || ofGKE(it.v.Name, it.v.Description)
}

// sameAddress compares IP addresses, of which either may come with the length of
// its prefix, and links to one.
func sameAddress(state, cloud any) bool {
	a, aok := state.(string)
	b, bok := cloud.(string)
	if !aok || !bok {
		return false
	}
	a, aBits, aPrefix := strings.Cut(a, "/")
	b, bBits, bPrefix := strings.Cut(b, "/")
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	if err != nil || err2 != nil {
		return sameLink(link(state.(string)), link(cloud.(string)))
	}
	return x == y && (aBits == bBits || !aPrefix || !bPrefix)
}
