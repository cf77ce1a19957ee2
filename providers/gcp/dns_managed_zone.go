package gcp

import (
	"strings"

	"google.golang.org/api/dns/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var dnsManagedZone = define(spec[dns.ManagedZone]{
	Name:    "google_dns_managed_zone",
	Asset:   "dns.googleapis.com/ManagedZone",
	Actions: []string{"dns.managedZones.list"},
	List:    managedZones(),
	ID:      managedZoneID,
	// Those that GKE and Service Directory make for clusters and endpoints.
	Default: func(it item[dns.ManagedZone]) bool {
		return hasPrefix(it.v.Name, "gke-") && strings.HasSuffix(it.v.Name, "-dns") || hasPrefix(it.v.Name, "goog-psc-")
	},
	Rules: map[string]resource.Rule{
		"dns_name":    dnsName(),
		"description": resource.Default("Managed by Terraform"),
		"visibility":  resource.Fold().WithDefault("public"),
		// "off" is what there is without the block.
		"dnssec_config": noBlock(map[string]any{
			"state": "off", "kind": "dns#managedZoneDnsSecConfig", "non_existence": "nsec3",
		}),
		"dnssec_config.kind":                                    resource.Ignore(),
		"dnssec_config.default_key_specs":                       resource.Keyed("key_type"),
		"dnssec_config.default_key_specs.kind":                  resource.Ignore(),
		"forwarding_config.target_name_servers.forwarding_path": resource.Default("default"),
	},
})

func managedZones() lister {
	return together("managedZones", collection("dns/v1/projects/{project}/managedZones", "managedZones", 500))
}

func managedZoneID(it item[dns.ManagedZone]) string {
	return "projects/" + it.conn.project + "/managedZones/" + it.v.Name
}

// dnsName is for names of which case and the last dot mean nothing.
func dnsName() resource.Rule {
	return resource.CanonString(func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".") })
}
