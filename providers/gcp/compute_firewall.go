package gcp

import (
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeFirewall = define(spec[compute.Firewall]{
	Name:    "google_compute_firewall",
	Asset:   "compute.googleapis.com/Firewall",
	Actions: []string{"compute.firewalls.list"},
	List:    global("firewalls"),
	Default: func(it item[compute.Firewall]) bool {
		return ofDefaultNetwork(it.v) || ofAppEngine(it.v.Name) || ofGKE(it.v.Name, it.v.Description)
	},
	Fields: fields{
		"allow":          from("allowed"),
		"deny":           from("denied"),
		"allow.protocol": from("IPProtocol").lower(),
		"deny.protocol":  from("IPProtocol").lower(),
		"params":         skip(),
	},
	Rules: map[string]resource.Rule{
		"allow":              resource.Keyed("protocol"),
		"deny":               resource.Keyed("protocol"),
		"source_ranges":      resource.CIDR(),
		"destination_ranges": resource.CIDR(),
	},
	// The block says that there is logging; the API that there is none.
	Map: func(it item[compute.Firewall], a resource.Attrs) {
		if it.v.LogConfig == nil || !it.v.LogConfig.Enable {
			a["log_config"] = nil
		}
	},
})

// ofDefaultNetwork reports whether a firewall came with the network that comes
// with a project. What the console adds there for a web server was asked for.
// Source: https://docs.cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc
func ofDefaultNetwork(f *compute.Firewall) bool {
	names := []string{"default-allow-icmp", "default-allow-internal", "default-allow-rdp", "default-allow-ssh"}
	return base(f.Network) == "default" && slices.Contains(names, f.Name)
}

// ofAppEngine reports whether App Engine's flexible environment or Serverless VPC
// Access made a firewall: aet-uscentral1-connector-hcfw.
func ofAppEngine(name string) bool {
	return hasPrefix(name, "aef-", "aet-") && strings.HasSuffix(name, "fw")
}
